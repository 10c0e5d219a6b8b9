"""Columns: which columns of a table hold what. It travels whole, from a form or command to the reader."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Columns:
    """The column of a table that holds each part of a document; None for a part that the table lacks.

    text: the text to learn from, None for the column that suits best. label: its category. pair: a second text of the
    same meaning. negative: a third text that means something else. score: how alike text and second text are.
    """

    text: str | None = None
    label: str | None = None
    pair: str | None = None
    negative: str | None = None
    score: str | None = None

    @classmethod
    def from_options(cls, options: Mapping) -> "Columns":
        """The columns in a mapping that names them text_column, label_column and so on; other keys are left alone."""
        return cls(**{name: options.get(f"{name}_column") or None for name in cls.__dataclass_fields__})

    def options(self) -> dict[str, str | None]:
        """The columns as text_column, label_column and so on: how jobs, Lab and the command line name them."""
        return {f"{name}_column": column for name, column in asdict(self).items()}

    @property
    def named(self) -> list[str]:
        """The columns that are named, each once."""
        return list(dict.fromkeys(column for column in asdict(self).values() if column))

    def roles(self) -> dict[str, str]:
        """Part of a document -> column, of those that are named."""
        return {role: column for role, column in asdict(self).items() if column}

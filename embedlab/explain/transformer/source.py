"""What this package needs of a run; any object with these attributes will do."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class Spec(Protocol):
    """How the run was trained: its family, its settings and its seed."""

    @property
    def model(self) -> str: ...

    @property
    def config(self) -> Mapping: ...

    @property
    def seed(self) -> int: ...


class TransformerRun(Protocol):
    """A run by name, with the folder of its saved transformer, or None where it has none."""

    @property
    def name(self) -> str: ...

    @property
    def encoder_folder(self) -> Path | None: ...

    @property
    def spec(self) -> Spec: ...

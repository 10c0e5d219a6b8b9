"""Columns of a table of choices: which one names the user, the item, the time and the strength, said or detected."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields

from embedlab.core.errors import BadInput
from embedlab.data.interactions.values import NEARLY_ALL, are_dates, are_epochs, numbers_of
from embedlab.data.reading.suggest import check_column, listed

# What columns are called, the usual names first. A name is compared whole, then by its last word.
_NAMES = {
    "user": "user usr customer member reviewer reader listener visitor client person people profile student patient "
    "player subscriber account buyer uid viewer session basket order transaction invoice cart",
    "item": "item product movie film track song artist book isbn asin game anime recipe course article stock sku "
    "app video page url business venue restaurant place iid mid band album word tag title name",
    "strength": "rating score star stars weight play playcount plays listen listencount count quantity qty strength "
    "overall hours frequency amount clicks preference value",
    "time": "timestamp time date datetime unixtime unixreviewtime created createdat when ts utc listenedat invoicedate "
    "reviewed day",
}
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+")
_EMPTY_WORDS = frozenset("id ids key no nr num number code index the of at".split())
_KNOWN = {role: names.split() for role, names in _NAMES.items()}


@dataclass(frozen=True)
class ItemColumns:
    """The column of a table that holds each part of a choice; None for what is to be detected."""

    user: str | None = None
    item: str | None = None
    time: str | None = None
    strength: str | None = None

    @classmethod
    def from_options(cls, options: Mapping) -> "ItemColumns":
        """The columns in a mapping that names them user_column, item_column and so on; other keys are left alone."""
        return cls(**{one.name: options.get(f"{one.name}_column") or None for one in fields(cls)})

    def options(self) -> dict[str, str | None]:
        """The columns as user_column, item_column and so on: how jobs, Lab and the command line name them."""
        return {f"{name}_column": column for name, column in asdict(self).items()}

    @property
    def named(self) -> list[str]:
        """The columns that are named, each once."""
        return list(dict.fromkeys(column for column in asdict(self).values() if column))

    def roles(self) -> dict[str, str]:
        """Part of a choice -> column, of those that are named."""
        return {role: column for role, column in asdict(self).items() if column}


@dataclass(frozen=True)
class Look:
    """The first rows of a table: its columns, whether the file names them, and the cells of each column."""

    name: str
    columns: Sequence[str]
    named: bool
    cells: Mapping[str, list[str]]

    @classmethod
    def of(cls, name: str, columns: Sequence[str], named: bool, rows: Sequence[Sequence[str]]) -> "Look":
        """The look at these rows of cells."""
        cells = {column: [row[i].strip() if i < len(row) else "" for row in rows] for i, column in enumerate(columns)}
        return cls(name, columns, named, cells)

    def rows(self, n: int) -> list[dict[str, str]]:
        """The first `n` rows, column -> text."""
        n = min(n, max(map(len, self.cells.values()), default=0))
        return [{column: self.cells[column][i] for column in self.columns} for i in range(n)]


def columns_for(look: Look, said: ItemColumns) -> ItemColumns:
    """The columns to read: those that are said, and for the others what names and contents tell.

    BadInput, with the columns there are, for a column that is missing or said twice, and where users and items cannot
    be told.
    """
    for column in said.named:
        check_column(column, look.columns, look.name)
    if len(said.named) < len(said.roles()):
        raise BadInput(f"Each column can hold one part of a choice; got {listed(list(said.roles().values()))}.")
    found = dict(said.roles())
    if look.named:
        _by_name(look, found)
    _by_contents(look, found)
    if "user" not in found or "item" not in found:
        raise _cannot_tell(look, found)
    return ItemColumns(**found)


def _by_name(look: Look, found: dict[str, str]) -> None:
    """Fill in what the names of the columns tell."""
    for role in _KNOWN:
        if role in found:
            continue
        ranked = [(rank, column) for column in look.columns if (rank := _rank(column, role)) is not None]
        for _, column in sorted(ranked, key=lambda one: one[0]):
            if column not in found.values() and _fits(look.cells[column], role):
                found[role] = column
                break


def names_choices(cells: Sequence[str]) -> bool:
    """Whether the cells of a first row are names of columns, one of users and another of items."""
    ranked = [{role for role in ("user", "item") if _rank(cell, role) is not None} for cell in cells if cell]
    return {"user"} in ranked and {"item"} in ranked


def _rank(column: str, role: str) -> tuple[int, int] | None:
    """How well a name suits a part of a choice, the least the best; None where it does not.

    The whole name counts most, then its last word, then its first one if the last says nothing: "item description".
    What RecBole writes after a colon, as in "user_id:token", is the type of the column.
    """
    words = [word.casefold() for word in _WORDS.findall(column.partition(":")[0])]
    core = [word for word in words if word not in _EMPTY_WORDS] or words
    tries = ["".join(core), *core[-1:]]
    if core and not any(_place(core[-1], known) is not None for known in _KNOWN.values()):
        tries.append(core[0])
    ranks = [(number, place) for number, word in enumerate(tries) if (place := _place(word, _KNOWN[role])) is not None]
    return min(ranks, default=None)


def _place(word: str, known: list[str]) -> int | None:
    """Where a word stands in a list, also as "userid" or in the plural; None where it does not."""
    forms = (word, word.removesuffix("id"), word.removesuffix("s"))
    return min((known.index(form) for form in forms if form in known), default=None)


def _fits(cells: list[str], role: str) -> bool:
    filled = [cell for cell in cells if cell]
    if role == "strength":
        return numbers_of(filled) >= NEARLY_ALL
    if role == "time":
        return are_dates(filled) or are_epochs(filled) or numbers_of(filled) >= NEARLY_ALL
    return bool(filled)


def _by_contents(look: Look, found: dict[str, str]) -> None:
    """Fill in what the cells tell: times, ratings of a table without names, and users and items by their order."""
    left = [column for column in look.columns if column not in found.values()]
    filled = {column: [cell for cell in look.cells[column] if cell] for column in left}
    later = [column for column in left if look.named or look.columns.index(column) >= 2]
    if "time" not in found:
        dated = [column for column in left if are_dates(filled[column])]
        dated += [column for column in later if are_epochs(filled[column])]
        _take(found, "time", dated, left)
    if look.named:
        for role in ("user", "item"):
            if role not in found and len(left) == 1 and len(found.keys() & {"user", "item"}) == 1:
                _take(found, role, left, left)
        return
    pair = [role for role in ("user", "item") if role not in found]
    others = left[len(pair) :]
    if all(numbers_of(filled[column]) >= NEARLY_ALL for column in others):
        for role in pair:
            _take(found, role, left, left)
        if "strength" not in found:
            _take(found, "strength", [column for column in others if len(set(filled[column])) > 1], left)


def _take(found: dict[str, str], role: str, choices: Sequence[str], left: list[str]) -> None:
    """Give a role the first of these columns, which is then no longer left."""
    if choices:
        found[role] = choices[0]
        left.remove(choices[0])


class UnclearColumns(BadInput):
    """Raised where it cannot be told which columns hold users and items. look: the first rows, for people to judge."""

    def __init__(self, message: str, look: Look):
        super().__init__(message)
        self.look = look


def _cannot_tell(look: Look, found: dict[str, str]) -> UnclearColumns:
    missing = [role for role in ("user", "item") if role not in found]
    known = "".join(f" The {role} seems to be {found[role]!r}." for role in ("user", "item") if role in found)
    options = " and ".join(f"--{role}-column" for role in missing)
    return UnclearColumns(
        f"It is not clear which column of {look.name} holds the {' and which the '.join(missing)}; it has "
        f"{listed(list(look.columns))}.{known} Choose in the form, or say it with {options}.",
        look,
    )

"""Interactions on disk: users, items, when and how strongly each was chosen, and what is known of the items.

It is a folder beside the corpora. All arrays are npy, all text is UTF-8:

    interactions.json   id, name, sizes, what was left out, the columns that were read, how each file was read
    words.json, counts.npy      the items by name, the most chosen first, and how often each was chosen
    item_ids.json       their ids in the table of choices; only where a table of items gives them other names
    users.json          the users by name
    offsets.npy         int64 (n_users + 1,)   where the choices of each user begin
    items.npy           int32 (n,)   the item of each choice; a user's choices are in order of time, then of the file
    times.npy           float64 (n,)  seconds since 1970 of each choice; only where the table has times
    strengths.npy       float32 (n,)   how strong each choice is; only where the table says
    attributes.arrow    what else is known of each item, a row each; only where there is anything

Writing is in `build`.
"""

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embedlab.core.errors import UnknownWord
from embedlab.core.files import AGAIN, Kept, read_array, read_json, read_json_list
from embedlab.data.attributes import stored_attributes
from embedlab.data.interactions.choices import Choices
from embedlab.data.reading.reading import Reading
from embedlab.data.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pyarrow as pa

FILE = "interactions.json"


@dataclass(frozen=True)
class Interactions:
    """Interactions on disk. `meta` is interactions.json; everything else is read when first asked for."""

    folder: Path
    meta: dict

    @classmethod
    def open(cls, folder: Path) -> "Interactions":
        """The interactions in `folder`; NotFound if there are none, BadInput if their description is damaged."""
        folder = Path(folder)
        missing = f"There are no interactions {folder.name!r}. Choose others or add them again."
        kept = Kept(f"The interactions {folder.name!r}", missing, AGAIN)
        return cls(folder, read_json(folder / FILE, kept, needs=("id", "name", "n_users", "n_items")))

    @property
    def id(self) -> str:
        return self.meta["id"]

    @property
    def name(self) -> str:
        return self.meta["name"]

    @property
    def n_users(self) -> int:
        return self.meta["n_users"]

    @property
    def n_items(self) -> int:
        return self.meta["n_items"]

    @property
    def n_interactions(self) -> int:
        return self.meta["n_interactions"]

    @property
    def sizes(self) -> list:
        """What tells these interactions from all others: a checkpoint is good for a data set of the same sizes only."""
        return [self.id, self.n_users, self.n_items, self.n_interactions]

    @property
    def kind(self) -> str:
        """What kind of data this is, as families of models say what they learn from."""
        return "interactions"

    @property
    def amount(self) -> str:
        """How much there is to learn from, in words."""
        return f"{self.n_interactions:,} choices of {self.n_users:,} users"

    @property
    def has_times(self) -> bool:
        return (self.folder / "times.npy").exists()

    @property
    def readings(self) -> list[Reading]:
        """How each file was read."""
        return [Reading.from_dict(one) for one in self.meta.get("reading", [])]

    @cached_property
    def choices(self) -> Choices:
        """The items of each user, in order of time where times are known."""
        strong = (self.folder / "strengths.npy").exists()
        strengths = self._array("strengths") if strong else None
        offsets, items = self._array("offsets"), self._array("items")
        whole = len(offsets) == self.n_users + 1 and offsets[0] == 0 and offsets[-1] == len(items)
        # Kernels follow these numbers without asking.
        if (
            not whole
            or (np.diff(offsets) < 0).any()
            or items.min(initial=0) < 0
            or items.max(initial=0) >= self.n_items
        ):
            raise Kept.of_corpus(self.name).damaged(self.folder / "items.npy", "users and items do not fit together")
        return Choices(offsets, items, self.n_items, strengths)

    @cached_property
    def times(self) -> np.ndarray | None:
        """Seconds since 1970 of each choice, float64 (n,); None where the table has no times."""
        return self._array("times") if self.has_times else None

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The items by name with their counts, the most chosen first."""
        return Vocabulary.load(self.folder, self.name)

    @cached_property
    def users(self) -> list[str]:
        """The users by name."""
        return read_json_list(self.folder / "users.json", Kept.of_corpus(self.name))

    @cached_property
    def item_ids(self) -> list[str]:
        """The id of each item in the table of choices."""
        path = self.folder / "item_ids.json"
        return read_json_list(path, Kept.of_corpus(self.name)) if path.exists() else self.vocabulary.words

    @cached_property
    def attributes(self) -> "pa.Table | None":
        """What else is known of each item, n_items rows, memory-mapped; None where there is nothing."""
        return stored_attributes(self.folder)

    def item(self, key: str) -> int:
        """The number of the item with this name or id, upper and lower case being one; UnknownWord, with names that are
        close, if there is none."""
        found = self._items.get(key.strip().casefold())
        if found is not None:
            return found
        raise UnknownWord(f"There is no item {key!r} in {self.name!r}.{_hint(key, self._items, self.vocabulary.words)}")

    def user(self, key: str) -> int:
        """The number of the user with this name; UnknownWord if there is none."""
        try:
            return self._users[key.strip()]
        except KeyError:
            raise UnknownWord(
                f"There is no user {key!r} in {self.name!r}; there are {self.n_users:,}, {self.users[0]!r} among them."
            ) from None

    @cached_property
    def _items(self) -> dict[str, int]:
        """Name or id, folded -> number; a name goes before the id of another item."""
        names = {name.casefold(): i for i, name in enumerate(self.vocabulary.words)}
        return {id.casefold(): i for i, id in enumerate(self.item_ids)} | names

    @cached_property
    def _users(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.users)}

    def _array(self, name: str) -> np.ndarray:
        return read_array(self.folder / f"{name}.npy", Kept.of_corpus(self.name))


def _hint(key: str, known: dict[str, int], names: list[str]) -> str:
    wanted = key.strip().casefold()
    begins = [names[i] for name, i in known.items() if wanted and name.startswith(wanted)]
    close = begins or [names[known[name]] for name in get_close_matches(wanted, known, 3, 0.6)]
    return f" Did you mean {' or '.join(repr(name) for name in dict.fromkeys(close[:3]))}?" if close else ""

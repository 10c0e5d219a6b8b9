"""From columns of users and items to a folder of interactions: numbered, ordered, checked and written at once."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embedlab.core.errors import BadInput
from embedlab.core.files import publish, staging, write_array, write_json
from embedlab.core.sizes import count_of
from embedlab.data.attributes import save_attributes
from embedlab.data.interactions.dataset import FILE, Interactions

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, eq=False)
class Rows:
    """Choices as they were read, one a row: codes into the names of users and items.

    user, item: int (n,). users, items: names, each once. time: float64 (n,) seconds since 1970, or None. strength:
    float32 (n,), or None.
    """

    user: np.ndarray
    item: np.ndarray
    users: list[str]
    items: list[str]
    time: np.ndarray | None = None
    strength: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of items beside their ids: titles by id, and a row of attributes for each id in `ids`."""

    titles: Mapping[str, str] = field(default_factory=dict)
    ids: list[str] = field(default_factory=list)
    attributes: "pa.Table | None" = None


def store(rows: Rows, destination: Path, *, name: str, known: Known = Known(), meta: Mapping | None = None):
    """The interactions of these rows, in a folder of `destination` named by a digest of their content.

    The same user and item twice count once: the first in time, with the greatest strength. meta: what else is to be
    kept of how they were read; its "dropped" is added to. BadInput for fewer than two users or items.
    """
    order, again = _ordered(rows)
    user, item = np.asarray(rows.user)[order], np.asarray(rows.item)[order]
    user_ids, user = _numbered(user, rows.users, by_count=False)
    item_ids, item = _numbered(item, rows.items, by_count=True)
    if len(user_ids) < 2 or len(item_ids) < 2:
        raise BadInput(
            f"{count_of(len(user_ids), 'user')} and {count_of(len(item_ids), 'item')} are left, and learning from "
            "choices needs two of each. Check which columns hold users and items, or loosen the minimum."
        )
    by_user = np.argsort(user, kind="stable")
    arrays = {
        "offsets": np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(user), dtype=np.int64)]),
        "items": item[by_user].astype(np.int32),
    }
    if rows.time is not None:
        arrays["times"] = np.asarray(rows.time, np.float64)[order][by_user]
    if rows.strength is not None:
        arrays["strengths"] = _strongest(rows, order)[by_user]
    names = _names(item_ids, known.titles)
    dropped = dict((meta or {}).get("dropped", {}))
    if again:
        dropped["the same user chose the same item before"] = again
    table = _attributes(item_ids, names, known)
    id = _digest(arrays, names, user_ids, table)
    about = dict(meta or {}) | {
        "kind": "interactions",
        "id": id,
        "name": name,
        "n_users": len(user_ids),
        "n_items": len(item_ids),
        "n_interactions": len(item),
        "ties": _ties(arrays),
        "dropped": dropped,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    with staging(Path(destination), "new") as work:
        for key, array in arrays.items():
            write_array(work / f"{key}.npy", array)
        write_array(work / "counts.npy", np.bincount(item, minlength=len(item_ids)).astype(np.int64))
        write_json(work / "words.json", names)
        write_json(work / "users.json", user_ids)
        if names != item_ids:
            write_json(work / "item_ids.json", item_ids)
        if table is not None:
            save_attributes(table, work)
        write_json(work / FILE, about, indent=1)
        publish(work, Path(destination) / id, whole=lambda folder: (folder / FILE).exists())
    return Interactions.open(Path(destination) / id)


def _ordered(rows: Rows) -> tuple[np.ndarray, int]:
    """(the rows to keep in order of time, else of the file; how many were left out as said before)."""
    n = len(rows.user)
    order = np.arange(n) if rows.time is None else np.argsort(rows.time, kind="stable")
    pair = np.asarray(rows.user, np.int64)[order] * len(rows.items) + np.asarray(rows.item)[order]
    first = np.unique(pair, return_index=True)[1]
    return order[np.sort(first)], n - len(first)


def _strongest(rows: Rows, order: np.ndarray) -> np.ndarray:
    """The greatest strength of each kept pair, float32."""
    pair = np.asarray(rows.user, np.int64) * len(rows.items) + np.asarray(rows.item)
    _, group = np.unique(pair, return_inverse=True)
    most = np.full(group.max() + 1, -np.inf)
    np.maximum.at(most, group, np.asarray(rows.strength, np.float64))
    return most[group[order]].astype(np.float32)


def _numbered(codes: np.ndarray, names: list[str], *, by_count: bool) -> tuple[list[str], np.ndarray]:
    """(the names in use; the number of each row among them), the most chosen first, or as they first appear."""
    used, first, inverse, counts = np.unique(codes, return_index=True, return_inverse=True, return_counts=True)
    if by_count:
        order = np.array(sorted(range(len(used)), key=lambda i: (-counts[i], names[used[i]])), np.int64)
    else:
        order = np.argsort(first)
    place = np.empty(len(used), np.int64)
    place[order] = np.arange(len(used))
    return [names[code] for code in used[order]], place[inverse]


def _names(ids: list[str], titles: Mapping[str, str]) -> list[str]:
    """A name for each item: its title, with the id where several have the same; the id where it has none."""
    if not titles:
        return ids
    own = [" ".join(titles.get(id, "").split()) or id for id in ids]
    seen: dict[str, int] = {}
    for name in own:
        seen[name] = seen.get(name, 0) + 1
    return [name if seen[name] == 1 else f"{name} ({id})" for name, id in zip(own, ids, strict=True)]


def _attributes(ids: list[str], names: list[str], known: Known) -> "pa.Table | None":
    """The attributes of the items in their order, with their id where they are named by a title."""
    import pyarrow as pa

    columns: dict = {"item": ids} if names != ids else {}
    if known.attributes is not None:
        row = {id: i for i, id in enumerate(known.ids)}
        taken = known.attributes.take(pa.array([row.get(id) for id in ids], pa.int64()))
        columns |= {name: taken[name] for name in taken.column_names if name not in columns}
    return pa.table(columns) if columns else None


def _ties(arrays: Mapping[str, np.ndarray]) -> int:
    """Choices of the same second as the one before by the same user, whose order is that of the file."""
    times = arrays.get("times")
    if times is None:
        return 0
    same = times[1:] == times[:-1]
    starts = arrays["offsets"][1:-1]
    same[starts[(starts > 0) & (starts < len(times))] - 1] = False
    return int(same.sum())


def _digest(arrays: Mapping[str, np.ndarray], names: list[str], users: list[str], attributes: "pa.Table | None") -> str:
    digest = hashlib.blake2b(digest_size=8)
    for key in sorted(arrays):
        digest.update(key.encode() + arrays[key].tobytes())
    digest.update("\0".join([*names, "", *users]).encode())
    if attributes is not None:
        for name in attributes.column_names:
            digest.update(f"\0{name}\0{attributes[name].to_pylist()}".encode())
    return "i" + digest.hexdigest()

"""From files to a stored data set of choices: what is kept by threshold and least number, with titles and sentences."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput, BadSetting, NotFound
from embedlab.core.files import write_json
from embedlab.core.progress import Progress, Report, silent, span
from embedlab.data.interactions.bundled import BUNDLED_ITEMS
from embedlab.data.interactions.columns import ItemColumns
from embedlab.data.interactions.dataset import FILE, Interactions
from embedlab.data.interactions.reading import Files, Found, HowToRead, files_of, read_choices
from embedlab.data.interactions.sentences import said_after, said_of_keeping, sentence_of
from embedlab.data.interactions.storing import Known, Rows, store
from embedlab.data.interactions.titles import Titles, read_titles
from embedlab.data.reading.reading import merged, sentences_of

REPEATED = "the same user chose the same item before"  # as `store` counts it
READ = 0.7  # the share of the work that is reading


@dataclass(frozen=True)
class Keeping:
    """Which choices are kept. threshold: the least strength of a choice, None for any. minimum_user, minimum_item: how
    many choices a user and an item must have; those with fewer are left out until all have enough.

    BadSetting for a minimum below 1.
    """

    threshold: float | None = None
    minimum_user: int = 1
    minimum_item: int = 1

    def __post_init__(self):
        for name in ("minimum_user", "minimum_item"):
            if getattr(self, name) < 1:
                raise BadSetting(f"{name} must be 1 or more; got {getattr(self, name)}.")


@dataclass(frozen=True)
class Wanted:
    """What is wanted of files of choices. how: they are read. titles: a second table, which names the items."""

    how: HowToRead = HowToRead()
    keeping: Keeping = Keeping()
    titles: Path | tuple[Path, str] | None = None


def add_choices(
    paths: Iterable,
    destination: Path,
    wanted: Wanted = Wanted(),
    *,
    name: str | None = None,
    report: Report = silent,
) -> Interactions:
    """The interactions in some files, stored in a folder of `destination`.

    paths: of files, or (path, the name the user knows the file by). Ratings become choices that all count alike; other
    strengths, such as numbers of plays, are kept.
    """
    started, files, keeping = time.perf_counter(), files_of(paths), wanted.keeping
    found = read_choices(files, wanted.how, report=span(report, 0, READ))
    rows, dropped, said = kept_rows(found, keeping)
    about = None
    if wanted.titles is not None:
        report(Progress(READ, 1.0, "Reading titles"))
        ((path, shown),) = files_of([wanted.titles])
        about = read_titles(path, shown, _in_use(rows))
    report(Progress(READ + 0.1, 1.0, f"Sorting {len(rows.user):,} choices"))
    meta = {
        **_about(found, about, keeping, files),
        "dropped": dict(found.dropped + dropped),
        "said": [*sentences_of(found.readings), *_of_titles(about, rows), *said],
        "sentence": first_sentence(rows, about.known if about else Known()),
        "seconds": round(time.perf_counter() - started, 3),
    }
    report(Progress(READ + 0.2, 1.0, "Storing"))  # the last moment to cancel
    return _finished(rows, destination, name or joint_name(files), about.known if about else Known(), meta)


def add_bundled_items(key: str, destination: Path, *, name: str | None = None, report: Report = silent) -> Interactions:
    """The interactions of a bundled set (a key of BUNDLED_ITEMS)."""
    if key not in BUNDLED_ITEMS:
        raise NotFound(f"There is no bundled data set of items {key!r}. There are {', '.join(BUNDLED_ITEMS)}.")
    bundled = BUNDLED_ITEMS[key]
    report(Progress(0, 1.0, f"Generating {bundled.title}"))
    rows, known = bundled.rows()
    meta = {
        "sources": [bundled.source],
        "columns": asdict(ItemColumns()),
        "reading": [],
        "dropped": {},
        "said": [bundled.about],
        "sentence": first_sentence(rows, known),
    }
    return _finished(rows, destination, name or bundled.title, known, meta)


def joint_name(files: Files) -> str:
    """A name made of the names of the files."""
    return files[0][1] if len(files) == 1 else f"{files[0][1]} and {len(files) - 1} more"


def around(strengths: np.ndarray, threshold: float) -> tuple[int, int]:
    """How many strengths lie below a threshold, and how many at it or above."""
    below = int((np.asarray(strengths, np.float32) < np.float32(threshold)).sum())
    return below, len(strengths) - below


def middle_of(strengths: np.ndarray) -> float:
    """The middle of the scale that these ratings use."""
    return (float(np.min(strengths)) + float(np.max(strengths))) / 2


def kept_rows(found: Found, keeping: Keeping) -> tuple[Rows, Counter[str], list[str]]:
    """(the choices that are kept, the rest by its reason, sentences on both); BadInput where nothing is left."""
    rows, dropped, said = found.rows, Counter[str](), []
    if keeping.threshold is not None and rows.strength is None:
        raise BadInput(
            f"A threshold of {keeping.threshold:g} needs a column of numbers, such as ratings, and none was found. Say "
            "which with --strength-column, or leave the threshold out."
        )
    if rows.strength is not None and (found.rated or keeping.threshold is not None):
        level = middle_of(rows.strength) if keeping.threshold is None else keeping.threshold
        sides = around(rows.strength, level)
        said.append(said_of_keeping(sides, level, asked=keeping.threshold is not None, rated=found.rated))
    if keeping.threshold is not None and rows.strength is not None:
        strong = rows.strength >= np.float32(keeping.threshold)
        dropped[f"the strength is below {keeping.threshold:g}"] += int((~strong).sum())
        rows = _where(rows, strong)
    if found.rated:
        rows = replace(rows, strength=None)
    enough = _enough(rows, keeping)
    for kind, least in (("user", keeping.minimum_user), ("item", keeping.minimum_item)):
        if n := int((enough == _SHORT[kind]).sum()):
            dropped[f"the {kind} has fewer than {least} choices"] += n
    rows = _where(rows, enough == 0)
    if not len(rows.user):
        raise BadInput(
            f"None of the {found.rows.user.size:,} choices is left. Lower the threshold or the minimums, or check the "
            "columns."
        )
    return rows, +dropped, said


_SHORT = {"user": 1, "item": 2}


def _enough(rows: Rows, keeping: Keeping) -> np.ndarray:
    """0 for the choices of users and items with enough of them; else which of both was found to be short, of _SHORT."""
    user, item = np.asarray(rows.user), np.asarray(rows.item)
    why = np.zeros(len(user), np.int8)
    if keeping.minimum_user == keeping.minimum_item == 1 or not len(user):
        return why
    pair = user.astype(np.int64) * len(rows.items) + item
    once = np.zeros(len(user), bool)
    once[np.unique(pair, return_index=True)[1]] = True
    while True:
        before = why.copy()
        for kind, codes, least in (("user", user, keeping.minimum_user), ("item", item, keeping.minimum_item)):
            counts = np.bincount(codes[once & (why == 0)], minlength=int(codes.max()) + 1)
            why[(why == 0) & (counts[codes] < least)] = _SHORT[kind]
        if (why == before).all():
            return why


def _where(rows: Rows, kept: np.ndarray) -> Rows:
    if kept.all():
        return rows
    time, strength = (None if one is None else one[kept] for one in (rows.time, rows.strength))
    return replace(rows, user=rows.user[kept], item=rows.item[kept], time=time, strength=strength)


def _in_use(rows: Rows) -> list[str]:
    """The ids of the items that were chosen."""
    return [rows.items[code] for code in np.unique(rows.item)]


def first_sentence(rows: Rows, known: Known) -> str:
    """The first choice in words, such as "user 196 chose item 242 on 4 December 1997"."""
    item = rows.items[rows.item[0]]
    return sentence_of(
        rows.users[rows.user[0]],
        item,
        title=known.titles.get(item),
        time=None if rows.time is None else float(rows.time[0]),
        strength=None if rows.strength is None else float(rows.strength[0]),
    )


def _about(found: Found, titles: Titles | None, keeping: Keeping, files: Files) -> dict:
    """What is kept of how the files were read."""
    readings = [*found.readings, *([titles.reading] if titles else [])]
    return {
        "columns": asdict(found.columns),
        "layout": found.layout,
        "reading": merged(readings),
        "sources": [shown for _, shown in files] + ([titles.reading.file] if titles else []),
        "keeping": asdict(keeping),
    }


def _of_titles(titles: Titles | None, rows: Rows) -> list[str]:
    if titles is None:
        return []
    n = len(np.unique(rows.item))
    return [f"{titles.n_found:,} of {n:,} items are named by {titles.reading.file}."]


def _finished(rows: Rows, destination: Path, name: str, known: Known, meta: dict) -> Interactions:
    """The stored interactions, with the sentences that only storing can tell.

    The same choices may be here already, read in another way: what is said is how they were read this time.
    """
    data = store(rows, destination, name=name, known=known, meta=meta)
    repeated = len(rows.user) - data.n_interactions
    now = dict(meta) | {"dropped": meta["dropped"] | ({REPEATED: repeated} if repeated else {})}
    now["said"] = [*meta["said"], *said_after(now["dropped"], data.meta.get("ties", 0))]
    if data.meta["said"] == meta["said"]:  # stored just now
        write_json(data.folder / FILE, data.meta | now, indent=1)
    return Interactions(data.folder, data.meta | now)

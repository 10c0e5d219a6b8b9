"""Reading: what was done with a file, row by row and column by column, to be shown, printed and kept."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields

from embedlab.data.reading.encodings import Encoding
from embedlab.data.reading.options import separator_name

MOST_NOTES = 20


@dataclass(frozen=True)
class Reading:
    """What a file was read as.

    rows: rows or documents that were used. dropped: reason -> number of rows left out. encoding: its name, None for
    what is no text; confidence: of the detector, None where the encoding is certain or chosen. separator, header: None
    for what is no delimited table. columns: role -> column, as in {"text": "review"}. renamed: column as it is called
    here -> what the file has there. notes: sentences on anything else that was decided.
    """

    file: str
    kind: str
    rows: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    encoding: str | None = None
    encoding_by: str | None = None
    confidence: float | None = None
    separator: str | None = None
    header: bool | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict:
        """The reading as JSON holds it, without what is empty."""
        found = asdict(self) | {"notes": list(self.notes)}
        return {key: value for key, value in found.items() if value not in (None, {}, [])}

    @classmethod
    def from_dict(cls, stored: Mapping) -> "Reading":
        """The reading that `to_dict` wrote; keys of newer versions are left out."""
        known = {one.name for one in fields(cls)}
        kept = {key: value for key, value in stored.items() if key in known}
        return cls(**kept | {"notes": tuple(kept.get("notes", ()))})

    @property
    def doubtful(self) -> bool:
        """Whether a person should look: rows were dropped, the encoding was guessed, or something was noted."""
        return bool(self.dropped or self.notes or self.renamed or self.encoding_by == "detected")

    def sentences(self) -> list[str]:
        """The reading in sentences, the most important first."""
        told = [f"{self.file}: {self.rows:,} {self._noun} read as {self.kind}{self._layout()}."]
        if self.encoding:
            told.append(self._encoding_sentence())
        if self.columns:
            told.append("Columns: " + ", ".join(f"{role} from {name!r}" for role, name in self.columns.items()) + ".")
        told += [f"{number:,} {_rows(number)} left out: {reason}." for reason, number in self.dropped.items()]
        if self.renamed:
            shown = [f"{was or 'a blank name'!r} is called {now!r}" for now, was in list(self.renamed.items())[:5]]
            more = f" and {len(self.renamed) - 5:,} more" if len(self.renamed) > 5 else ""
            told.append(f"Columns without a name of their own: {', '.join(shown)}{more}.")
        return told + list(self.notes)

    @property
    def _noun(self) -> str:
        noun = "vector" if "vectors" in self.kind else "row" if "table" in self.kind else "document"
        return noun + ("" if self.rows == 1 else "s")

    def _layout(self) -> str:
        if self.header is None:
            return ""
        header = "with a header row" if self.header else "without a header row"
        by = f" separated by {separator_name(self.separator)}" if self.separator else ""
        return f"{by}, {header}"

    def _encoding_sentence(self) -> str:
        if self.encoding_by == "detected":
            how = f"detected with confidence {self.confidence:.2f}"
            return f"Encoding {self.encoding}, {how}; choose another if letters look wrong."
        ways = {"mark": "by its byte order mark", "zeros": "by its zero bytes", "chosen": "as chosen"}
        return f"Encoding {self.encoding}" + (f", {way}" if (way := ways.get(self.encoding_by or "")) else "") + "."


def _rows(number: int) -> str:
    return "row was" if number == 1 else "rows were"


class Tally:
    """Counts what a reader does while it streams, and gives the Reading at the end."""

    def __init__(self):
        self.kind = "text"
        self.rows = 0
        self.dropped: Counter[str] = Counter()
        self.encoding: Encoding | None = None
        self.separator: str | None = None
        self.header: bool | None = None
        self.columns: dict[str, str] = {}
        self.renamed: dict[str, str] = {}
        self.notes: dict[str, None] = {}
        self.counted: Counter[str] = Counter()

    def note(self, sentence: str) -> None:
        """Keep a sentence, once."""
        if len(self.notes) < MOST_NOTES:
            self.notes.setdefault(sentence)

    def count(self, what: str, number: int = 1) -> None:
        """Count something that ends as the note "number what"."""
        self.counted[what] += number

    def reading(self, file: str) -> Reading:
        """What was done until now."""
        found, counted = self.encoding, [f"{number:,} {what}" for what, number in self.counted.items() if number]
        return Reading(
            file,
            self.kind,
            self.rows,
            dict(self.dropped),
            found.label if found else None,
            found.how if found else None,
            found.confidence if found else None,
            self.separator,
            self.header,
            self.columns,
            self.renamed,
            (*self.notes, *counted),
        )


MOST_READINGS = 20


def merged(readings: Sequence[Reading]) -> list[dict]:
    """The readings of many files as corpus.json holds them: the first ones whole, the others added up as one."""
    kept = [one.to_dict() for one in readings[:MOST_READINGS]]
    if rest := readings[MOST_READINGS:]:
        dropped: Counter[str] = Counter()
        for one in rest:
            dropped.update(one.dropped)
        total = Reading(f"{len(rest):,} more files", "files", sum(one.rows for one in rest), dict(dropped))
        kept.append(total.to_dict())
    return kept


def sentences_of(readings: Sequence[Reading]) -> list[str]:
    """What people should know of these readings: one sentence a file of several where nothing is doubtful."""
    told = []
    for one in readings:
        told += one.sentences() if one.doubtful or len(readings) == 1 else one.sentences()[:1]
    return told


def second_name(known: str, asked: str | None, *, what: str = "text") -> list[str]:
    """A sentence for a text that is already here under another name than the one asked for; none otherwise."""
    if asked is None or asked == known:
        return []
    return [f"This {what} is already here as {known!r}; {asked!r} is now a second name for it."]

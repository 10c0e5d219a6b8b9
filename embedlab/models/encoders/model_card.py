"""The README of a saved model, the same for every family: what it was trained on and how, what it scores, how it is
used.

Text of users is shown as code, so that it is no Markdown.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from embedlab.data.corpus import Corpus

USE = """from sentence_transformers import SentenceTransformer

model = SentenceTransformer("path/to/this/folder")
vectors = model.encode(["a text", "another"])"""


@dataclass(frozen=True)
class Card:
    """What a model card says of a model.

    about: what the model is, in a sentence or more. scores: lines of Markdown beside what notes["start_end"] and
    notes["sizes"] say. use: Python. task: a pipeline tag of model hubs.
    """

    title: str
    about: str
    corpus: Corpus
    config: object
    seed: int
    notes: Mapping
    scores: Sequence[str] = ()
    use: str = USE
    task: str = "sentence-similarity"


def model_card(card: Card) -> str:
    """Markdown with the front matter that model hubs read."""
    lines = [
        "---",
        "library_name: sentence-transformers",
        f"pipeline_tag: {card.task}",
        "tags: [sentence-transformers, embedlab]",
        "---",
        "",
        f"# {card.title}",
        "",
        card.about,
        "",
        f"Trained by EmbedLab on the corpus {code(card.corpus.name)} (digest `{card.corpus.id}`, "
        f"{card.corpus.n_documents:,} documents), seed {card.seed}.",
        "",
        "## Scores",
        "",
    ]
    lines += [*start_and_end(card.notes), *card.scores] or [
        "Not scored: nothing was trained, or too little text to score on.",
        "",
    ]
    lines += [
        "## Settings",
        "",
        "```json",
        json.dumps(asdict(card.config), indent=1, ensure_ascii=False),
        "```",
        "",
        "## Use",
        "",
        "```python",
        card.use,
        "```",
        "",
    ]
    return "\n".join(lines)


def start_and_end(notes: Mapping) -> list[str]:
    """What training changed; the first score by size of the vectors where there are several."""
    lines = []
    for at, entry in enumerate(notes.get("start_end", ())):
        rows = (notes.get("sizes") if at == 0 else None) or [{"dim": "all"} | entry]
        heads = ("size", "start", "end", *(("change",) if "difference" in rows[0] else ()))
        lines += [
            f"{entry['metric'].capitalize()}, {entry['evaluator']}, {entry['n']:,} items of {code(entry['on'])}; 95% "
            "intervals.",
            "",
            *table(heads, [(row["dim"], *_changed(row)) for row in rows]),
            *([entry["verdict"], ""] if "verdict" in entry else []),
        ]
    return lines


def _changed(row: dict) -> list[str]:
    scores = [interval(row["start"]), interval(row["end"])]
    return [*scores, interval(row["difference"], sign="+")] if "difference" in row else scores


def table(heads: tuple, rows: list[tuple]) -> list[str]:
    """The lines of a table, and an empty one after it."""
    return [f"| {' | '.join(map(str, row))} |" for row in (heads, ["---"] * len(heads), *rows)] + [""]


def interval(score: list[float], *, sign: str = "") -> str:
    """A score and the ends of its interval; with the sign "+" that of a change."""
    middle, low, high = (f"{x:{sign}.3f}" for x in score[:3])
    return f"{middle} ({low} to {high})"


def code(value) -> str:
    """Text of users in one line that is no Markdown."""
    return f"`{' '.join(str(value).replace('`', ' ').replace('|', ' ').split())}`" if str(value) else ""

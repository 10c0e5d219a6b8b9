"""The README of a saved model, the same for every family: what it was trained on and how, what it scores, how it is
used.

Text of users is shown as code, so that it is no Markdown.
"""

import json
from dataclasses import asdict

from embedlab.data.corpus import Corpus

USE = """from sentence_transformers import SentenceTransformer

model = SentenceTransformer("path/to/this/folder")
vectors = model.encode(["a text", "another"])"""


def model_card(
    title: str,
    about: str,
    corpus: Corpus,
    config,
    seed: int,
    notes: dict,
    *,
    scores: list[str] = (),
    use: str = USE,
    task: str = "sentence-similarity",
) -> str:
    """Markdown with the front matter that model hubs read.

    about: what the model is, in a sentence or more; scores: lines of Markdown beside what notes["start_end"] and
    notes["sizes"] say; use: Python; task: a pipeline tag of model hubs.
    """
    lines = [
        "---",
        "library_name: sentence-transformers",
        f"pipeline_tag: {task}",
        "tags: [sentence-transformers, embedlab]",
        "---",
        "",
        f"# {title}",
        "",
        about,
        "",
        f"Trained by EmbedLab on the corpus {code(corpus.name)} (digest `{corpus.id}`, "
        f"{corpus.n_documents:,} documents), seed {seed}.",
        "",
        "## Scores",
        "",
    ]
    lines += [*start_and_end(notes), *scores] or [
        "Not scored: nothing was trained, or too little text to score on.",
        "",
    ]
    lines += [
        "## Settings",
        "",
        "```json",
        json.dumps(asdict(config), indent=1, ensure_ascii=False),
        "```",
        "",
        "## Use",
        "",
        "```python",
        use,
        "```",
        "",
    ]
    return "\n".join(lines)


def start_and_end(notes: dict) -> list[str]:
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

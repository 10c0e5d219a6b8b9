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
    """What training moved, by size of the vectors where there are several."""
    lines = []
    for entry in notes.get("start_end", ()):
        sizes = notes.get("sizes") or [{"dim": "all", "start": entry["start"], "end": entry["end"]}]
        lines += [
            f"{entry['metric'].capitalize()}, {entry['evaluator']}, {entry['n']:,} items of {code(entry['on'])}; 95% "
            "intervals.",
            "",
            *table(
                ("size", "start", "end"), [(row["dim"], interval(row["start"]), interval(row["end"])) for row in sizes]
            ),
        ]
    return lines


def table(heads: tuple, rows: list[tuple]) -> list[str]:
    """The lines of a table, and an empty one after it."""
    return [f"| {' | '.join(map(str, row))} |" for row in (heads, ["---"] * len(heads), *rows)] + [""]


def interval(score: list[float]) -> str:
    """A score and the ends of its interval."""
    return f"{score[0]:.3f} ({score[1]:.3f} to {score[2]:.3f})"


def code(value) -> str:
    """Text of users in one line that is no Markdown."""
    return f"`{' '.join(str(value).replace('`', ' ').replace('|', ' ').split())}`" if str(value) else ""

"""The README of a saved model: what it was trained on and how, what it scores, how to load it."""

from dataclasses import asdict

from embedlab.corpus import Corpus
from embedlab.models.transformer_config import TransformerConfig


def model_card(corpus: Corpus, config: TransformerConfig, seed: int, notes: dict, dim: int) -> str:
    """Markdown with the front matter that model hubs read. Text of users is shown as code."""
    lines = ["---", "library_name: sentence-transformers", "pipeline_tag: sentence-similarity", "tags: [sentence-transformers, embedlab]", "---", "",
             f"# Sentence encoder of {dim} dimensions", "", f"Trained by EmbedLab on the corpus {_code(corpus.name)} (digest `{corpus.id}`, "
             f"{corpus.n_documents:,} documents), starting from {_code(config.base)}, seed {seed}.", "", "## Scores", ""]
    lines += _scores(notes) or ["Not scored: nothing was trained, or too little text to score on.", ""]
    lines += ["## Settings", "", "| setting | value |", "|---|---|"]
    lines += [f"| {name} | {_code(value)} |" for name, value in asdict(config).items()]
    lines += ["", "## Use", "", "```python", "from sentence_transformers import SentenceTransformer", "",
              'model = SentenceTransformer("path/to/this/folder")', 'vectors = model.encode(["a text", "another"])', "```", "",
              f"Texts past {notes['max_length']} tokens are cut.", ""]
    return "\n".join(lines)


def _scores(notes: dict) -> list[str]:
    lines = []
    for entry in notes.get("start_end", ()):
        lines += [f"{entry['metric'].capitalize()}, {entry['evaluator']}, {entry['n']:,} items of {_code(entry['on'])}; 95% intervals from resampling.", "",
                  "| size | start | end |", "|---|---|---|"]
        sizes = notes.get("sizes") or [{"dim": "all", "start": entry["start"], "end": entry["end"]}]
        lines += [f"| {row['dim']} | {_interval(row['start'])} | {_interval(row['end'])} |" for row in sizes] + [""]
    return lines


def _interval(score: list[float]) -> str:
    return f"{score[0]:.3f} ({score[1]:.3f} to {score[2]:.3f})"


def _code(value) -> str:
    return f"`{' '.join(str(value).replace('`', ' ').replace('|', ' ').split())}`" if str(value) else ""

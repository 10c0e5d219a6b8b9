"""The README of a saved classifier: what it is, what it learned from, what it is worth, how it is used."""

import json
from dataclasses import asdict

from embedlab.corpus import Corpus
from embedlab.models.classifier_config import ClassifierConfig

USE = '''```python
import json, numpy as np
from safetensors.numpy import load_file
from sentence_transformers import SentenceTransformer

folder = "."
encoder = SentenceTransformer(folder)
head, labels = load_file(f"{folder}/classifier.safetensors"), json.load(open(f"{folder}/classifier.json"))["labels"]
logits = encoder.encode(["A text to classify"]) @ head["weight"].T + head["bias"]
print(labels[int(logits[0].argmax())])
```'''


def model_card(corpus: Corpus, config: ClassifierConfig, seed: int, notes: dict) -> str:
    """Markdown: data with its digest, settings, scores with intervals, and code that needs no EmbedLab."""
    found = notes["classification"]
    rows = "\n".join(f"| {_cell(c['label'])} | {c['n']:,} | {c['precision']:.3f} | {c['recall']:.3f} | {c['f1']:.3f} |" for c in found["classes"])
    return f"""# Classifier: {", ".join(found["labels"][:8])}{" …" if len(found["labels"]) > 8 else ""}

A linear head over the sentence vectors of `{config.base}`, trained with EmbedLab on {corpus.name!r}.

## Data

Corpus digest `{corpus.id}`, {corpus.n_documents:,} documents. {found["split"]["said"]}

## Scores on the test part

| Measure | Score | 95 % interval |
|---|---|---|
| Accuracy | {_score(found["accuracy"])} |
| Macro-F1 | {_score(found["macro_f1"])} |
| Accuracy of always answering {_cell(found["majority"]["label"])!r} | {_score(found["majority"]["accuracy"])} |

| Label | n | Precision | Recall | F1 |
|---|---|---|---|---|
{rows}

Epoch {found["best_epoch"]} of {len(found["epochs"])} was best on validation and is the one kept; the test part was looked at once.

## Settings

Seed {seed}.

```json
{json.dumps(asdict(config), indent=1, ensure_ascii=False)}
```

## Use

The encoder alone loads by `SentenceTransformer(folder)` or `AutoModel.from_pretrained(folder)`.

{USE}
"""


def _score(values: list[float]) -> str:
    return f"{values[0]:.3f} | {values[1]:.3f} to {values[2]:.3f}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")

"""The head of a classifier: a linear layer over sentence vectors; and the classifier that is saved."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput, NotFound
from embedlab.core.files import write_bytes, write_json
from embedlab.models.classifier.scores import confusion_matrix
from embedlab.models.encoders.encoder import Encoder

HEAD, ABOUT = "classifier.safetensors", "classifier.json"
HEAD_BATCH, HEAD_DECAY = 32, 0.01


@dataclass(eq=False)
class Head:
    """logits = ((vectors - mean) / spread) @ weight.T + bias, as tensors; mean and spread do not learn."""

    mean: object
    spread: object
    weight: object
    bias: object

    @classmethod
    def of(cls, vectors, n_labels: int) -> "Head":
        """A head of zeros over vectors like these, (n, dim)."""
        import torch

        spread = vectors.std(0)
        return cls(
            vectors.mean(0),
            torch.where(spread > 1e-6, spread, torch.ones_like(spread)),
            torch.zeros(n_labels, vectors.shape[1], device=vectors.device, requires_grad=True),
            torch.zeros(n_labels, device=vectors.device, requires_grad=True),
        )

    @property
    def parameters(self) -> list:
        return [self.weight, self.bias]

    def to(self, device) -> None:
        """Move it to where an encoder is, or back."""
        for name in ("mean", "spread", "weight", "bias"):
            setattr(self, name, getattr(self, name).detach().to(device).requires_grad_(name in ("weight", "bias")))

    def logits(self, vectors):
        """Scores of the labels before the softmax, (n, n_labels)."""
        return ((vectors - self.mean) / self.spread) @ self.weight.T + self.bias

    def folded(self) -> tuple[np.ndarray, np.ndarray]:
        """(weight, bias) float32 of the same head over plain vectors: logits = vectors @ weight.T + bias."""
        weight = (self.weight / self.spread).detach()
        bias = self.bias.detach() - weight @ self.mean
        return weight.cpu().numpy().astype(np.float32), bias.cpu().numpy().astype(np.float32)


@dataclass(frozen=True, eq=False)
class Labelled:
    """Frozen vectors, float32 (n, dim), and the label of each, int64 (n,)."""

    vectors: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True, eq=False)
class HeadFit:
    """How a head is fitted. weights: of each label in the loss, (n_labels,), or None."""

    epochs: int
    rate: float
    seed: int
    weights: np.ndarray | None = None


def fit_head(
    learned: Labelled, validation: Labelled, n_labels: int, how: HeadFit, *, tick=lambda record: None
) -> tuple[Head, list[dict]]:
    """(head, epochs): a head fitted to the vectors `learned`, from its best epoch on the validation vectors.

    tick(record) is called after each epoch; a record has epoch, loss, validation_loss and validation_accuracy.
    """
    import torch
    from torch.nn.functional import cross_entropy

    x, y = torch.from_numpy(np.array(learned.vectors, np.float32)), torch.from_numpy(learned.labels)
    held, held_y = torch.from_numpy(np.array(validation.vectors, np.float32)), torch.from_numpy(validation.labels)
    w = None if how.weights is None else torch.from_numpy(how.weights.astype(np.float32))
    head = Head.of(x, n_labels)
    optimizer = torch.optim.AdamW(head.parameters, lr=how.rate, weight_decay=HEAD_DECAY)
    records, best = [], None
    for epoch in range(1, how.epochs + 1):
        order = torch.from_numpy(np.random.default_rng([how.seed, 2, epoch]).permutation(len(y)))
        total = 0.0
        for rows in order.split(HEAD_BATCH):
            loss = cross_entropy(head.logits(x[rows]), y[rows], weight=w)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += float(loss.detach()) * len(rows)
        with torch.no_grad():
            logits = head.logits(held)
            record = {
                "epoch": epoch,
                "loss": total / len(y),
                "validation_loss": float(cross_entropy(logits, held_y)),
                "validation_accuracy": float((logits.argmax(1) == held_y).float().mean()),
            }
        records.append(record)
        if best is None or quality(record) > quality(best[0]):
            best = record, [p.detach().clone() for p in head.parameters]
        tick(record)
    with torch.no_grad():
        for mine, kept in zip(head.parameters, best[1], strict=True):
            mine.copy_(kept)
    return head, records


def quality(record: dict) -> float:
    """The number by which the best epoch is chosen, higher is better: less validation loss.

    On few documents the loss is more informative than the accuracy.
    """
    return -record["validation_loss"]


def softmax(logits: np.ndarray) -> np.ndarray:
    """Rows that sum to one."""
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def probe_accuracy(vectors: np.ndarray, split, how: HeadFit) -> np.ndarray:
    """The confusion matrix on the test part of a linear head fitted to the training part of these document vectors."""
    labels = split.labels
    learned, validation = (Labelled(vectors[rows], labels[rows]) for rows in (split.train, split.validation))
    head, _ = fit_head(learned, validation, len(split.names), how)
    weight, bias = head.folded()
    predicted = (vectors[split.test] @ weight.T + bias).argmax(1)
    return confusion_matrix(labels[split.test], predicted, len(split.names))


# What is saved


@dataclass(frozen=True, eq=False)
class Classifier:
    """An encoder with a head: labels, weight float32 (n_labels, dim) and bias (n_labels,).

    card: README of its folder.
    """

    encoder: Encoder
    labels: list[str]
    weight: np.ndarray
    bias: np.ndarray
    card: str = ""

    def save(self, folder: Path) -> None:
        """Write encoder, head (safetensors), labels (JSON) and model card into `folder`.

        The encoder alone loads by SentenceTransformer(folder) or AutoModel.from_pretrained(folder).
        """
        from safetensors.numpy import save

        self.encoder.save(folder)
        write_bytes(folder / HEAD, save({"weight": self.weight, "bias": self.bias}))
        about = {
            "labels": self.labels,
            "head": HEAD,
            "logits": "sentence_embedding @ weight.T + bias",
            "max_length": self.encoder.max_length,
        }
        write_json(folder / ABOUT, about, indent=1)
        write_bytes(folder / "README.md", self.card.encode("utf-8"))

    def probabilities(self, texts: list[str]) -> np.ndarray:
        """How probable each label is for each text, float32 (n, n_labels), rows sum to one."""
        vectors = self.encoder.encode(len(texts), texts.__getitem__, tick=lambda done: None)
        return softmax(vectors @ self.weight.T + self.bias)

    def answers(self, texts: list[str]) -> list[dict]:
        """{"text", "label", "probability", "probabilities": {label: share}, the largest first} of each text."""
        found = []
        for text, row in zip(texts, self.probabilities(texts).tolist(), strict=True):
            ranked = sorted(zip(self.labels, row, strict=True), key=lambda pair: -pair[1])
            found.append(
                {
                    "text": text,
                    "label": ranked[0][0],
                    "probability": round(ranked[0][1], 6),
                    "probabilities": {label: round(share, 6) for label, share in ranked},
                }
            )
        return found


def load_classifier(folder: Path, max_length: int) -> Classifier:
    """The classifier saved in `folder`.

    NotFound if there is none, BadInput if its head cannot be read or does not fit its labels.
    """
    from safetensors.numpy import load_file

    from embedlab.models.encoders.hub import loading_errors, reason
    from embedlab.models.encoders.load import open_encoder

    folder = Path(folder)
    if not (folder / ABOUT).is_file():
        raise NotFound(f"{folder.name!r} holds no classifier. Choose a finished run of the classifier family.")
    try:
        labels, head = json.loads((folder / ABOUT).read_text(encoding="utf-8"))["labels"], load_file(folder / HEAD)
        weight, bias = head["weight"], head["bias"]
    except loading_errors() as error:
        raise BadInput(f"The head of {folder.name!r} cannot be read: {reason(error)}. Train the run again.") from None
    if len(labels) != len(bias) or len(labels) != len(weight):
        raise BadInput(
            f"The head of {folder.name!r} has {len(bias)} outputs for {len(labels)} labels. Train the run again."
        )
    return Classifier(open_encoder(str(folder), max_length), labels, weight, bias)

"""What fine-tuning trains on, as token ids, and the loss of a batch of it for each objective."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from embedlab.core.errors import TrainingFailed
from embedlab.models.encoders.encoder import Encoder
from embedlab.models.encoders.inference import tokens_of
from embedlab.models.encoders.losses import cosent, cosine_regression, info_nce, matryoshka, supervised_contrastive
from embedlab.models.transformer.config import TransformerConfig


@dataclass(frozen=True, eq=False)
class Texts:
    """What an objective trains on: positions 0 .. n - 1, each with one to three texts, and a label or score.

    rows: the document or sentence of each; sides: readers of the texts of a row; train, dev: positions.
    """

    unit: str
    rows: np.ndarray
    n_tokens: np.ndarray
    sides: tuple[Callable[[int], str], ...]
    labels: np.ndarray | None = None
    scores: np.ndarray | None = None
    train: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    dev: np.ndarray = field(default_factory=lambda: np.zeros(0, int))

    @property
    def read(self) -> Callable[[int], str]:
        return self.sides[0]


@dataclass(frozen=True, eq=False)
class Tokenised:
    """Distinct texts as token ids; ids: the text of each position and side, int (n_positions, n_sides), -1: blank."""

    tokens: list[np.ndarray]
    ids: np.ndarray
    length: int


def tokenised(
    encoder: Encoder, texts: Texts, positions: np.ndarray, *, trim: bool, tick: Callable[[int], None]
) -> Tokenised:
    """The texts at these positions, each distinct one tokenised once.

    Trimmed to the length that 95 of 100 stay within.
    """
    known: dict[str, int] = {}
    ids = np.full((len(texts.rows), len(texts.sides)), -1)
    for at, position in enumerate(positions.tolist()):
        for side, read in enumerate(texts.sides):
            text = read(int(texts.rows[position]))
            if text.strip():
                ids[position, side] = known.setdefault(text, len(known))
        if at % 2000 == 0:
            tick(at)
    tokens = tokens_of(encoder, list(known), tick=tick)
    lengths = [len(t) for t in tokens]
    length = max(int(np.ceil(np.percentile(lengths, 95))), 4) if trim and tokens else max(lengths, default=0)
    return Tokenised([t if len(t) <= length else np.append(t[: length - 1], t[-1]) for t in tokens], ids, length)


def loss_for(texts: Texts, data: Tokenised, config: TransformerConfig, vectors_of: Callable, dim: int) -> Callable:
    """positions -> loss of one batch, or None when fewer than two of its texts say anything."""
    import torch

    sizes = [*(size for size in config.sizes if size < dim), dim]

    def sides(batch: np.ndarray, n: int) -> np.ndarray:
        ids = data.ids[batch]
        return ids[(ids[:, :n] >= 0).all(1)]

    def nested(loss: Callable, vectors: list):
        with torch.autocast(vectors[0].device.type, enabled=False):  # cosines over a temperature need all their digits
            return matryoshka(loss, [v.float() for v in vectors], sizes)

    def simcse(batch):
        ids = sides(batch, 1)[:, 0]
        if len(ids) < 2:
            return None
        first, second = vectors_of([*ids, *ids]).chunk(2)  # one pass, two draws of the dropout mask
        if torch.is_grad_enabled() and torch.allclose(
            first, second, rtol=1e-3, atol=1e-4
        ):  # a GPU rounds both readings differently
            raise TrainingFailed(
                f"The model {config.base!r} has no dropout, so SimCSE cannot read a text in two ways. "
                "Choose pairs or labels, or another base model."
            )
        return nested(
            lambda v: info_nce(*v, temperature=config.temperature, same=_same(ids, first.device)), [first, second]
        )

    def pairs(batch):
        ids = sides(batch, 2)
        if len(ids) < 2:
            return None
        against = ids[ids[:, 2] >= 0, 2] if ids.shape[1] > 2 else ids[:0, 0]
        found = vectors_of([*ids[:, 0], *ids[:, 1], *against])
        parts = list(found.split([len(ids), len(ids), len(against)]))
        same = _same(ids[:, 0], found.device) | _same(ids[:, 1], found.device)
        return nested(lambda v: info_nce(v[0], v[1], negatives=v[2], temperature=config.temperature, same=same), parts)

    def graded(batch):
        batch = batch[(data.ids[batch][:, :2] >= 0).all(1)]
        if len(batch) < 2:
            return None
        ids = data.ids[batch]
        found = vectors_of([*ids[:, 0], *ids[:, 1]])
        gold = torch.as_tensor(texts.scores[batch], dtype=torch.float32, device=found.device)
        if config.graded_loss == "cosine":
            return nested(lambda v: cosine_regression(*v, gold), list(found.chunk(2)))
        return nested(lambda v: cosent(*v, gold, temperature=config.temperature), list(found.chunk(2)))

    def labels(batch):
        batch = batch[data.ids[batch][:, 0] >= 0]
        if len(batch) < 2:
            return None
        vectors = vectors_of(data.ids[batch][:, 0].tolist())
        own = torch.as_tensor(texts.labels[batch], device=vectors.device)
        return nested(lambda v: supervised_contrastive(v[0], own, temperature=config.temperature), [vectors])

    return {"simcse": simcse, "pairs": pairs, "graded": graded, "labels": labels}[config.objective]


def _same(ids: np.ndarray, device):
    """Which texts of a batch are equal, bool (n, n)."""
    import torch

    return torch.as_tensor(ids[:, None] == ids[None, :], device=device)

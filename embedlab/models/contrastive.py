"""Contrastive losses over batches of sentence vectors, and the batches they need."""

import numpy as np


def info_nce(anchors, positives, *, temperature: float, same=None):
    """Mean cross-entropy of picking each anchor's own positive among all positives of the batch, by cosine.

    SimCSE (Gao, Yao and Chen 2021, equation 1) with two encodings of each text; multiple negatives ranking (Henderson
    et al. 2017) with pairs. anchors, positives: (n, dim). same: bool (n, n), True where two rows hold the same text:
    such a row is no negative of the other.
    """
    import torch
    from torch.nn.functional import cross_entropy, normalize

    scores = normalize(anchors, dim=1) @ normalize(positives, dim=1).T / temperature
    own = torch.arange(len(scores), device=scores.device)
    if same is not None:
        other = same & ~torch.eye(len(scores), dtype=torch.bool, device=scores.device)
        scores = scores.masked_fill(other, float("-inf"))
    return cross_entropy(scores, own)


def supervised_contrastive(vectors, labels, *, temperature: float):
    """Mean over the vectors that share their label with another of the loss of Khosla et al. 2020, equation 2.

    vectors: (n, dim), brought to length one here. labels: (n,). A vector alone with its label is a negative only; if
    all are alone the loss is zero.
    """
    import torch
    from torch.nn.functional import normalize

    unit = normalize(vectors, dim=1)
    itself = torch.eye(len(unit), dtype=torch.bool, device=unit.device)
    scores = (unit @ unit.T / temperature).masked_fill(itself, float("-inf"))
    log_share = (scores - scores.logsumexp(dim=1, keepdim=True)).masked_fill(itself, 0)
    positive = (labels[:, None] == labels[None, :]) & ~itself
    n_positive = positive.sum(1)
    per_anchor = -(log_share * positive).sum(1) / n_positive.clamp(min=1)
    return per_anchor.sum() / (n_positive > 0).sum().clamp(min=1)


def even_batches(rows: np.ndarray, size: int) -> list[np.ndarray]:
    """The rows in order, in as few batches of at most `size` as hold them, of nearly equal length."""
    return np.array_split(rows, max(-(-len(rows) // size), 1))


def label_batches(rows: np.ndarray, labels: np.ndarray, size: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Shuffled batches in which every row of a label with two rows or more has another of its label beside it.

    rows: int (n,); labels: the label of each, (n,). Rows go in couples of one label; the last of an odd number is
    coupled with one drawn again, and the only row of a label goes alone.
    """
    couples = []
    for label in np.unique(labels):
        own = rng.permutation(rows[labels == label])
        if len(own) % 2 and len(own) > 1:
            own = np.append(own, rng.choice(own[:-1]))
        couples += np.split(own, range(2, len(own), 2))
    batches = even_batches(rng.permutation(len(couples)), max(size // 2, 1))
    return [np.concatenate([couples[c] for c in batch]) for batch in batches]

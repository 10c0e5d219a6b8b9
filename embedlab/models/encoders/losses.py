"""Losses over batches of sentence vectors."""


def info_nce(anchors, positives, *, temperature: float, same=None, negatives=None):
    """Mean cross-entropy of picking each anchor's own positive among all positives and negatives of the batch, by
    cosine.

    SimCSE (Gao, Yao and Chen 2021, equation 1) with two encodings of each text; multiple negatives ranking (Henderson
    et al. 2017) with pairs, and with triplets where negatives, (m, dim), hold a hard negative of each or some anchors.
    anchors, positives: (n, dim). same: bool (n, n), True where two rows hold the same text: such a row is no negative
    of the other.
    """
    import torch
    from torch.nn.functional import cross_entropy, normalize

    anchors = normalize(anchors, dim=1)
    scores = anchors @ normalize(positives, dim=1).T / temperature
    own = torch.arange(len(scores), device=scores.device)
    if same is not None:
        other = same & ~torch.eye(len(scores), dtype=torch.bool, device=scores.device)
        scores = scores.masked_fill(other, float("-inf"))
    if negatives is not None and len(negatives):
        scores = torch.cat([scores, anchors @ normalize(negatives, dim=1).T / temperature], dim=1)
    return cross_entropy(scores, own)


def cosine_regression(first, second, scores):
    """Mean squared difference of each pair's cosine from its score, (n,) in 0 to 1 (Reimers and Gurevych 2019)."""
    from torch.nn.functional import cosine_similarity

    return ((cosine_similarity(first, second) - scores) ** 2).mean()


def cosent(first, second, scores, *, temperature: float):
    """log(1 + sum of exp((cos_j - cos_i) / temperature)) over pairs i, j of which i has the higher score (Su 2022).

    first, second: (n, dim), the texts of each pair; scores: (n,), only their order counts.
    """
    import torch
    from torch.nn.functional import cosine_similarity

    cosines = cosine_similarity(first, second) / temperature
    gaps = cosines[None, :] - cosines[:, None]  # row i, column j: by how much j lies above i
    wrong = gaps[scores[:, None] > scores[None, :]]
    return torch.logsumexp(torch.cat([wrong.new_zeros(1), wrong]), 0)


def matryoshka(loss, vectors, sizes):
    """The mean of `loss(vectors)` over the beginnings of the vectors of these sizes (Kusupati et al. 2022, equation 1).

    vectors: a list of (n, dim), cut alike.
    """
    return sum(loss([v[:, :size] for v in vectors]) for size in sizes) / len(sizes)


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

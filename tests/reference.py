"""Slow, obvious twins of fast routines. Plain loops over plain lists; nothing here is used outside the tests."""

import math

import numpy as np

# GloVe


def cooccurrences(sentences: list[list[int]], n_words: int, window: int) -> np.ndarray:
    """Symmetric counts weighted by 1/distance, float64 (n_words, n_words); ids from n_words on are skipped over."""
    counts = np.zeros((n_words, n_words))
    for sentence in sentences:
        kept = [word for word in sentence if word < n_words]
        for here, word in enumerate(kept):
            for there in range(max(here - window, 0), here):
                counts[word, kept[there]] += 1 / (here - there)
                counts[kept[there], word] += 1 / (here - there)
    return counts


def glove_loss(entries, w, c, b, d) -> float:
    """Sum of f/2 (w.c + b + d - log x)^2 over entries (i, j, log x, f), in float64."""
    return sum(0.5 * f * (float(w[i] @ c[j]) + b[i] + d[j] - log_x) ** 2 for i, j, log_x, f in entries)


def glove_epoch(entries, w, c, b, d, learning_rate: float) -> float:
    """One AdaGrad pass in place over float64 arrays, squared gradients starting at one; returns the summed loss.

    The learning rate is part of the gradient whose square is summed, as in the authors' program.
    """
    gw, gc, gb, gd = (np.ones_like(a) for a in (w, c, b, d))
    loss = 0.0
    for i, j, log_x, f in entries:
        difference = w[i] @ c[j] + b[i] + d[j] - log_x
        loss += 0.5 * f * difference**2
        step = learning_rate * f * difference
        to_w, to_c = step * c[j], step * w[i]
        w[i] -= to_w / np.sqrt(gw[i])
        c[j] -= to_c / np.sqrt(gc[j])
        b[i] -= step / math.sqrt(gb[i])
        d[j] -= step / math.sqrt(gd[j])
        gw[i] += to_w**2
        gc[j] += to_c**2
        gb[i] += step**2
        gd[j] += step**2
    return loss


# Word2Vec


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def negative_sampling_loss(vectors, outputs, contexts: list[int], centre: int, negatives: list[int]) -> float:
    """-log s(h.o_centre) - sum over negatives other than the centre of log s(-h.o), h the mean of the contexts."""
    hidden = sum(vectors[context] for context in contexts) / len(contexts)
    loss = -math.log(sigmoid(float(hidden @ outputs[centre])))
    for negative in negatives:
        if negative != centre:
            loss -= math.log(sigmoid(-float(hidden @ outputs[negative])))
    return loss


def hierarchical_loss(vectors, outputs, contexts: list[int], code: list[int], path: list[int]) -> float:
    """-log probability of the leaf that `path` and `code` lead to: left (0) with s(h.o), right (1) with s(-h.o)."""
    hidden = sum(vectors[context] for context in contexts) / len(contexts)
    return -sum(math.log(sigmoid((1 - 2 * turn) * float(hidden @ outputs[node])))
                for turn, node in zip(code, path, strict=True))


# Contrastive losses


def cosine(a, b) -> float:
    return float(a @ b / math.sqrt(float(a @ a) * float(b @ b)))


def info_nce(anchors, positives, temperature: float) -> float:
    """Mean cross-entropy of each anchor's own positive among all of them."""
    losses = []
    for i, anchor in enumerate(anchors):
        scores = [math.exp(cosine(anchor, positive) / temperature) for positive in positives]
        losses.append(-math.log(scores[i] / sum(scores)))
    return sum(losses) / len(losses)


def supervised_contrastive(vectors, labels: list[int], temperature: float) -> float:
    """Khosla et al. 2020, equation 2, averaged over the anchors that have a positive."""
    losses = []
    for i in range(len(vectors)):
        scores = {a: math.exp(cosine(vectors[i], vectors[a]) / temperature) for a in range(len(vectors)) if a != i}
        positives = [p for p in scores if labels[p] == labels[i]]
        if positives:
            losses.append(-sum(math.log(scores[p] / sum(scores.values())) for p in positives) / len(positives))
    return sum(losses) / len(losses) if losses else 0.0


# Shared contexts


def context_matrix(sentences: list[list[int]], n_words: int, weights: list[float]) -> np.ndarray:
    """weights[d - 1] summed over all pairs at distance d, float64 (n_words, n_words); ids from n_words on vanish."""
    counts = np.zeros((n_words, n_words))
    for sentence in sentences:
        kept = [word for word in sentence if word < n_words]
        for here, word in enumerate(kept):
            for there, other in enumerate(kept):
                if 1 <= abs(here - there) <= len(weights):
                    counts[word, other] += weights[abs(here - there) - 1]
    return counts


def ppmi(counts: np.ndarray, smoothing: float) -> np.ndarray:
    """max(log P(c | w) / P(c), 0) with P(c) from margins to a power; 0 where nothing was counted."""
    share = counts.sum(axis=0) ** smoothing
    share = share / (share.sum() or 1)
    found = np.zeros_like(counts)
    for w in range(len(counts)):
        for c in range(len(counts)):
            if counts[w, c] > 0:
                found[w, c] = max(math.log(counts[w, c] / counts[w].sum() / share[c]), 0.0)
    return found

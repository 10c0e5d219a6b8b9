"""Slow, obvious twins of fast routines. Plain loops over plain lists; nothing here is used outside the tests."""

import heapq
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


def glove_ranking_error(words, candidates, shares, w, c) -> float:
    """Share of rivals with (w - m).c above that of the first candidate of each word; ties count half.

    Rivals are all other candidates of a word, -1 for none. m is the mean word vector, weighted by word shares.
    """
    lost, asked, m = 0.0, 0, sum(share * row for share, row in zip(shares, w, strict=True))
    for i, (neighbour, *rivals) in zip(words, candidates, strict=True):
        score = [float((w[i] - m) @ c[j]) for j in (neighbour, *rivals) if j >= 0]
        lost += sum((rival > score[0]) + 0.5 * (rival == score[0]) for rival in score[1:])
        asked += len(score) - 1
    return lost / asked


def glove_epoch(entries, w, c, b, d, learning_rate: float) -> float:
    """One AdaGrad pass in place over float64 arrays, squared gradients starting at one; returns the summed loss.

    The learning rate is part of the gradient whose square is summed, and each square is summed before it divides.
    """
    gw, gc, gb, gd = (np.ones_like(a) for a in (w, c, b, d))
    loss = 0.0
    for i, j, log_x, f in entries:
        difference = w[i] @ c[j] + b[i] + d[j] - log_x
        loss += 0.5 * f * difference**2
        step = min(max(learning_rate * f * difference, -100), 100)
        to_w, to_c = step * c[j], step * w[i]
        gw[i] += to_w**2
        gc[j] += to_c**2
        gb[i] += step**2
        gd[j] += step**2
        w[i] -= to_w / np.sqrt(gw[i])
        c[j] -= to_c / np.sqrt(gc[j])
        b[i] -= step / math.sqrt(gb[i])
        d[j] -= step / math.sqrt(gd[j])
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
    return -sum(
        math.log(sigmoid((1 - 2 * turn) * float(hidden @ outputs[node]))) for turn, node in zip(code, path, strict=True)
    )


def random_states(state: int):
    """The numbers the kernels' generator goes through."""
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield state


def alias_draw(state: int, table: list[int]) -> int:
    """A word from Walker's alias table, whose entries are alias << 32 | threshold."""
    product = (state >> 24) * len(table)
    place, fraction = product >> 40, (product >> 8) % 2**32
    return place if fraction < table[place] % 2**32 else table[place] >> 32


def tree_path(word: int, up: list[int]) -> list[tuple[int, int]]:
    """(inner node, 1 - turn) from a word to the root."""
    n_words, path, step = (len(up) + 1) // 2, [], up[word]
    while step >= 0:
        path.append((step // 2, 1 - step % 2))
        step = up[n_words + step // 2]
    return path


def huffman_cost(counts: list[int]) -> int:
    """The least possible sum of count times code length: what merging the two lightest again and again adds up to."""
    heap, cost = list(counts), 0
    heapq.heapify(heap)
    while len(heap) > 1:
        both = heapq.heappop(heap) + heapq.heappop(heap)
        cost += both
        heapq.heappush(heap, both)
    return cost


def exact_curves(dot: float) -> tuple[float, float, float]:
    """sigmoid(dot), -log sigmoid(dot), -log sigmoid(-dot)."""
    return sigmoid(dot), np.logaddexp(0, -dot), np.logaddexp(0, dot)


def predict(words, outputs, inputs: list[int], targets, rate: float, *, curves=exact_curves, together=False) -> float:
    """One step of stochastic gradient descent in place; returns the loss before it.

    The mean of the `inputs` predicts the label (1 or 0) of each target row. together: all targets are scored before the
    first of them moves.
    """
    hidden, step, loss = sum(words[i] for i in inputs) / len(inputs), 0, 0.0
    scored = outputs.copy() if together else outputs
    for target, label in targets:
        share, if_one, if_zero = curves(float(hidden @ scored[target]))
        loss += if_one if label else if_zero
        slope = (label - share) * rate
        step = step + slope * outputs[target]
        outputs[target] += slope * hidden
    for i in inputs:
        words[i] += step
    return float(loss)


def predict_window(words, outputs, contexts: list[int], targets, rate: float, *, curves=exact_curves) -> list[float]:
    """The loss before each step of the contexts of a window, two at a time, against copies of the target rows.

    Two contexts see the same rows. What the copies have changed by goes to the targets at the end; a target named twice
    has two copies.
    """
    before = np.array([outputs[target] for target, _ in targets])
    rows, losses = before.copy(), []
    for first in range(0, len(contexts), 2):
        pair, seen = contexts[first : first + 2], rows.copy()
        inputs = words[pair].copy()
        for context, hidden in zip(pair, inputs, strict=True):
            shares = [curves(float(hidden @ row)) for row in seen]
            losses.append(
                sum(
                    if_one if label else if_zero
                    for (_, if_one, if_zero), (_, label) in zip(shares, targets, strict=True)
                )
            )
            slopes = rate * np.array([label - share for (share, _, _), (_, label) in zip(shares, targets, strict=True)])
            rows += np.outer(slopes, hidden)
            words[context] += slopes @ seen
    for (target, _), change in zip(targets, rows - before, strict=True):
        outputs[target] += change
    return losses


def word2vec_pass(
    sentences,
    words,
    outputs,
    keep,
    state: int,
    *,
    cbow: bool,
    window: int,
    rate: float,
    last_rate: float,
    noise=None,
    up=None,
    negatives=0,
    shared=False,
    curves=exact_curves,
) -> tuple[float, int]:
    """The summed loss and the number of predictions of one pass in place, drawing as the kernels do.

    shared: the contexts of a skip-gram window share negatives and are taken two at a time; the targets of CBOW are
    scored together.
    """
    states, n_tokens, done, losses = random_states(state), sum(map(len, sentences)), 0, []

    def targets_of(centre):
        if up is not None:
            return tree_path(centre, up)
        drawn = [alias_draw(next(states), noise) for _ in range(negatives)]
        return [(centre, 1), *((w, 0) for w in drawn if w != centre)]

    for sentence in sentences:
        kept = [w for w in sentence if w < len(keep) and (next(states) >> 40) / 2**24 < keep[w]]
        lr = rate + (last_rate - rate) * done / n_tokens
        done += len(sentence)
        for i, centre in enumerate(kept if len(kept) > 1 else []):
            reach = ((next(states) >> 33) * window >> 31) + 1
            around = [kept[j] for j in range(max(0, i - reach), min(len(kept), i + reach + 1)) if j != i]
            if shared and not cbow:
                losses += predict_window(words, outputs, around, targets_of(centre), lr, curves=curves)
                continue
            for inputs in [around] if cbow else [[context] for context in around]:
                losses.append(predict(words, outputs, inputs, targets_of(centre), lr, curves=curves, together=shared))
    return sum(losses), len(losses)


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


# Neighbour graphs


def best_columns(scores, k: int) -> list[list[int]]:
    """For each row the k columns with the highest scores, best first, equal ones in order."""
    return [sorted(range(len(row)), key=lambda j: (-row[j], j))[:k] for row in scores]


def excess_ranks(distances, chosen, k: int) -> int:
    """Sum over the chosen columns of each row of how far their rank exceeds k; ties take the better rank."""
    total = 0
    for row, columns in zip(distances, chosen, strict=True):
        total += sum(max(0, 1 + sum(other < row[c] for other in row) - k) for c in columns)
    return total


def both_ways(indices, values, scale: float, both: float) -> dict[tuple[int, int], float]:
    """(from, to) -> scale * (a + b - both * a * b), where a is the value of the edge and b that of its reverse."""
    forth = {(i, int(j)): float(v) for i in range(len(indices)) for j, v in zip(indices[i], values[i], strict=True)}
    back = {(j, i): v for (i, j), v in forth.items()}
    return {
        edge: scale * (forth.get(edge, 0) + back.get(edge, 0) - both * forth.get(edge, 0) * back.get(edge, 0))
        for edge in forth | back
    }


# UMAP


def membership_strengths(distances, target: float) -> list[float]:
    """exp(-(d - rho) / sigma) of one point's distances, sigma such that they sum to `target`."""
    from scipy.optimize import brentq

    rho = min((d for d in distances if d > 0), default=0.0)
    beyond = [max(d - rho, 0.0) for d in distances]
    sigma = brentq(lambda s: sum(math.exp(-b / s) for b in beyond) - target, 1e-9, 1e9, xtol=1e-14)
    return [math.exp(-b / sigma) for b in beyond]


def umap_loss(point, other, a: float, b: float, *, joined: bool) -> float:
    """Cross entropy of one pair: -log q when they are joined, else -log(1 - q), q = 1 / (1 + a d^2b)."""
    square = sum((p - o) ** 2 for p, o in zip(point, other, strict=True))
    q = 1 / (1 + a * square**b)
    return -math.log(q) if joined else -math.log(1 - q)


def umap_epoch(places, edges, shares, epoch: int, rate: float, attraction, repulsion, n_negative: int, seed: int):
    """New places after one epoch; the forces are functions of d^2.

    edges: (from, to), with the share of each in 2^16 epochs. Draws the same random numbers as the kernel: for each
    point and epoch, a counter whose bits are mixed.
    """
    n, moved = len(places), np.array(places, np.float64)
    for i in range(n):
        here, force, pull, used = places[i], 0.0, 0.0, 0
        for (source, target), share in zip(edges, shares, strict=True):
            if source == i and (epoch + 1) * share // 2**16 > epoch * share // 2**16:
                coefficient = attraction(((here - places[target]) ** 2).sum())
                force, pull, used = (
                    force + coefficient * (here - places[target]),
                    pull + min(-coefficient, 16),
                    used + 1,
                )
        total = -(-used * (1 + n_negative) // 16) * 16  # pushes fill the last group of 16, each counting for less
        for t in range(used, total):
            drawn = places[mixed(i, epoch, seed, t) * n >> 32]
            push = np.clip(repulsion(((here - drawn) ** 2).sum()) * (here - drawn), -4, 4)
            force = force + push * used * n_negative / (total - used)
        moved[i] = here + rate * force / (1 + 0.7 * rate * pull)
    return moved


def mixed(point: int, epoch: int, seed: int, t: int) -> int:
    """32 random bits, the t-th of a point in an epoch."""
    state = (point * 0x9E3779B97F4A7C15 ^ (epoch + 1) * 0xBF58476D1CE4E5B9 ^ seed) % 2**64
    bits = ((state >> 16) + t * 0x9E3779B9) % 2**32
    bits = (bits ^ bits >> 16) * 0x7FEB352D % 2**32
    bits = (bits ^ bits >> 15) * 0x846CA68B % 2**32
    return bits ^ bits >> 16


# t-SNE


def conditional_affinities(squares, perplexity: float) -> list[float]:
    """p(j|i) of one point from squared distances: exp(-beta d^2), normalised, with 2^entropy = perplexity."""
    from scipy.optimize import brentq

    nearest = min(squares)

    def normed(beta):
        weights = [math.exp(-beta * (square - nearest)) for square in squares]
        return [weight / sum(weights) for weight in weights]

    def excess(beta):
        return -sum(p * math.log(p) for p in normed(beta) if p > 0) - math.log(perplexity)

    return normed(brentq(excess, 1e-6, 1e6, xtol=1e-14))


def tsne_divergence(places, p) -> float:
    """KL(P || Q) of a map; p: (n, n) affinities with an empty diagonal that sum to one."""
    n = len(places)
    q = np.array(
        [[0.0 if i == j else 1 / (1 + ((places[i] - places[j]) ** 2).sum()) for j in range(n)] for i in range(n)]
    )
    q /= q.sum()
    return sum(p[i, j] * math.log(p[i, j] / q[i, j]) for i in range(n) for j in range(n) if p[i, j] > 0)


def tsne_gradient(places, p) -> tuple[np.ndarray, np.ndarray, float]:
    """(pulls, pushes, norm): the gradient of the divergence is 4 (pulls - pushes / norm) (eq. 5)."""
    n = len(places)
    pulls, pushes, norm = np.zeros_like(places), np.zeros_like(places), 0.0
    for i in range(n):
        for j in range(n):
            if i != j:
                q = 1 / (1 + ((places[i] - places[j]) ** 2).sum())
                norm += q
                pulls[i] += p[i, j] * q * (places[i] - places[j])
                pushes[i] += q**2 * (places[i] - places[j])
    return pulls, pushes, norm


def tsne_step(places, gradient, velocity, gains, momentum: float, rate: float, longest: float) -> None:
    """One step of descent in place over plain numbers; a gain grows where gradient and velocity point apart."""
    for at in np.ndindex(places.shape):
        apart = (gradient[at] > 0) != (velocity[at] > 0)
        gains[at] = max(gains[at] + 0.2 if apart else gains[at] * 0.8, 0.01)
        velocity[at] = momentum * velocity[at] - rate * gains[at] * gradient[at]
        velocity[at] = min(max(velocity[at], -longest), longest)
        places[at] += velocity[at]


# A block of BERT


def attention(q, k, v) -> np.ndarray:
    """softmax(Q K^T / sqrt(d)) V (Vaswani et al. 2017, equation 1), one query after the other."""
    out = []
    for query in q:
        scores = [float(query @ key) / len(query) ** 0.5 for key in k]
        powers = [math.exp(score - max(scores)) for score in scores]
        out.append(sum(power * value for power, value in zip(powers, v, strict=True)) / sum(powers))
    return np.array(out)


def gelu(x) -> np.ndarray:
    """x Phi(x) (Hendrycks and Gimpel 2016)."""
    return np.array([[value * 0.5 * (1 + math.erf(value / 2**0.5)) for value in row] for row in x])


def layer_norm(x, weight, shift, eps: float) -> np.ndarray:
    """Each row with mean 0 and spread 1, times `weight`, plus `shift` (Ba et al. 2016)."""
    return np.array([(row - row.mean()) / (row.var() + eps) ** 0.5 * weight + shift for row in x])

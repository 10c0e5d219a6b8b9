"""GloVe: word vectors whose products fit the logarithms of co-occurrence counts.

Pennington, Socher and Manning 2014, "GloVe: Global vectors for word representation": counts weighted by 1/distance
within sentences (section 4.2), weighted least squares (equation 8), AdaGrad. Everything is held in memory: the counts
take 16 bytes an entry. Left out: counts on disk, and windows to one side only.
"""

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from embedlab.corpus import Corpus
from embedlab.errors import TrainingFailed
from embedlab.models.threads import Rate, in_threads
from embedlab.models.trained import Trained
from embedlab.models.vocabulary import dimension_warnings, kept_vocabulary
from embedlab.progress import Progress, Report, silent
from embedlab.session import ALONE, Session
from embedlab.settings import check_settings, setting
from embedlab.vectors import Embedding

BLOCK_TOKENS = 2**21  # read and placed at once
BLOCK_ENTRIES = 2**21  # upper bound on what one counting task may write, unless a single row needs more
TILE_ROWS, TILE_ENTRIES = 64, 2**16  # a tile's word rows stay in the first cache, its entries in the second
TASK_FLOATS = 2**26  # entries times width of one training task: a fraction of a second


@dataclass(frozen=True)
class GloveConfig:
    """Settings of GloVe."""

    dim: int = setting(100, label="Dimensions", low=1, high=2000,
                       help="More dimensions hold finer differences but need more text and time.")
    window: int = setting(10, label="Window", low=1, high=100,
                          help="Larger windows catch topic, small ones syntax; counting time grows with it.")
    epochs: int = setting(15, label="Epochs", low=1, high=1000,
                          help="More passes over the counts fit them closer; the loss soon flattens.")
    min_count: int = setting(5, label="Minimum count", low=1, high=1_000_000,
                             help="Drops words seen less often: fewer unreliable vectors, less memory.")
    x_max: float = setting(10.0, label="Full-weight count", low=1.0, high=100_000.0, group="More",
                           help="Counts from here on weigh the same; higher lets frequent pairs dominate (the paper: 100 for billions of words).")
    alpha: float = setting(0.75, label="Weight exponent", low=0.01, high=1.0, group="More",
                           help="Lower gives rare pairs more say, higher less; the paper found 0.75 best.")
    learning_rate: float = setting(0.05, label="Learning rate", low=0.0001, high=1.0, group="More",
                                   help="Higher learns faster, until the loss jumps or becomes not a number.")
    workers: int = setting(2, label="Threads", low=1, high=256, group="More",
                           help="More threads are faster up to the number of cores; only 1 repeats a run exactly.")

    def __post_init__(self):
        check_settings(self)


@dataclass(frozen=True, eq=False)
class Counts:
    """A symmetric matrix of weighted co-occurrence counts, row by row.

    columns: int32 (n_entries,), ascending within a row; values: float32 (n_entries,); starts: int64 (n_words + 1,),
    where each row begins.
    """

    columns: np.ndarray
    values: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.columns)


def train(corpus: Corpus, config: GloveConfig, *, seed: int = 1, report: Report = silent,
          session: Session = ALONE) -> Trained:
    """Word vectors (the sum of word and context vectors) trained on the co-occurrence counts of `corpus`.

    The loss is the mean over all entries of f(x) / 2 times the squared error, each taken when the epoch visits it.
    TrainingFailed when there is nothing to count, memory does not suffice or the loss is not finite.
    """
    total = config.epochs + 1  # counting is about as long as an epoch
    report(Progress(0, total, "Preparing GloVe (compiled once, then kept)"))
    import embedlab.kernels.glove  # noqa: F401  compiled here, so that `seconds` measures training

    vocabulary = kept_vocabulary(corpus, config.min_count)
    started = time.perf_counter()
    try:
        counts = count_cooccurrences(corpus, len(vocabulary), config.window, workers=config.workers,
                                     report=lambda p: report(Progress(p.fraction, total, p.message, p.metrics)))
        if not len(counts):
            raise TrainingFailed(f"No two of the {len(vocabulary):,} words kept ever stand in one sentence, so GloVe has "
                                 "nothing to count. Lower the minimum count or choose another corpus.")
        counted, n_entries, starts = time.perf_counter() - started, len(counts), counts.starts
        arrays = entries(counts, x_max=config.x_max, alpha=config.alpha)
        del counts  # a third of the memory
        vectors, losses = fit(arrays, starts, config, seed=seed, report=lambda p: report(
            Progress(p.step + 1, total, p.message, p.metrics)))
    except MemoryError:
        raise TrainingFailed(_memory_sentence(config)) from None
    seconds = time.perf_counter() - started
    notes = {"engine": "EmbedLab GloVe", "entries": n_entries, "counting_seconds": round(counted, 3),
             "entries_per_second": round(n_entries * config.epochs / max(seconds - counted, 1e-9)),
             "loss_is": "mean over co-occurrence entries of f(x)/2 (w.c + b + b' - log x)^2",
             "warnings": dimension_warnings(config.dim, len(vocabulary))}
    embedding = Embedding(list(vocabulary.words), vectors, vocabulary.counts)
    return Trained(embedding, losses, seconds, corpus.n_tokens * config.epochs, notes=notes)


# Counting


def count_cooccurrences(corpus: Corpus, n_words: int, window: int, *, workers: int = 1, report: Report = silent) -> Counts:
    """How often each two of the first `n_words` words stand within `window` of each other in a sentence, by 1/distance.

    The same whatever the number of threads: each row is summed by one of them, in float64, in reading order.
    """
    text = _compact_text(corpus, n_words, report)
    places, starts = _places(text, n_words, report)
    per_row = np.minimum(2 * window * np.diff(starts), n_words)
    blocks = list(_blocks(per_row, BLOCK_ENTRIES))
    weights = 1 / np.arange(1, window + 1)
    rate = Rate()
    done, parts = 0, [None] * len(blocks)

    def task(b):
        return b, _count_block(text, places, starts, *blocks[b], int(per_row[slice(*blocks[b])].sum()), weights, n_words)

    with closing(in_threads(workers, task, range(len(blocks)))) as results:
        for b, part in results:
            parts[b] = part
            done += int(starts[blocks[b][1]] - starts[blocks[b][0]])
            _check_memory(sum(len(p[0]) for p in parts if p))
            report(Progress(0.1 + 0.9 * done / max(int(starts[-1]), 1), 1,
                            f"Counting pairs, {rate(done):,.0f} words/s", {"rate": rate(done)}))
    sizes = np.concatenate([part[2] for part in parts])
    columns = np.concatenate([part[0] for part in parts])
    values = np.concatenate([part[1] for part in parts])
    return Counts(columns, values, np.concatenate([[0], np.cumsum(sizes)]))


def _compact_text(corpus: Corpus, n_words: int, report: Report) -> np.ndarray:
    """The corpus as the kernels read it: -1, then ids below n_words with -1 after each sentence."""
    from embedlab.kernels.glove import compact

    if corpus.n_tokens + corpus.n_sentences >= 2**31 - 1:
        raise TrainingFailed(f"GloVe counts up to 2,147 million tokens at once; {corpus.name!r} has {corpus.n_tokens:,}. "
                             "Use Word2Vec, or a part of the corpus.")
    text = np.empty(corpus.n_tokens + corpus.n_sentences + 1, np.int32)
    text[0], end = -1, 1
    for first, last in _sentence_blocks(corpus.sentences, BLOCK_TOKENS):
        offsets = np.asarray(corpus.sentences[first:last + 1])
        tokens = np.array(corpus.tokens[offsets[0]:offsets[-1]], np.int32)
        end = compact(tokens, offsets[1:] - offsets[0], n_words, text, end)
        report(Progress(0.05 * last / corpus.n_sentences, 1, "Reading the corpus"))
    return text[:end]


def _places(text: np.ndarray, n_words: int, report: Report) -> tuple[np.ndarray, np.ndarray]:
    """Positions in `text` sorted by word, and where each word's positions start."""
    from embedlab.kernels.glove import count_words, place_words

    chunks = [(a, min(a + BLOCK_TOKENS, len(text))) for a in range(0, len(text), BLOCK_TOKENS)]
    counts = np.zeros(n_words, np.int64)
    for first, last in chunks:
        count_words(text, first, last, counts)
    starts = np.concatenate([[0], np.cumsum(counts)])
    places, at = np.empty(starts[-1], np.int32), starts[:-1].copy()
    for first, last in chunks:
        place_words(text, first, last, at, places)
        report(Progress(0.05 + 0.05 * last / len(text), 1, "Sorting positions by word"))
    return places, starts


def _count_block(text, places, starts, first, last, bound, weights, n_words):
    """Columns, values and row sizes of rows first..last."""
    from embedlab.kernels.glove import count_rows

    columns, values = np.empty(bound, np.int32), np.empty(bound, np.float32)
    sizes = np.empty(last - first, np.int64)
    n = count_rows(text, places, starts, first, last, weights, np.zeros(n_words), np.empty(n_words + 1, np.int32), columns,
                   values, sizes)
    return columns[:n].copy(), values[:n].copy(), sizes


def _sentence_blocks(offsets: np.ndarray, n_tokens: int) -> Iterator[tuple[int, int]]:
    """(first, last) sentence of blocks of at most about `n_tokens` tokens."""
    first, n = 0, len(offsets) - 1
    while first < n:
        last = int(np.searchsorted(offsets, offsets[first] + n_tokens, side="right")) - 1
        last = min(max(last, first + 1), n)
        yield first, last
        first = last


def _blocks(sizes: np.ndarray, limit: int) -> Iterator[tuple[int, int]]:
    """(first, last) of runs of rows whose sizes sum to at most `limit`, or of one row."""
    ends = np.concatenate([[0], np.cumsum(sizes)])
    return _sentence_blocks(ends, limit)


def _check_memory(n_entries: int) -> None:
    """MemoryError before the system runs out: entries counted so far take 8 bytes, training on them 16 more."""
    import psutil

    if n_entries > 10_000_000 and 16 * n_entries > psutil.virtual_memory().available:
        raise MemoryError


def _memory_sentence(config: GloveConfig) -> str:
    return (f"Memory ran out while counting with a window of {config.window} and a minimum count of {config.min_count}. "
            "Raise the minimum count, shorten the window or use fewer dimensions; Word2Vec needs less memory.")


# Fitting


def fit(arrays, starts, config: GloveConfig, *, seed: int = 1, report: Report = silent) -> tuple[np.ndarray, tuple[float, ...]]:
    """The sum of word and context vectors, float32 (n_words, dim), and the mean loss of each epoch.

    arrays: the entries, which are shuffled in place; starts: where each row of them begins.
    """
    rng = np.random.default_rng(seed)
    model = start(len(starts) - 1, config.dim, rng)
    tiles = _tiles(starts, *arrays, rng)
    losses = []
    for epoch in range(config.epochs):
        loss = _epoch(tiles[rng.permutation(len(tiles))], arrays, model, config, int(rng.integers(2**62)), epoch, report)
        losses.append(loss / len(arrays[0]))
        if not np.isfinite(losses[-1]) or not np.isfinite(model[0]).all() or not np.isfinite(model[1]).all():
            raise TrainingFailed(f"The loss of epoch {epoch + 1} is not a finite number with a learning rate of "
                                 f"{config.learning_rate:g}. Lower the learning rate and train again.")
        report(Progress(epoch + 1, config.epochs, f"Epoch {epoch + 1} of {config.epochs} done",
                        {"epoch": epoch + 1, "loss": losses[-1]}))
    return model[0][:, :config.dim] + model[1][:, :config.dim], tuple(losses)


def start(n_words: int, dim: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Word rows, context rows, word biases and context biases as the kernels take them, all random within 0.5 / dim."""
    width = -(-dim // 16) * 16
    model = []
    for _ in range(2):
        rows = np.ones((n_words, 2 * width), np.float32)
        rows[:, :width] = 0
        rows[:, :dim] = (rng.random((n_words, dim), np.float32) - 0.5) / dim
        model.append(rows)
    for _ in range(2):
        bias = np.ones((n_words, 2), np.float32)
        bias[:, 0] = (rng.random(n_words, np.float32) - 0.5) / dim
        model.append(bias)
    return tuple(model)


def entries(counts: Counts, *, x_max: float, alpha: float) -> tuple[np.ndarray, ...]:
    """Row, column, log x and f(x) = min(1, (x / x_max)^alpha) of every entry (equation 9)."""
    rows = np.repeat(np.arange(len(counts.starts) - 1, dtype=np.int32), np.diff(counts.starts))
    weight = np.minimum((counts.values / np.float32(x_max)) ** np.float32(alpha), np.float32(1))
    return rows, counts.columns.copy(), np.log(counts.values), weight


def _tiles(starts, rows, columns, log_x, weight, rng) -> np.ndarray:
    """(first, last) entry of each tile, int64 (n_tiles, 2); wide blocks of rows are shuffled, then cut into tiles."""
    from embedlab.kernels.glove import shuffle

    bounds = starts[np.append(np.arange(0, len(starts) - 1, TILE_ROWS), len(starts) - 1)]
    tiles = []
    for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        n = -(-(last - first) // TILE_ENTRIES)
        if n > 1:
            shuffle(rows, columns, log_x, weight, first, last, int(rng.integers(1, 2**62)))
        cuts = np.linspace(first, last, n + 1).astype(np.int64) if n else []
        tiles += zip(cuts[:-1], cuts[1:], strict=True)
    return np.array(tiles, np.int64).reshape(-1, 2)


def _epoch(tiles, arrays, model, config, seed, epoch, report) -> float:
    """One pass over the tiles in order; returns the summed loss."""
    from embedlab.kernels.glove import train_tiles

    width = model[0].shape[1] // 2
    tasks = list(_blocks(tiles[:, 1] - tiles[:, 0], max(TASK_FLOATS // width, TILE_ENTRIES)))
    total, done, loss, rate = len(arrays[0]), 0, 0.0, Rate()

    def task(span):
        part = tiles[span[0]:span[1]]
        return part, train_tiles(part, seed, *arrays, *model, config.learning_rate)

    with closing(in_threads(config.workers, task, tasks)) as results:
        for part, part_loss in results:
            loss += part_loss
            done += int((part[:, 1] - part[:, 0]).sum())
            report(Progress(epoch + done / total, config.epochs,
                            f"Epoch {epoch + 1} of {config.epochs}, {rate(done):,.0f} pairs/s", {"rate": rate(done)}))
            if not np.isfinite(loss):
                break
    return loss

"""Word2Vec through gensim: the reference that our own engine is measured and tested against.

gensim does the updates; its own loss tally is not usable (float32, overwritten by threads, never reset), so
the loss here is measured on a fixed sample of training windows, before training and after every epoch.
"""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from embedlab.core.background import run_beside
from embedlab.core.errors import TrainingFailed
from embedlab.core.extras import needs
from embedlab.core.progress import Cancelled, Progress, Report
from embedlab.data.corpus import Corpus
from embedlab.data.vocabulary import Vocabulary
from embedlab.models.family import Trained
from embedlab.models.training.requirements import dimension_warnings
from embedlab.models.training.session import Session
from embedlab.models.word2vec.config import Word2VecConfig
from embedlab.models.word2vec.plan import Task
from embedlab.vectors.embedding import Embedding

MAX_SENTENCE = 10_000  # gensim drops what a sentence has beyond, without a word
BLOCK_SENTENCES = 4096
PROBE_EXAMPLES = 10_000


def fit(task: Task, *, report: Report, session: Session) -> Trained:
    """Word vectors of `task.vocabulary`. gensim cannot hold sentences out, start from other vectors or resume.

    The loss is the mean negative log-likelihood of the objective over a fixed sample of training windows (and, with
    negative sampling, fixed negatives), measured after each epoch; before the first it is notes["loss_before"].
    """
    corpus, vocabulary, config = task.corpus, task.vocabulary, task.config
    rng = np.random.default_rng(task.seed)
    windows = sample_windows(corpus, vocabulary, config, rng)
    model = run_beside(
        lambda: _prepare(vocabulary, config, task.seed),
        lambda: report(Progress(0, config.epochs, "Preparing Word2Vec")),
    )
    probe = make_probe(model, windows, vocabulary, config, rng)
    before = mean_loss(model.wv.vectors, _outputs(model), probe)
    _rest(session, 0, vocabulary, model)
    losses, seconds = _run(model, task, probe, report, lambda done: _rest(session, done, vocabulary, model))
    notes = {
        "engine": "gensim Word2Vec",
        "loss_before": before,
        "loss_examples": len(probe),
        "loss_is": "mean negative log-likelihood of the training objective over fixed sampled windows",
        "warnings": dimension_warnings(config.dim, len(vocabulary)),
    }
    embedding = Embedding(list(vocabulary.words), model.wv.vectors, vocabulary.counts)
    return Trained(embedding, losses, seconds, corpus.n_tokens * config.epochs, notes=notes)


def _rest(session: Session, done: float, vocabulary: Vocabulary, model) -> None:
    """Let the session see the vectors; it is only called between epochs, since gensim cannot be stopped in one."""
    if session.show is not None and (done in (0, 1) or session.show_due(done)):
        session.show(done, vocabulary.words, lambda ids: model.wv.vectors[ids].copy())


def _prepare(vocabulary, config: Word2VecConfig, seed: int):
    """gensim's model with our vocabulary in our order; its keys are our word ids, which are quicker to look up."""
    needs("reference", "Word2Vec by gensim", "gensim")
    from gensim.models import Word2Vec

    negative = config.negatives if config.objective == "negative" else 0
    model = Word2Vec(
        vector_size=config.dim,
        window=config.window,
        min_count=1,
        sample=config.sample,
        seed=seed % 2**32,
        workers=1 if config.deterministic else config.workers,
        sg=int(config.architecture == "skipgram"),
        hs=int(not negative),
        negative=negative,
        ns_exponent=config.exponent,
        alpha=config.learning_rate,
        min_alpha=min(1e-4, config.learning_rate),
        sorted_vocab=0,
        batch_words=MAX_SENTENCE,
    )
    model.build_vocab_from_freq(dict(enumerate(vocabulary.counts.tolist())))
    return model


def _outputs(model) -> np.ndarray:
    """The output layer: one row a word, or one row an inner node of the Huffman tree."""
    return model.syn1 if model.hs else model.syn1neg


# Training


class Sentences:
    """Sentences for gensim, as lists of word ids below `n_words`, cut where gensim would drop words.

    `words` counts what has been handed out. gensim reads it from its own thread and would hang on an exception there,
    so a cancelled run sets `stop`, which ends the sentences early.
    """

    def __init__(self, corpus: Corpus, n_words: int, stop: threading.Event):
        self.corpus, self.n_words, self.stop, self.words = corpus, n_words, stop, 0

    def __iter__(self) -> Iterator[list[int]]:
        for first in range(0, self.corpus.n_sentences, BLOCK_SENTENCES):
            for sentence in kept_sentences(self.corpus, first, first + BLOCK_SENTENCES, self.n_words):
                for at in range(0, len(sentence), MAX_SENTENCE):
                    if self.stop.is_set():
                        return
                    part = sentence[at : at + MAX_SENTENCE]
                    self.words += len(part)
                    yield part


def kept_sentences(corpus: Corpus, first: int, last: int, n_words: int) -> Iterator[list[int]]:
    """Sentences first..last as lists of the ids below `n_words`; the neighbours of dropped words close up."""
    offsets = np.asarray(corpus.sentences[first : last + 1])
    ids = np.asarray(corpus.tokens[offsets[0] : offsets[-1]])
    keep = ids < n_words
    ends = np.concatenate([[0], np.cumsum(keep)])[offsets - offsets[0]].tolist()
    ids = ids[keep].tolist()
    return (ids[a:b] for a, b in zip(ends[:-1], ends[1:], strict=True) if b > a)


def _run(
    model, task: Task, probe: "Probe", report: Report, rest: Callable[[float], None]
) -> tuple[tuple[float, ...], float]:
    """The loss of each epoch and the seconds of training alone. gensim runs in another thread; this one reports."""
    corpus, config = task.corpus, task.config
    stop, finished = threading.Event(), queue.SimpleQueue()
    sentences = Sentences(corpus, len(model.wv), stop)
    epochs = _epoch_callback(stop, finished, probe, config, rest)
    n_words = int(
        sum(np.count_nonzero(corpus.tokens[a : a + 2**22] < len(model.wv)) for a in range(0, corpus.n_tokens, 2**22))
    )
    losses, started = [], time.perf_counter()

    def tick():
        while not finished.empty():
            losses.append(finished.get())
            report(
                Progress(
                    len(losses),
                    config.epochs,
                    f"Epoch {len(losses)} of {config.epochs} done",
                    {"epoch": len(losses), "loss": losses[-1]},
                )
            )
        if len(losses) < config.epochs:
            done = min(max(sentences.words / n_words, len(losses)), len(losses) + 1)
            rate = sentences.words / max(time.perf_counter() - started, 1e-9)
            report(
                Progress(
                    done,
                    config.epochs,
                    f"Epoch {len(losses) + 1} of {config.epochs}, {rate:,.0f} words/s",
                    {"rate": rate},
                )
            )

    run_beside(
        lambda: model.train(sentences, total_words=n_words, epochs=config.epochs, callbacks=[epochs]), tick, stop=stop
    )
    tick()
    return tuple(losses), epochs.seconds


def _epoch_callback(
    stop: threading.Event,
    finished: queue.SimpleQueue,
    probe: "Probe",
    config: Word2VecConfig,
    rest: Callable[[float], None],
):
    """What gensim calls between epochs: measure the loss, stop the clock meanwhile, end a cancelled or broken run."""
    from gensim.models.callbacks import CallbackAny2Vec

    class Epochs(CallbackAny2Vec):
        seconds, done = 0.0, 0

        def on_epoch_begin(self, model):
            self.began = time.perf_counter()

        def on_epoch_end(self, model):
            self.seconds += time.perf_counter() - self.began
            if stop.is_set():
                raise Cancelled
            loss = mean_loss(model.wv.vectors, _outputs(model), probe)
            if not np.isfinite(loss) or not np.isfinite(model.wv.vectors).all():
                raise TrainingFailed(
                    f"The loss is not a finite number with a learning rate of {config.learning_rate:g}. "
                    "Lower the learning rate and train again."
                )
            self.done += 1
            rest(self.done / config.epochs)
            finished.put(loss)

    return Epochs()


# The loss


@dataclass(frozen=True, eq=False)
class Probe:
    """Fixed training examples. The mean of the input vectors predicts the output rows, each with sign +1 or -1.

    inputs: int (n, widest), -1 where there is none; outputs: int (n, most); signs: float32 (n, most), 0 where unused.
    """

    inputs: np.ndarray
    outputs: np.ndarray
    signs: np.ndarray

    def __len__(self) -> int:
        return len(self.inputs)


def sample_windows(
    corpus: Corpus, vocabulary, config: Word2VecConfig, rng: np.random.Generator
) -> list[tuple[int, list[int]]]:
    """(centre, contexts) of randomly chosen training windows, subsampled and narrowed as training does it.

    TrainingFailed if no sentence has two words, since there is nothing to learn from.
    """
    for keep in (vocabulary.keep_probability(config.sample), np.ones(len(vocabulary))):
        windows, n_examples, tries = [], 0, 0
        while n_examples < PROBE_EXAMPLES and tries < 4 * PROBE_EXAMPLES:
            for place in rng.integers(corpus.n_tokens, size=256).tolist():
                tries += 1
                if window := _window_at(corpus, place, keep, config.window, rng):
                    windows.append(window)
                    n_examples += len(window[1]) if config.architecture == "skipgram" else 1
        if windows:
            return windows
    raise TrainingFailed(
        f"No sentence of {corpus.name!r} holds two of the {len(vocabulary):,} words kept, so there are no "
        "neighbours to learn from. Lower the minimum count or choose another corpus."
    )


def _window_at(
    corpus: Corpus, place: int, keep: np.ndarray, window: int, rng: np.random.Generator
) -> tuple[int, list[int]] | None:
    """The window around a token that survives subsampling, or None: (centre, contexts)."""
    centre = int(corpus.tokens[place])
    if centre >= len(keep) or rng.random() >= keep[centre]:
        return None
    sentence = int(corpus.sentence_at(place))
    first, last = (int(corpus.sentences[s]) for s in (sentence, sentence + 1))
    first, last = max(first, place - MAX_SENTENCE), min(last, place + MAX_SENTENCE)
    reach = int(rng.integers(1, window + 1))
    left = _survivors(corpus.tokens[first:place], keep, rng)[-reach:]
    right = _survivors(corpus.tokens[place + 1 : last], keep, rng)[:reach]
    return (centre, [*left, *right]) if left or right else None


def _survivors(ids: np.ndarray, keep: np.ndarray, rng: np.random.Generator) -> list[int]:
    ids = ids[ids < len(keep)]
    return ids[rng.random(len(ids)) < keep[ids]].tolist()


def make_probe(model, windows, vocabulary, config: Word2VecConfig, rng: np.random.Generator) -> Probe:
    """The windows as arrays: skip-gram predicts the centre from each context, CBOW from their mean."""
    if config.architecture == "skipgram":
        examples = [(centre, [context]) for centre, contexts in windows for context in contexts]
    else:
        examples = windows
    examples = examples[:PROBE_EXAMPLES]
    inputs = _padded([contexts for _, contexts in examples], -1, np.int64)
    centres = np.array([centre for centre, _ in examples])
    if model.hs:
        paths = [model.wv.get_vecattr(int(c), "point") for c in centres]
        turns = [1.0 - 2.0 * model.wv.get_vecattr(int(c), "code").astype(np.float32) for c in centres]
        return Probe(inputs, _padded(paths, 0, np.int64), _padded(turns, 0, np.float32))
    negatives = rng.choice(
        len(vocabulary), (len(centres), config.negatives), p=vocabulary.noise_distribution(config.exponent)
    )
    signs = np.where(negatives == centres[:, None], 0, -1)  # a negative that hits the centre is skipped, as in training
    return Probe(
        inputs,
        np.column_stack([centres, negatives]),
        np.column_stack([np.ones(len(centres)), signs]).astype(np.float32),
    )


def _padded(rows: list, fill, dtype) -> np.ndarray:
    """Rows of different lengths as one array, short ones filled up."""
    padded = np.full((len(rows), max(map(len, rows))), fill, dtype)
    for at, row in enumerate(rows):
        padded[at, : len(row)] = row
    return padded


def mean_loss(vectors: np.ndarray, outputs: np.ndarray, probe: Probe, *, chunk: int = 512) -> float:
    """Mean over the examples of the sum of -log sigmoid(sign * input . output)."""
    total = 0.0
    for first in range(0, len(probe), chunk):
        part = slice(first, first + chunk)
        used = probe.inputs[part] >= 0
        hidden = (vectors[probe.inputs[part]] * used[..., None]).sum(1) / used.sum(1)[:, None]
        dots = np.einsum("nd,nkd->nk", hidden, outputs[probe.outputs[part]], dtype=np.float64)
        with np.errstate(invalid="ignore"):  # broken vectors make a loss that is not a number; the caller says so
            total += float((np.logaddexp(0, -probe.signs[part] * dots) * (probe.signs[part] != 0)).sum())
    return total / len(probe)

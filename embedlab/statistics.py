"""Statistics of a corpus: what its words are like, whether it is large enough, and what training on it will cost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from embedlab.corpus import Corpus
from embedlab.errors import BadSetting
from embedlab.text.sources import size
from embedlab.vocab import Vocabulary

# Units of work a second on two cores, and bytes; the only place where an estimate gets its numbers from.
SPEED = {
    "word2vec": 2.5e6,  # raw words/s, skip-gram with 5 negatives at d=100 and window 5, 2 threads
    "cbow": 5.7e6,  # the same for CBOW
    "glove": 12e6,  # nonzero cells/s at d=100, 2 threads, on a machine shared with other work
    "glove-counting": 20e6,  # pairs/s while counting
    "classifier": 100.0,  # texts/s while training all layers of MiniLM-L6
    "encoding": 300.0,  # texts/s while encoding with MiniLM-L6
    "asking": 1500.0,  # tokens/s while distilling MiniLM-L6
    "static": 20_000.0,  # pairs of texts/s while training a static model
    "transformer": 50.0,  # texts/s while fine-tuning MiniLM-L6, float32
}
_MINILM_BYTES = 22.7e6 * 4
_PROGRAM_BYTES = {"word2vec": 250e6, "glove": 200e6, "transformer": 700e6, "classifier": 700e6, "static": 700e6}
_SAMPLE_TOKENS = 100_000


@dataclass(frozen=True)
class Advice:
    """One thing to know before training: level is "good", "note" or "warning"."""

    level: str
    sentence: str


@dataclass(frozen=True)
class Estimate:
    """What training will cost, roughly: seconds on this kind of machine and bytes of memory at the peak."""

    seconds: float
    bytes: float
    sentence: str


def zipf(corpus: Corpus, *, points: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """(ranks, counts) of at most `points` words, evenly spaced in log rank, both int64; rank 1 is the most frequent."""
    n = corpus.n_types
    ranks = np.unique(np.geomspace(1, n, points).round().astype(np.int64)) if n > points else np.arange(1, n + 1)
    return ranks, corpus.vocabulary.counts[ranks - 1]


@dataclass(frozen=True)
class Coverage:
    """What a minimum count leaves: types kept, and the share of all types and of all tokens they make up."""

    min_count: int
    types: int
    type_share: float
    token_share: float


def coverage(corpus: Corpus, min_counts: Sequence[int] = (1, 2, 3, 5, 10, 20, 50, 100)) -> list[Coverage]:
    """What is left of the corpus at each minimum count."""
    counts = corpus.vocabulary.counts
    covered = np.concatenate([[0], np.cumsum(counts)])
    rows = []
    for min_count in min_counts:
        kept = len(corpus.vocabulary.head(min_count=min_count))
        rows.append(Coverage(min_count, kept, kept / len(counts), float(covered[kept] / covered[-1])))
    return rows


def frequent(corpus: Corpus, n: int = 50) -> list[tuple[str, int, float]]:
    """(word, count, share of all tokens) of the `n` most frequent words."""
    head = corpus.vocabulary.head(max_words=n)
    counts = head.counts.tolist()
    return [(word, count, count / corpus.n_tokens) for word, count in zip(head.words, counts, strict=True)]


def keep_probabilities(corpus: Corpus, sample: float, n: int = 50) -> list[tuple[str, float]]:
    """(word, probability that one occurrence survives subsampling) of the `n` most frequent words."""
    return list(zip(corpus.vocabulary.words[:n], corpus.vocabulary.keep_probability(sample)[:n].tolist(), strict=True))


def training_pairs(tokens: Sequence[str], window: int, architecture: str = "skipgram") -> list[tuple]:
    """The examples a sentence gives: (centre, context) for skip-gram, (contexts, centre) for CBOW.

    Training draws a smaller window at each word; these are the pairs of the whole window. A lone word gives none.
    """
    if window < 1:
        raise BadSetting(f"The window must be at least 1 word on each side; got {window}.")
    if architecture not in ("skipgram", "cbow"):
        raise BadSetting(f"The architecture must be skipgram or cbow; got {architecture!r}.")
    pairs: list[tuple] = []
    for i, centre in enumerate(tokens):
        contexts = tuple(tokens[max(0, i - window):i]) + tuple(tokens[i + 1:i + 1 + window])
        if architecture == "skipgram":
            pairs += ((centre, context) for context in contexts)
        elif contexts:
            pairs.append((contexts, centre))
    return pairs


def advise(corpus: Corpus, *, model: str = "word2vec", dim: int = 100, window: int = 5, epochs: int = 5,
           min_count: int = 5, workers: int = 2) -> tuple[Advice, ...]:
    """What to know before training with these settings, the most serious first; one "good" if there is nothing."""
    if model == "classifier":
        found = _advise_labels(corpus)
    elif model == "static":
        found = []
    elif model == "transformer":
        found = _advise_documents(corpus)
    elif model == "masked":
        found = _advise_pieces(corpus)
    else:
        found = _advise_words(corpus, corpus.vocabulary.head(min_count=min_count), dim, window, epochs, min_count)
    if not found:
        found = [Advice("good", f"{corpus.n_tokens:,} tokens suit these settings.")]
    order = ("warning", "note", "good")
    return tuple(sorted(found, key=lambda advice: order.index(advice.level)))


def _advise_words(corpus: Corpus, kept: Vocabulary, dim: int, window: int, epochs: int, min_count: int) -> list[Advice]:
    n_kept, n_tokens = len(kept), int(kept.counts.sum())
    if not n_kept:
        word, count = corpus.vocabulary.words[0], int(corpus.vocabulary.counts[0])
        return [Advice("warning", f"No word occurs {min_count:,} times, so nothing would be trained. The most frequent "
                                  f"one, {word!r}, occurs {count:,} times: lower the minimum count.")]
    found = []

    def add(level: str, sentence: str) -> None:
        found.append(Advice(level, sentence))

    if n_kept < 2:
        add("warning", f"Only {kept.words[0]!r} is left at minimum count {min_count:,}; one word has no neighbours. "
                       "Lower the minimum count or add text.")
    elif dim > n_kept:
        add("warning", f"{dim:,} dimensions are more than the {n_kept:,} words that are left. Vectors would only learn "
                       f"the text by heart: choose at most {max(2, n_kept // 10):,} or add text.")
    if n_tokens < 100_000:
        add("warning", f"{n_tokens:,} tokens are few: neighbours will be shaky and change with the seed. "
                       "From about 1,000,000 tokens on they begin to make sense; add text if you can.")
    elif n_tokens < 1_000_000:
        add("note", f"{n_tokens:,} tokens give useful neighbours for frequent words only. More text helps more than "
                    "any setting.")
    if n_kept >= dim and n_tokens < 1000 * dim:
        add("note", f"{dim:,} dimensions ask for about {1000 * dim:,} tokens; with {n_tokens:,} try "
                    f"{max(10, n_tokens // 1000 // 10 * 10):,} dimensions.")
    if n_tokens < 1_000_000 and epochs < 10:
        add("note", f"A small text can be read more often: {epochs} epochs are few, try 10 to 30.")
    mean = corpus.n_tokens / max(corpus.n_sentences, 1)
    if window > mean:
        add("note", f"A window of {window} words reaches past most sentences, which have {mean:.1f} tokens on average; "
                    "a smaller one, or windows that end at documents, changes what is learned.")
    lost = 1 - n_kept / corpus.n_types
    if lost > 0.5:
        share = 1 - n_tokens / corpus.n_tokens
        add("note", f"Minimum count {min_count:,} drops {lost:.0%} of the words, which are {share:.1%} of the tokens. "
                    "Lower it if rare words matter to you.")
    if corpus.n_tokens and corpus.n_types / corpus.n_tokens > 0.5:
        add("warning", "Most words occur once. If the language is written without spaces, put spaces between the words "
                       "first.")
    return found


def _advise_pieces(corpus: Corpus) -> list[Advice]:
    if corpus.n_tokens < 300_000:
        return [Advice("warning", f"{corpus.n_tokens:,} tokens are few for a model that begins from nothing; it will learn little more than which "
                                  "words are frequent. Begin with a trained model, or add text: from about 1,000,000 tokens on it pays.")]
    return []


def _advise_documents(corpus: Corpus) -> list[Advice]:
    found = []
    if corpus.n_documents < 100:
        found.append(Advice("warning", f"{corpus.n_documents:,} documents are too few to teach a transformer anything; "
                                       "it will stay close to the base model. Add documents or cut them smaller."))
    elif corpus.n_documents < 1_000:
        found.append(Advice("note", f"With {corpus.n_documents:,} documents the base model changes little; from a few "
                                    "thousand on fine-tuning pays."))
    mean = corpus.n_raw_tokens / max(corpus.n_documents, 1)
    if mean > 200:
        found.append(Advice("note", f"Documents have {mean:,.0f} tokens on average; the model reads only the first "
                                    "part of each. Cut them into paragraphs or sentences to use all of the text."))
    return found


def _advise_labels(corpus: Corpus) -> list[Advice]:
    labels = np.empty(0, np.int64) if corpus.labels is None else np.asarray(corpus.labels)
    counts = np.bincount(labels[labels >= 0], minlength=len(corpus.label_names))
    used = np.flatnonzero(counts)
    if len(used) < 2:
        return [Advice("warning", f"{corpus.name} has {'one label' if len(used) else 'no labels'}, and a classifier tells two or more apart. "
                                  "Choose a corpus with a label column.")]
    least = used[counts[used].argmin()]
    found = []
    if counts[least] < 50:
        found.append(Advice("warning" if counts[least] < 10 else "note",
                            f"The label {corpus.label_names[least]!r} has {counts[least]:,} documents; its scores will be shaky. "
                            "From about 100 a label on they begin to tell something."))
    elif counts.sum() < 1_000:
        found.append(Advice("note", f"{counts.sum():,} labelled documents are few to change a whole model with; the head alone or LoRA may do as well."))
    return found


def estimate(corpus: Corpus, *, model: str = "word2vec", dim: int = 100, window: int = 5, epochs: int = 5,
             min_count: int = 5, workers: int = 2, architecture: str = "skipgram", mode: str = "") -> Estimate:
    """What training will cost, roughly, for a family of models; mode: how a classifier or a static model is trained."""
    if model not in _PROGRAM_BYTES:
        raise BadSetting(f"There is no estimate for {model!r}; there is one for {', '.join(_PROGRAM_BYTES)}.")
    speedup = min(max(workers, 1), 2) / 2
    n_words = len(corpus.vocabulary.head(min_count=min_count))
    if model == "transformer":
        seconds = corpus.n_documents * epochs / SPEED["transformer"]
        memory = 4 * _MINILM_BYTES + 600e6  # weights, gradients and two moments; activations of a batch
    elif model == "classifier":
        share = {"full": 1.0, "lora": 0.9, "top": 0.5, "probe": 0.0}[mode or "full"]
        reached = 0.7 * corpus.n_documents * epochs * share  # what neither validates nor tests
        seconds = (1 + bool(share)) * corpus.n_documents / SPEED["encoding"] + reached / SPEED["classifier"]
        memory = 4 * _MINILM_BYTES + 600e6 + 2 * 4 * 384 * corpus.n_documents
    elif model == "static":
        asked = 0.0 if mode == "train" else 30_000 / SPEED["asking"]
        trained = 0.0 if mode in ("", "distil") else max(corpus.n_documents, corpus.n_sentences) * epochs / SPEED["static"]
        seconds = asked + trained + 10  # the comparison with the transformer
        memory = _MINILM_BYTES + 4 * 4 * 40_000 * dim + 4 * dim * corpus.n_documents
    elif model == "glove":
        n_pairs, n_cells = cooccurrences(corpus, window=window, min_count=min_count)
        seconds = n_pairs / SPEED["glove-counting"] + n_cells * epochs / SPEED["glove"] * dim / 100 / speedup
        memory = 24 * n_cells + 4 * 4 * n_words * (dim + 1)
    else:
        speed = SPEED["cbow" if architecture == "cbow" else "word2vec"] * speedup
        width = 0.4 + 0.6 * dim / 100  # a part of the work does not grow with the vectors
        reach = 1.0 if architecture == "cbow" else (window + 1) / 6  # drawn windows: mean (window + 1) / 2
        seconds = corpus.n_tokens * epochs / speed * width * reach
        memory = 2 * 4 * n_words * dim + 250 * n_words
    memory += _PROGRAM_BYTES[model] + 4 * corpus.n_tokens
    return Estimate(float(seconds), float(memory),
                    f"Rough estimate: {duration(seconds)} on two cores and {size(memory)} of memory.")


def cooccurrences(corpus: Corpus, *, window: int, min_count: int) -> tuple[float, float]:
    """(pairs within the window, distinct pairs), estimated from the first tokens.

    Distinct pairs grow like a power of the pairs, as types grow with tokens (Heaps' law); the power is read off half
    the sample against the whole.
    """
    kept = len(corpus.vocabulary.head(min_count=min_count))
    tokens = np.asarray(corpus.tokens[:_SAMPLE_TOKENS])
    tokens = tokens[tokens < kept].astype(np.int64)
    if len(tokens) < 4 or not kept:
        return 0.0, 0.0
    half, whole = (_distinct(tokens[:n], window, kept) for n in (len(tokens) // 2, len(tokens)))
    power = min(max(np.log2(whole / half), 0.0), 1.0) if half else 1.0
    ratio = float(corpus.vocabulary.counts[:kept].sum()) / len(tokens)
    return 2.0 * window * len(tokens) * ratio, min(whole * max(ratio, 1.0) ** power, float(kept) ** 2)


def _distinct(tokens: np.ndarray, window: int, n_words: int) -> int:
    """Distinct (word, context) pairs within the window; a pair and its mirror image are two."""
    keys = []
    for d in range(1, min(window, len(tokens) - 1) + 1):
        low, high = np.minimum(tokens[:-d], tokens[d:]), np.maximum(tokens[:-d], tokens[d:])
        keys.append(low * n_words + high)
    return 2 * len(np.unique(np.concatenate(keys)))


def duration(seconds: float) -> str:
    """A time as people say it: "under a second", "12 s", "3 min", "2.5 h"."""
    if seconds < 1:
        return "under a second"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

"""What to know before training: whether the corpus is large enough, and what training will cost."""

from dataclasses import dataclass

import numpy as np

from embedlab.core.errors import BadSetting
from embedlab.data.corpus import Corpus
from embedlab.data.reading.sources import size
from embedlab.data.statistics import cooccurrences
from embedlab.data.vocabulary import Vocabulary

# Units of work a second on two cores, and bytes; the only place where an estimate gets its numbers from.
SPEED = {
    "word2vec": 2.5e6,  # raw words/s, skip-gram with 5 negatives at d=100 and window 5, 2 threads
    "cbow": 5.7e6,  # the same for CBOW
    "glove": 12e6,  # nonzero cells/s at d=100, 2 threads, on a machine shared with other work
    "glove-counting": 20e6,  # pairs/s while counting
    "encoding": 8_000.0,  # pieces/s while encoding with MiniLM-L6 in float32
    "eight bits": 24_000.0,  # the same in eight bits
    "fine-tuning": 1_400.0,  # pieces/s while training all layers of MiniLM-L6 in float32
    "asking": 1500.0,  # tokens/s while distilling MiniLM-L6
    "static": 20_000.0,  # pairs of texts/s while training a static model
}


LOADING = 5.0  # seconds until torch and a model are there


_MINILM_BYTES = 22.7e6 * 4


_MINILM_DIM = 384


_PIECE_BYTES = 370e3  # of what all layers of MiniLM-L6 keep of a piece until its gradient has passed


_MOST_TOGETHER = 4096  # pieces of a batch that a classifier passes at once


_PIECES_A_WORD, _PIECES_A_LONE_WORD = 1.3, 5  # with the two marks of a text that is one word


_PROGRAM_BYTES = {"word2vec": 250e6, "glove": 200e6, "transformer": 800e6, "classifier": 800e6, "static": 700e6}


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


def advise(
    corpus: Corpus,
    *,
    model: str = "word2vec",
    dim: int = 100,
    window: int = 5,
    epochs: int = 5,
    min_count: int = 5,
    objective: str = "",
    leave_out_rare: bool = False,
    **others,
) -> tuple[Advice, ...]:
    """What to know before training with these settings, the most serious first; one "good" if there is nothing.

    others: settings of which there is nothing to say.
    """
    if model == "classifier":
        found = _advise_labels(corpus, leave_out_rare)
    elif model == "static":
        found = _advise_objective(corpus, objective)
    elif model == "transformer":
        found = _advise_objective(corpus, objective) or ([] if objective == "none" else _advise_documents(corpus))
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
        return [
            Advice(
                "warning",
                f"No word occurs {min_count:,} times, so nothing would be trained. The most frequent "
                f"one, {word!r}, occurs {count:,} times: lower the minimum count.",
            )
        ]
    found = []

    def add(level: str, sentence: str) -> None:
        found.append(Advice(level, sentence))

    if n_kept < 2:
        add(
            "warning",
            f"Only {kept.words[0]!r} is left at minimum count {min_count:,}; one word has no neighbours. "
            "Lower the minimum count or add text.",
        )
    elif dim > n_kept:
        add(
            "warning",
            f"{dim:,} dimensions are more than the {n_kept:,} words that are left. Vectors would only learn "
            f"the text by heart: choose at most {max(2, n_kept // 10):,} or add text.",
        )
    if n_tokens < 100_000:
        add(
            "warning",
            f"{n_tokens:,} tokens are few: neighbours will be shaky and change with the seed. "
            "From about 1,000,000 tokens on they begin to make sense; add text if you can.",
        )
    elif n_tokens < 1_000_000:
        add(
            "note",
            f"{n_tokens:,} tokens give useful neighbours for frequent words only. More text helps more than "
            "any setting.",
        )
    if n_kept >= dim and n_tokens < 1000 * dim:
        add(
            "note",
            f"{dim:,} dimensions ask for about {1000 * dim:,} tokens; with {n_tokens:,} try "
            f"{max(10, n_tokens // 1000 // 10 * 10):,} dimensions.",
        )
    if n_tokens < 1_000_000 and epochs < 10:
        add("note", f"A small text can be read more often: {epochs} epochs are few, try 10 to 30.")
    mean = corpus.n_tokens / max(corpus.n_sentences, 1)
    if window > mean:
        add(
            "note",
            f"A window of {window} words reaches past most sentences, which have {mean:.1f} tokens on average; "
            "a smaller one, or windows that end at documents, changes what is learned.",
        )
    lost = 1 - n_kept / corpus.n_types
    if lost > 0.5:
        share = 1 - n_tokens / corpus.n_tokens
        add(
            "note",
            f"Minimum count {min_count:,} drops {lost:.0%} of the words, which are {share:.1%} of the tokens. "
            "Lower it if rare words matter to you.",
        )
    if corpus.n_tokens and corpus.n_types / corpus.n_tokens > 0.5:
        add(
            "warning",
            "Most words occur once. If the language is written without spaces, put spaces between the words first.",
        )
    return found


def _advise_pieces(corpus: Corpus) -> list[Advice]:
    if corpus.n_tokens < 300_000:
        return [
            Advice(
                "warning",
                f"{corpus.n_tokens:,} tokens are few for a model that begins from nothing; it will learn little more than which "
                "words are frequent. Begin with a trained model, or add text: from about 1,000,000 tokens on it pays.",
            )
        ]
    return []


def _advise_documents(corpus: Corpus) -> list[Advice]:
    found = []
    if corpus.n_documents < 100:
        found.append(
            Advice(
                "warning",
                f"{corpus.n_documents:,} documents are too few to teach a transformer anything; "
                "it will stay close to the base model. Add documents or cut them smaller.",
            )
        )
    elif corpus.n_documents < 1_000:
        found.append(
            Advice(
                "note",
                f"With {corpus.n_documents:,} documents the base model changes little; from a few "
                "thousand on fine-tuning pays.",
            )
        )
    mean = corpus.n_raw_tokens / max(corpus.n_documents, 1)
    if mean > 200:
        found.append(
            Advice(
                "note",
                f"Documents have {mean:,.0f} tokens on average; the model reads only the first "
                "part of each. Cut them into paragraphs or sentences to use all of the text.",
            )
        )
    return found


def _advise_objective(corpus: Corpus, objective: str) -> list[Advice]:
    """A warning where the corpus lacks what the objective is about, so that training would stop at once."""
    missing = ""
    if objective in ("pairs", "graded") and not corpus.has_pairs:
        missing = "has no pairs of texts. Choose another objective, or add the corpus again with the column that holds the second text."
    elif objective == "graded" and (n_scores := _different(corpus.scores)) < 2:
        missing = (
            f"has {'one score for all pairs' if n_scores else 'no scores'}, so there is no order to learn. Choose pairs, which need no scores, "
            "or add the corpus again with the column that holds the score."
        )
    elif objective == "labels" and (counts := _label_counts(corpus)).max(initial=0) < 2:
        missing = (
            "has "
            + ("no label with two documents" if counts.any() else "no labels")
            + (
                ", so there is nothing to pull together. Choose SimCSE, which needs texts alone, or add the corpus again with its label column."
            )
        )
    elif objective == "labels" and np.count_nonzero(counts) < 2:
        missing = "has one label for all documents, and contrasting needs two or more. Choose SimCSE, which needs texts alone."
    elif objective == "neighbours" and corpus.n_sentences <= corpus.n_documents:
        missing = "has one sentence a document, so none has a neighbour. Choose halves of a text."
    return [Advice("warning", f"{corpus.name} {missing}")] if missing else []


def _different(scores: np.ndarray | None) -> int:
    scores = np.empty(0) if scores is None else np.asarray(scores, float)
    return len(np.unique(scores[np.isfinite(scores)]))


def _label_counts(corpus: Corpus) -> np.ndarray:
    """Documents of each label, int64 (n_labels,)."""
    labels = np.empty(0, np.int64) if corpus.labels is None else np.asarray(corpus.labels)
    return np.bincount(labels[labels >= 0], minlength=len(corpus.label_names))


def _advise_labels(corpus: Corpus, leave_out_rare: bool) -> list[Advice]:
    counts = _label_counts(corpus)
    used = np.flatnonzero(counts >= 3) if leave_out_rare else np.flatnonzero(counts)
    if len(used) < 2:
        has = (
            "fewer than two labels of 3 documents or more"
            if leave_out_rare
            else "one label"
            if len(used)
            else "no labels"
        )
        return [
            Advice(
                "warning",
                f"{corpus.name} has {has}, and a classifier tells two or more apart. Choose a corpus with a label column.",
            )
        ]
    least = used[counts[used].argmin()]
    name, n = repr(corpus.label_names[least]), f"{counts[least]:,} document{'' if counts[least] == 1 else 's'}"
    if counts[least] < 3:
        return [
            Advice(
                "warning",
                f"The label {name} has {n}; training, validation and test need one each. Add documents, or switch on "
                "“Leave out rare labels” under More settings.",
            )
        ]
    if counts[least] < 50:
        return [
            Advice(
                "warning" if counts[least] < 10 else "note",
                f"The label {name} has {n}; its scores will be shaky. "
                "From about 100 a label on they begin to tell something.",
            )
        ]
    if counts.sum() < 1_000:
        return [
            Advice(
                "note",
                f"{counts.sum():,} labelled documents are few to change a whole model with; the head alone or LoRA may do as well.",
            )
        ]
    return []


def estimate(corpus: Corpus, *, model: str = "word2vec", **settings) -> Estimate:
    """What training will cost, roughly, for a family of models with these settings; those that cost nothing are passed over."""
    costs = {
        "word2vec": _word2vec_cost,
        "glove": _glove_cost,
        "transformer": _transformer_cost,
        "classifier": _classifier_cost,
        "static": _static_cost,
    }
    if model not in costs:
        raise BadSetting(f"There is no estimate for {model!r}; there is one for {', '.join(costs)}.")
    seconds, memory = costs[model](corpus, **settings)
    memory += _PROGRAM_BYTES[model] + 4 * corpus.n_tokens
    return Estimate(
        float(seconds), float(memory), f"Rough estimate: {duration(seconds)} on two cores and {size(memory)} of memory."
    )


def _word2vec_cost(
    corpus: Corpus,
    *,
    dim: int = 100,
    window: int = 5,
    epochs: int = 5,
    min_count: int = 5,
    workers: int = 2,
    architecture: str = "skipgram",
    **others,
) -> tuple[float, float]:
    """(seconds, bytes), as of every family below."""
    n_words = len(corpus.vocabulary.head(min_count=min_count))
    width = 0.4 + 0.6 * dim / 100  # a part of the work does not grow with the vectors
    reach = 1.0 if architecture == "cbow" else (window + 1) / 6  # drawn windows: mean (window + 1) / 2
    speed = SPEED["cbow" if architecture == "cbow" else "word2vec"] * _share_of_two(workers)
    return corpus.n_tokens * epochs / speed * width * reach, 2 * 4 * n_words * dim + 250 * n_words


def _glove_cost(
    corpus: Corpus, *, dim: int = 100, window: int = 5, epochs: int = 5, min_count: int = 5, workers: int = 2, **others
) -> tuple[float, float]:
    n_words = len(corpus.vocabulary.head(min_count=min_count))
    n_pairs, n_cells = cooccurrences(corpus, window=window, min_count=min_count)
    seconds = n_pairs / SPEED["glove-counting"] + n_cells * epochs / SPEED["glove"] * dim / 100 / _share_of_two(workers)
    return seconds, 24 * n_cells + 4 * 4 * n_words * (dim + 1)


def _transformer_cost(
    corpus: Corpus,
    *,
    objective: str = "simcse",
    epochs: int = 1,
    max_documents: int = 10_000,
    max_length: int = 64,
    batch_size: int = 32,
    max_words: int = 5_000,
    unit: str = "auto",
    encoding: str = "auto",
    workers: int = 2,
    **others,
) -> tuple[float, float]:
    reads = (
        0
        if objective == "none"
        else 1
        if objective == "labels"
        else 2 + (objective == "pairs" and corpus.has_negatives)
    )
    n_texts, length = corpus.n_documents, _pieces(corpus, max_length)
    encoded = n_texts * length + _PIECES_A_LONE_WORD * min(max_words, corpus.n_types)
    spent = encoded / SPEED["encoding"]
    if (
        encoding == "int8" or encoding == "auto" and n_texts >= 1_000 and spent > 8
    ):  # from where on eight bits are tried
        spent = encoded / SPEED["eight bits"]
    if objective == "labels":
        n_texts = int(_label_counts(corpus).sum())
    elif objective == "simcse" and _takes_sentences(corpus, unit, max_length):
        n_texts, length = corpus.n_sentences, _pieces(corpus, max_length, sentences=True)
    trained = reads * min(n_texts, max_documents) * epochs * length
    seconds = LOADING + ((2 if reads else 1) * spent + trained / SPEED["fine-tuning"]) / _share_of_two(workers)
    batch = reads * min(batch_size, max(n_texts, 1)) * length * _PIECE_BYTES
    return seconds, _training_bytes(batch) + _vector_bytes(corpus, 2 if reads else 1)


def _takes_sentences(corpus: Corpus, unit: str, max_length: int) -> bool:
    """Whether SimCSE trains on sentences: as the transformer family decides."""
    long = corpus.n_documents < 256 or corpus.n_tokens > max_length * corpus.n_documents
    return unit == "sentence" or unit == "auto" and corpus.n_sentences > corpus.n_documents and long


def _classifier_cost(
    corpus: Corpus,
    *,
    mode: str = "full",
    epochs: int = 3,
    max_documents: int = 20_000,
    max_length: int = 128,
    batch_size: int = 32,
    max_words: int = 5_000,
    workers: int = 2,
    **others,
) -> tuple[float, float]:
    share, length = {"full": 1.0, "lora": 0.9, "top": 0.5, "probe": 0.0}[mode], _pieces(corpus, max_length)
    encoded = corpus.n_documents * length + _PIECES_A_LONE_WORD * min(max_words, corpus.n_types)
    trained = (
        0.7 * min(int(_label_counts(corpus).sum()), max_documents) * epochs * length * share
    )  # what neither validates nor tests
    times = 2 if share else 1
    seconds = LOADING + (times * encoded / SPEED["encoding"] + trained / SPEED["fine-tuning"]) / _share_of_two(workers)
    return seconds, _training_bytes(share * min(batch_size * length, _MOST_TOGETHER) * _PIECE_BYTES) + _vector_bytes(
        corpus, times
    )


def _static_cost(
    corpus: Corpus,
    *,
    mode: str = "distil",
    dim: int = 256,
    epochs: int = 5,
    max_pairs: int = 200_000,
    vocabulary: str = "tokens",
    max_words: int = 20_000,
    **others,
) -> tuple[float, float]:
    own = min(max_words, corpus.n_types) if vocabulary == "words" else 0
    asked = 0.0 if mode == "train" else (30_000 + own) / SPEED["asking"]
    trained = (
        0.0
        if mode == "distil"
        else min(max(corpus.n_documents, corpus.n_sentences), max_pairs) * epochs / SPEED["static"]
    )
    return LOADING + asked + trained + 10, _MINILM_BYTES + 4 * 4 * (
        30_000 + own
    ) * dim + 4 * dim * corpus.n_documents  # 10: it is compared


def _share_of_two(workers: int) -> float:
    return min(max(workers, 1), 2) / 2


def _pieces(corpus: Corpus, max_length: int, *, sentences: bool = False) -> float:
    """Pieces that a transformer reads of a document or sentence, on average."""
    bounds = np.asarray(corpus.sentences)
    words = np.diff(bounds if sentences else bounds[np.asarray(corpus.documents)])
    raw = (
        _PIECES_A_WORD * corpus.n_raw_tokens / max(corpus.n_tokens, 1)
    )  # what preprocessing drops is read all the same
    return float(np.minimum(words * raw + 2, max_length).mean()) if len(words) else 0.0


def _training_bytes(activations: float) -> float:
    """Of weights, and where something learns of gradients, two moments and the activations of a batch."""
    return 4 * _MINILM_BYTES + activations if activations else _MINILM_BYTES


def _vector_bytes(corpus: Corpus, times: int) -> float:
    return times * 4 * _MINILM_DIM * corpus.n_documents


def duration(seconds: float) -> str:
    """A time as people say it: "under a second", "12 s", "3 min", "2.5 h"."""
    if seconds < 1:
        return "under a second"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

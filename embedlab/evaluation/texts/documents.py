"""Document benchmarks: vectors of whole documents, how well a linear classifier reads their labels, recall@k."""

from hashlib import blake2b

import numpy as np

from embedlab.core.errors import BadInput, BadSetting
from embedlab.core.progress import Progress, Report, silent
from embedlab.data.corpus import Corpus
from embedlab.evaluation.results import BenchmarkResult, mean_interval
from embedlab.evaluation.texts.text_vectors import common_direction, word_counts
from embedlab.evaluation.words.similarity import mean_of, reference
from embedlab.vectors.embedding import Embedding, normalised, top_rows

FOLDS = 5
K = 10
MAX_DOCUMENTS = 20_000  # an even sample of a larger corpus: the interval is already within a percent
BATCH_TOKENS = 1 << 20
BATCH_QUERIES = 512


def document_vectors(corpus: Corpus, embedding: Embedding, *, weighting: str = "mean", a: float = 1e-3) -> np.ndarray:
    """One vector a document made from the vectors of its words, float32 (n_documents, dim).

    "mean" is the plain mean of the words that the embedding has. "sif" weighs each word by a / (a + p(word)) and takes
    off the first singular vector of all documents (Arora, Liang and Ma 2017, "A simple but tough-to-beat baseline for
    sentence embeddings", algorithm 1). A document without any such word is a row of zeros.
    """
    if weighting not in ("mean", "sif"):
        raise BadSetting(f"The weighting is 'mean' or 'sif'; got {weighting!r}.")
    rows = np.array([embedding.ids.get(word, -1) for word in corpus.vocabulary.words], np.int64)
    weight = np.ones(len(rows), np.float32)
    if weighting == "sif":
        share = corpus.vocabulary.counts / max(corpus.vocabulary.counts.sum(), 1)
        weight = (a / (a + share)).astype(np.float32)
    vectors = _sum_by_document(corpus, embedding.vectors, rows, weight)
    return _without_common_direction(vectors) if weighting == "sif" else vectors


def _sum_by_document(corpus: Corpus, vectors: np.ndarray, rows: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted mean over the known words of each document, a sparse matrix product at a time."""
    from scipy.sparse import csr_array

    starts = np.asarray(corpus.sentences)[corpus.documents]
    out = np.zeros((corpus.n_documents, vectors.shape[1]), np.float32)
    first = 0
    while first < corpus.n_documents:
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + BATCH_TOKENS, side="right")) - 1)
        tokens = np.asarray(corpus.tokens[starts[first] : starts[last]])
        known = rows[tokens] >= 0
        before = np.concatenate([[0], np.cumsum(known)])
        bounds = before[starts[first : last + 1] - starts[first]]
        data = weight[tokens[known]]
        sums = csr_array((data, rows[tokens[known]], bounds), shape=(last - first, len(vectors))) @ vectors
        n_known = np.diff(bounds)
        out[first:last] = sums / np.maximum(n_known, 1)[:, None]
        first = last
    return out


def _without_common_direction(vectors: np.ndarray) -> np.ndarray:
    """The rows less their projection on the first right singular vector."""
    common = common_direction(vectors)
    return vectors - np.outer(vectors @ common, common)


def score_classification(
    vectors: np.ndarray,
    random: np.ndarray,
    corpus: Corpus,
    *,
    name: str,
    title: str,
    seed: int,
    report: Report = silent,
) -> BenchmarkResult:
    """Accuracy of logistic regression on standardised document vectors, 5-fold stratified cross-validation.

    Each document is predicted once, by the classifier that has not seen it. Documents without a label, without a known
    word, or whose label has fewer than 5 documents are left out.
    """
    used = _usable(vectors, corpus.labels, FOLDS)
    labels = np.asarray(corpus.labels)[used]
    if len(np.unique(labels)) < 2:
        return _nothing(
            corpus,
            name,
            title,
            "classification",
            "accuracy",
            seed,
            len(used),
            (
                f"Classification needs two labels with at least {FOLDS} documents each that the run can represent; "
                f"this corpus has {len(np.unique(labels))}."
            ),
        )
    report(Progress(0, 2, f"{title}: five folds"))
    predicted = _cross_predict(vectors[used], labels, seed)
    report(Progress(1, 2, f"{title}: baseline"))
    right, chance = predicted == labels, _cross_predict(random[used], labels, seed) == labels
    counted = _cross_predict(_word_counts(corpus, used), labels, seed) == labels
    most = np.bincount(labels).max() / len(labels)
    note = f"Always answering the most frequent label would score {most:.3f}.{_sampled(vectors, corpus.labels)}"
    names = corpus.label_names
    rows = [
        {"item": d, "document": d, "label": names[y], "predicted": names[p], "right": bool(y == p)}
        for d, y, p in zip(used.tolist(), labels.tolist(), predicted.tolist(), strict=True)
    ]
    return _result(
        corpus,
        name,
        title,
        "classification",
        "accuracy",
        seed,
        used,
        right,
        chance,
        counted,
        note,
        labels,
        rows,
        "right",
    )


def score_recall(
    vectors: np.ndarray,
    random: np.ndarray,
    corpus: Corpus,
    *,
    name: str,
    title: str,
    seed: int,
    k: int = K,
    report: Report = silent,
) -> BenchmarkResult:
    """Mean recall@k: of the k documents nearest to a document by cosine, how many of those with its label are found.

    For one document: (documents of its label among its k nearest) / min(k, other documents of its label). Dividing by
    at most k makes 1.0 reachable, which plain recall does not when a label has more than k documents. A document
    without a label, without a known word, or alone with its label is left out.
    """
    used = _usable(vectors, corpus.labels, 2)
    labels = np.asarray(corpus.labels)[used]
    if not len(used):
        return _nothing(
            corpus,
            name,
            title,
            "retrieval",
            f"recall@{k}",
            seed,
            0,
            ("Recall needs labels with at least two documents each that the run can represent; this corpus has none."),
        )
    relevant = np.minimum(np.bincount(labels)[labels] - 1, k)
    found = _hits(vectors[used], labels, k, lambda done: report(Progress(done, 2 * len(used), title)))
    chance = _hits(random[used], labels, k, lambda done: report(Progress(len(used) + done, 2 * len(used), title)))
    counted = _hits(
        _word_counts(corpus, used), labels, k, lambda done: report(Progress(2 * len(used), 2 * len(used), title))
    )
    note = (
        f"Found among the {k} nearest documents, of those with the same label; divided by their number, "
        f"at most {k}.{_sampled(vectors, corpus.labels)}"
    )
    rows = [
        {"item": d, "document": d, "label": corpus.label_names[y], "found": f, "relevant": n, "recall": f / n}
        for d, y, f, n in zip(used.tolist(), labels.tolist(), found.tolist(), relevant.tolist(), strict=True)
    ]
    return _result(
        corpus,
        name,
        title,
        "retrieval",
        f"recall@{k}",
        seed,
        used,
        found / relevant,
        chance / relevant,
        counted / relevant,
        note,
        labels,
        rows,
        "recall",
    )


def _usable(vectors: np.ndarray, labels: np.ndarray, at_least: int) -> np.ndarray:
    """Documents with a label, a vector that is not zero, and `at_least` such documents of that label, int64."""
    if len(vectors) != len(labels):
        raise BadInput(
            f"The run has vectors of {len(vectors):,} documents but the corpus has {len(labels):,}. "
            "Choose the corpus that the run was trained on."
        )
    labels = np.asarray(labels)
    used = np.flatnonzero((labels >= 0) & vectors.any(axis=1))
    if len(used) > MAX_DOCUMENTS:
        used = used[np.linspace(0, len(used) - 1, MAX_DOCUMENTS).astype(np.int64)]
    enough = np.bincount(labels[used], minlength=1) >= at_least
    return used[enough[labels[used]]]


def _sampled(vectors: np.ndarray, labels: np.ndarray) -> str:
    """A sentence that says so when only a sample of the documents was scored."""
    n = int(((np.asarray(labels) >= 0) & vectors.any(axis=1)).sum())
    return f" An even sample of {MAX_DOCUMENTS:,} of {n:,} documents was scored." if n > MAX_DOCUMENTS else ""


def _word_counts(corpus: Corpus, used: np.ndarray):
    """TF-IDF vectors of documents, sparse, of length one: what counting words alone can tell."""
    return word_counts([[corpus.text(int(document)) for document in used]])[0]


def _cross_predict(vectors, labels: np.ndarray, seed: int) -> np.ndarray:
    """The label predicted for each document by a classifier trained on the other folds."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    folds, classifier = StratifiedKFold(FOLDS, shuffle=True, random_state=seed), LogisticRegression(max_iter=1_000)
    if isinstance(vectors, np.ndarray):
        classifier = make_pipeline(StandardScaler(), classifier)
    return cross_val_predict(classifier, vectors, labels, cv=folds)


def _hits(vectors, labels: np.ndarray, k: int, done) -> np.ndarray:
    """How many of the k nearest other documents share each document's label, int64 (n,)."""
    unit, n = (normalised(vectors) if isinstance(vectors, np.ndarray) else vectors), vectors.shape[0]
    hits = np.empty(n, np.int64)
    for first in range(0, n, BATCH_QUERIES):
        scores = unit[first : first + BATCH_QUERIES] @ unit.T
        for i, row in enumerate(scores if isinstance(scores, np.ndarray) else scores.toarray()):
            row[first + i] = -np.inf
            hits[first + i] = (labels[top_rows(row, min(k, n - 1))] == labels[first + i]).sum()
        done(min(first + BATCH_QUERIES, n))
    return hits


def _result(
    corpus, name, title, task, metric, seed, used, values, chance, counted, note, labels, rows, by
) -> BenchmarkResult:
    """Scores of single documents gathered into a result, with one part a label."""
    parts = []
    for label in np.unique(labels):
        mine = values[labels == label]
        low, high = mean_interval(mine, seed=seed)
        total = int((np.asarray(corpus.labels) == label).sum())
        parts.append(
            {
                "name": corpus.label_names[label],
                "score": float(mine.mean()),
                "low": low,
                "high": high,
                "n_used": len(mine),
                "n_total": total,
            }
        )
    return BenchmarkResult(
        name,
        title,
        task,
        metric,
        float(np.mean(values)),
        *mean_interval(values, seed=seed),
        len(used),
        corpus.n_documents,
        float(np.mean(chance)),
        *mean_interval(chance, seed=seed),
        seed,
        _digest(name, corpus),
        note,
        parts,
        rows,
        references=reference("word counts", mean_of(counted, seed)),
        by=[by],
    )


def _nothing(corpus, name, title, task, metric, seed, n_used, note) -> BenchmarkResult:
    """A result without a score, and the sentence that says why."""
    return BenchmarkResult(
        name,
        title,
        task,
        metric,
        None,
        None,
        None,
        n_used,
        corpus.n_documents,
        None,
        None,
        None,
        seed,
        _digest(name, corpus),
        note,
    )


def _digest(name: str, corpus: Corpus) -> str:
    """What tells this benchmark on this corpus from every other."""
    return blake2b(f"{name} {corpus.id}".encode(), digest_size=8).hexdigest()

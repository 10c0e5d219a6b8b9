"""Document benchmarks: vectors of documents, their labels predicted by a linear classifier, and recall@k."""

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from embedlab.core.errors import BadInput, BadSetting
from embedlab.core.progress import Progress
from embedlab.data.corpus import Corpus
from embedlab.evaluation.results import BenchmarkResult
from embedlab.evaluation.scoring import Measure, Scoring, mean_of, part_of, reference
from embedlab.evaluation.texts.sentences import probed
from embedlab.evaluation.texts.text_vectors import common_direction, word_counts
from embedlab.vectors.embedding import Embedding, normalised, top_rows

FOLDS = 5
K = 10
MAX_DOCUMENTS = 20_000  # an even sample of a larger corpus: the interval is already within a percent
BATCH_TOKENS = 1 << 20
BATCH_QUERIES = 512


def document_vectors(corpus: Corpus, embedding: Embedding, *, weighting: str = "mean", a: float = 1e-3) -> np.ndarray:
    """One vector per document from the vectors of its words, float32 (n_documents, dim).

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
    """Weighted mean over the known words of each document, by sparse matrix products over batches of documents."""
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


@dataclass(frozen=True, eq=False)
class LabelledDocuments:
    """What document benchmarks score: vectors, random vectors of the same documents, and the corpus with its labels."""

    vectors: np.ndarray
    random: np.ndarray
    corpus: Corpus

    def result(self, used: np.ndarray, values: "ItemScores", scoring: Scoring, **details) -> BenchmarkResult:
        """Scores of single documents as a result, with one part per label. details: task, metric, note, rows, by."""
        labels, seed = np.asarray(self.corpus.labels), scoring.seed
        details["parts"] = [
            part_of(self.corpus.label_names[y], values.run[labels[used] == y], int((labels == y).sum()), seed)
            for y in np.unique(labels[used])
        ]
        return scoring.result(
            self.measure(details.pop("task"), details.pop("metric"), len(used), scoring.name),
            mean_of(values.run, seed),
            mean_of(values.random, seed),
            references=reference("word counts", mean_of(values.counts, seed)),
            **details,
        )

    def measure(self, task: str, metric: str, n_used: int, name: str) -> Measure:
        """What the score measures. The digest tells this benchmark on this corpus from every other."""
        digest = blake2b(f"{name} {self.corpus.id}".encode(), digest_size=8).hexdigest()
        return Measure(task, metric, digest, n_used, self.corpus.n_documents)


@dataclass(frozen=True, eq=False)
class ItemScores:
    """The score of each used document by the run's vectors, by random vectors and by word counts."""

    run: np.ndarray
    random: np.ndarray
    counts: np.ndarray


def score_classification(documents: LabelledDocuments, scoring: Scoring) -> BenchmarkResult:
    """Accuracy of logistic regression on document vectors, 5-fold stratified cross-validation.

    Each document is predicted once, by the classifier that has not seen it. Its regularisation is chosen inside the
    other folds, as for the linear probe. Documents without a label, without a known word, or whose label has fewer than
    5 documents are left out.
    """
    corpus = documents.corpus
    used = _usable(documents.vectors, corpus.labels, FOLDS)
    labels = np.asarray(corpus.labels)[used]
    if len(np.unique(labels)) < 2:
        note = (
            f"Classification needs two labels with at least {FOLDS} documents each that the run can represent; "
            f"this corpus has {len(np.unique(labels))}."
        )
        return scoring.no_result(documents.measure("classification", "accuracy", len(used), scoring.name), note)
    predicted = {}
    made = {"five folds": documents.vectors[used], "baseline": documents.random[used], "word counts": None}
    for nth, (what, vectors) in enumerate(made.items()):
        scoring.report(Progress(nth, 3, f"{scoring.title}: {what}"))
        features = _word_counts(corpus, used) if vectors is None else vectors
        predicted[what] = _cross_predict(features, labels, scoring.seed)
    most, names = np.bincount(labels).max() / len(labels), corpus.label_names
    return documents.result(
        used,
        ItemScores(*(found == labels for found in predicted.values())),
        scoring,
        task="classification",
        metric="accuracy",
        note=f"Always answering the most frequent label would score {most:.3f}.{_sampled(documents)}",
        rows=[
            {"item": d, "document": d, "label": names[y], "predicted": names[p], "right": bool(y == p)}
            for d, y, p in zip(used.tolist(), labels.tolist(), predicted["five folds"].tolist(), strict=True)
        ],
        by=["right"],
    )


def score_recall(documents: LabelledDocuments, scoring: Scoring, *, k: int = K) -> BenchmarkResult:
    """Mean recall@k: of the k documents nearest to a document by cosine, how many of those with its label are found.

    For one document: (documents of its label among its k nearest) / min(k, other documents of its label). Dividing by
    at most k makes 1.0 reachable, which plain recall does not when a label has more than k documents. A document
    without a label, without a known word, or alone with its label is left out.
    """
    corpus, title = documents.corpus, scoring.title
    used = _usable(documents.vectors, corpus.labels, 2)
    labels = np.asarray(corpus.labels)[used]
    if not len(used):
        note = "Recall needs labels with at least two documents each that the run can represent; this corpus has none."
        return scoring.no_result(documents.measure("retrieval", f"recall@{k}", 0, scoring.name), note)
    relevant, hits = np.minimum(np.bincount(labels)[labels] - 1, k), []
    for nth, vectors in enumerate((documents.vectors[used], documents.random[used], _word_counts(corpus, used))):

        def done(n: int, before: int = nth * len(used)) -> None:
            scoring.report(Progress(before + n, 3 * len(used), title))

        hits.append(_hits(vectors, labels, k, done))
    return documents.result(
        used,
        ItemScores(*(found / relevant for found in hits)),
        scoring,
        task="retrieval",
        metric=f"recall@{k}",
        note=(
            f"Documents of the same label among the {k} nearest, divided by how many there are, at most {k}."
            f"{_sampled(documents)}"
        ),
        rows=[
            {"item": d, "document": d, "label": corpus.label_names[y], "found": f, "relevant": n, "recall": f / n}
            for d, y, f, n in zip(used.tolist(), labels.tolist(), hits[0].tolist(), relevant.tolist(), strict=True)
        ],
        by=["recall"],
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


def _sampled(documents: LabelledDocuments) -> str:
    """A sentence that says so if only a sample of the documents was scored; "" otherwise."""
    n = int(((np.asarray(documents.corpus.labels) >= 0) & documents.vectors.any(axis=1)).sum())
    return f" An even sample of {MAX_DOCUMENTS:,} of {n:,} documents was scored." if n > MAX_DOCUMENTS else ""


def _word_counts(corpus: Corpus, used: np.ndarray):
    """TF-IDF vectors of documents, sparse, of length one: what word counts alone achieve."""
    return word_counts([[corpus.text(int(document)) for document in used]])[0]


def _cross_predict(vectors, labels: np.ndarray, seed: int) -> np.ndarray:
    """The label predicted for each document by a classifier trained on the other folds."""
    from sklearn.model_selection import StratifiedKFold

    predicted = np.empty_like(labels)
    for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(labels, labels):
        predicted[test], _ = probed(vectors[train], vectors[test], labels[train])
    return predicted


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

"""Retrieval with relevance judgements: nDCG, recall, MRR and MAP beside BM25 on the same collection."""

from dataclasses import dataclass

import numpy as np

from embedlab.core.progress import Progress, Report, silent, span
from embedlab.data.tokens.preprocess import Preprocessing, sentences
from embedlab.evaluation.files.collections import Collection
from embedlab.evaluation.results import BenchmarkResult, interval, resampled_means
from embedlab.evaluation.texts.text_vectors import Reader
from embedlab.evaluation.words.similarity import few, mean_of, reference
from embedlab.vectors.embedding import normalised

K = 10
BATCH = 256  # queries scored at once
ABOUT = {
    "nDCG@10": "Relevant documents count more the higher they stand among the first ten, and the more relevant they are.",
    "recall@10": "Share of a query's relevant documents that are among the first ten.",
    "recall@100": "Share of a query's relevant documents that are among the first hundred.",
    "MRR": "One over the rank of the first relevant document.",
    "MAP": "Average precision: the precision at the rank of each relevant document, averaged.",
}


@dataclass(frozen=True)
class Judged:
    """Queries with relevant documents: row of the query, rows of its documents and their grades."""

    rows: list[int]
    documents: list[np.ndarray]
    grades: list[np.ndarray]


def score_retrieval(
    reader: Reader, items: Collection, *, name: str, title: str, seed: int, report: Report = silent
) -> BenchmarkResult:
    """Mean nDCG@10 of documents ranked by cosine with each query, with recall, MRR and MAP, and BM25 on the same queries.

    A query counts when it has a relevant document and a word that the run knows. Documents without a known word come
    last. Equal scores keep the order of the collection.
    """
    documents, queries = [text for _, text in items.documents], [text for _, text in items.queries]
    read = reader([documents, queries], seed=seed, report=span(report, 0.0, 0.6))
    judged = _judged(items, read.vectors[1].any(axis=1))
    n_total = len(items.relevance)
    if not judged.rows:
        return BenchmarkResult(
            name,
            title,
            "search",
            "nDCG@10",
            None,
            None,
            None,
            0,
            n_total,
            None,
            None,
            None,
            seed,
            items.digest,
            "The run knows no word of any query that has relevant documents. Train on more text.",
            by=["nDCG@10"],
        )
    own = _by_cosine(read.vectors, judged, span(report, 0.6, 0.75))
    random = _by_cosine(read.random, judged, span(report, 0.75, 0.85))
    bm25 = _by_bm25(documents, queries, judged, span(report, 0.85, 1.0))
    metrics = [
        {"name": metric}
        | dict(zip(("score", "low", "high"), mean_of(values, seed)))
        | {"baseline": float(random[metric].mean()), "BM25": float(bm25[metric].mean()), "about": ABOUT[metric]}
        for metric, values in own.items()
    ]
    rows = [
        {"item": row, "query": queries[row][:200], "relevant": len(found)}
        | {metric: round(float(values[i]), 6) for metric, values in own.items()}
        | {"BM25 nDCG@10": round(float(bm25["nDCG@10"][i]), 6)}
        for i, (row, found) in enumerate(zip(judged.rows, judged.documents, strict=True))
    ]
    unknown = "" if read.unknown is None else f" The run has no vector for {read.unknown:.1%} of the words."
    note = " ".join(
        filter(
            None, [few(len(rows)), read.about + unknown, items.note, _beside(own["nDCG@10"] - bm25["nDCG@10"], seed)]
        )
    )
    return BenchmarkResult(
        name,
        title,
        "search",
        "nDCG@10",
        *mean_of(own["nDCG@10"], seed),
        len(rows),
        n_total,
        *mean_of(random["nDCG@10"], seed),
        seed,
        items.digest,
        note,
        [],
        rows,
        references=reference("BM25", mean_of(bm25["nDCG@10"], seed)),
        metrics=metrics,
        by=["nDCG@10"],
    )


def _beside(difference: np.ndarray, seed: int) -> str:
    """A sentence on the run against BM25, query by query."""
    low, high = interval(resampled_means(difference, seed=seed))
    words = f"{abs(difference.mean()):.3f} in nDCG@10 (95 % interval {low:+.3f} to {high:+.3f} for run less BM25)"
    if low <= 0 <= high:
        return f"No difference to BM25 is shown: {words}."
    return f"BM25, which only counts words, is {'better' if high < 0 else 'worse'} by {words}."


def _judged(items: Collection, readable: np.ndarray) -> Judged:
    """The queries that can be scored."""
    place = {id: i for i, (id, _) in enumerate(items.documents)}
    rows, documents, grades = [], [], []
    for i, (id, _) in enumerate(items.queries):
        relevant = items.relevance.get(id)
        if relevant and readable[i]:
            rows.append(i)
            documents.append(np.array([place[document] for document in relevant], np.int64))
            grades.append(np.array(list(relevant.values()), np.float64))
    return Judged(rows, documents, grades)


def _by_cosine(vectors: list[np.ndarray], judged: Judged, report: Report) -> dict[str, np.ndarray]:
    """Metrics of documents ranked by cosine."""
    documents, queries = normalised(vectors[0]), normalised(vectors[1])
    silent_rows = ~documents.any(axis=1)
    found = []
    for first in range(0, len(judged.rows), BATCH):
        scores = queries[judged.rows[first : first + BATCH]] @ documents.T
        scores[:, silent_rows] = -np.inf
        found += [ranks_of(row, judged.documents[first + i]) for i, row in enumerate(scores)]
        report(Progress(first, len(judged.rows), "Ranking documents"))
    return metrics_of(found, judged.grades)


def _by_bm25(documents: list[str], queries: list[str], judged: Judged, report: Report) -> dict[str, np.ndarray]:
    """Metrics of documents ranked by BM25 (Robertson et al. 1994; Lucene's form, k1 1.5, b 0.75), English stop words left out."""
    from bm25s import BM25

    report(Progress(0, 1, "Ranking by BM25"))
    prep = Preprocessing(stopwords="english")
    index = BM25()
    index.index([_tokens(text, prep) for text in documents], show_progress=False)
    found = []
    for row, relevant in zip(judged.rows, judged.documents, strict=True):
        words = _tokens(queries[row], prep)
        found.append(ranks_of(index.get_scores(words) if words else np.zeros(len(documents)), relevant))
        report(Progress(len(found), len(judged.rows), "Ranking by BM25"))
    return metrics_of(found, judged.grades)


def _tokens(text: str, prep: Preprocessing) -> list[str]:
    return [token for _, _, found in sentences(text, prep) for token in found]


def ranks_of(scores: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """The rank, from 1, of each relevant document by falling score; equal scores keep their order. int64 (n_relevant,)."""
    wanted = scores[relevant][:, None]
    before = (scores[None] > wanted).sum(axis=1) + (
        (scores[None] == wanted) & (np.arange(len(scores)) < relevant[:, None])
    ).sum(axis=1)
    return before + 1


def metrics_of(ranks: list[np.ndarray], grades: list[np.ndarray]) -> dict[str, np.ndarray]:
    """name -> the metric of each query, float64 (n_queries,), from the ranks and grades of its relevant documents.

    nDCG: Järvelin and Kekäläinen 2002, gain = grade, discount log2(rank + 1), as in trec_eval.
    """
    return {
        "nDCG@10": np.array([_ndcg(r, g, K) for r, g in zip(ranks, grades, strict=True)]),
        "recall@10": np.array([np.mean(r <= 10) for r in ranks]),
        "recall@100": np.array([np.mean(r <= 100) for r in ranks]),
        "MRR": np.array([1 / r.min() for r in ranks]),
        "MAP": np.array([np.mean(np.arange(1, len(r) + 1) / np.sort(r)) for r in ranks]),
    }


def _ndcg(ranks: np.ndarray, grades: np.ndarray, k: int) -> float:
    best = np.sort(grades)[::-1][:k]
    ideal = (best / np.log2(np.arange(2, len(best) + 2))).sum()
    near = ranks <= k
    return float((grades[near] / np.log2(ranks[near] + 1)).sum() / ideal)

"""Retrieval with relevance judgements: nDCG, recall, MRR and MAP beside BM25 on the same collection."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from embedlab.core.progress import Progress, Report, span
from embedlab.data.tokens.preprocess import Preprocessing, sentences
from embedlab.evaluation.files.collections import Collection
from embedlab.evaluation.results import BenchmarkResult, interval, resampled_means
from embedlab.evaluation.scoring import Measure, Scoring, bounded, few, mean_of, reference
from embedlab.evaluation.texts.text_vectors import Encoded, Reader
from embedlab.vectors.embedding import normalised, top_rows

K = 10
MAIN = "nDCG@10"
BATCH = 256  # queries scored at once
RRF, DEPTH = 60, 1_000  # the constant of reciprocal rank fusion, and how far down each list counts
BESIDE = {"BM25": "BM25", "fused": "with BM25", "random": "random"}  # systems on the same queries, and their columns
ABOUT = {
    "nDCG@10": "Relevant documents among the first ten, weighted by their rank and by how relevant they are.",
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


def score_retrieval(reader: Reader, items: Collection, scoring: Scoring) -> BenchmarkResult:
    """Mean nDCG@10 of documents ranked by cosine with each query, with recall, MRR and MAP.

    Beside it on the same queries: BM25, and the run fused with BM25 by reciprocal ranks. A query counts when it has a
    relevant document and a word that the run knows. Documents without a known word come last. Equal scores keep the
    order of the collection.
    """
    documents, queries = [text for _, text in items.documents], [text for _, text in items.queries]
    seed = scoring.seed
    read = reader([documents, queries], seed=seed, report=span(scoring.report, 0.0, 0.6))
    judged = _judged(items, read.vectors[1].any(axis=1))
    measure = Measure("search", MAIN, items.digest, len(judged.rows), len(items.relevance))
    if not judged.rows:
        note = "The run knows no word of any query that has relevant documents. Train on more text."
        return scoring.no_result(measure, note, by=[MAIN])
    found = _by_system(read, (documents, queries), judged, span(scoring.report, 0.6, 1.0))
    given = _given_systems(items, judged)
    unknown = "" if read.unknown is None else f" The run has no vector for {read.unknown:.1%} of the words."
    said = [few(len(judged.rows)), read.about + unknown, items.note, *_beside(found, seed)]
    return scoring.result(
        measure,
        mean_of(found["run"][MAIN], seed),
        mean_of(found["random"][MAIN], seed),
        note=" ".join(filter(None, said)),
        rows=_rows(queries, judged, found, given),
        references=[
            one
            for system, values in ({"BM25": found["BM25"]} | given).items()
            for one in reference(system, mean_of(values[MAIN], seed))
        ],
        metrics=_metrics(found, seed),
        by=[MAIN],
    )


def _metrics(found: dict[str, dict[str, np.ndarray]], seed: int) -> list[dict]:
    """The mean of each metric by the run, beside random vectors, BM25 and the run fused with BM25."""
    return [
        {"name": metric}
        | bounded(mean_of(values, seed))
        | {"baseline": float(found["random"][metric].mean())}
        | {column: float(found[system][metric].mean()) for system, column in BESIDE.items() if system != "random"}
        | {"about": ABOUT[metric]}
        for metric, values in found["run"].items()
    ]


def _rows(queries: list[str], judged: Judged, found: dict, given: dict) -> list[dict]:
    """The scored queries with the metrics of the run and the main metric of every other system."""
    return [
        {"item": row, "query": queries[row][:200], "relevant": len(documents)}
        | {metric: round(float(values[i]), 6) for metric, values in found["run"].items()}
        | {f"{column} {MAIN}": round(float(found[system][MAIN][i]), 6) for system, column in BESIDE.items()}
        | {f"{system} {MAIN}": round(float(values[MAIN][i]), 6) for system, values in given.items()}
        for i, (row, documents) in enumerate(zip(judged.rows, judged.documents, strict=True))
    ]


def _beside(found: dict[str, dict[str, np.ndarray]], seed: int) -> list[str]:
    """Two sentences, query by query: the run against BM25, and what fusing the two adds to the run."""
    own = found["run"][MAIN]
    said = []
    for system, what in (("BM25", "BM25, which only counts words,"), ("fused", "The run fused with BM25")):
        gap = found[system][MAIN] - own
        low, high = interval(resampled_means(gap, seed=seed))
        words = f"{gap.mean():+.3f} in {MAIN} (95 % interval {low:+.3f} to {high:+.3f})"
        if low <= 0 <= high:
            said.append(f"{what} is not shown to differ from the run alone: {words}.")
        else:
            said.append(f"{what} is {'better' if low > 0 else 'worse'} than the run alone: {words}.")
    return said


def _given_systems(items: Collection, judged: Judged) -> dict[str, dict[str, np.ndarray]]:
    """The metrics of each query by the systems whose result files lie beside the collection, by their names.

    A document that a system did not return has no rank and adds nothing.
    """
    given = {}
    for system in items.systems:
        places = {query: {id: rank for rank, id in enumerate(found, 1)} for query, found in system.found.items()}
        ranks = []
        for row, documents in zip(judged.rows, judged.documents, strict=True):
            place = places.get(items.queries[row][0], {})
            ranks.append(np.array([place.get(items.documents[i][0], np.inf) for i in documents]))
        given[_free_name(system.name, given)] = metrics_of(ranks, judged.grades)
    return given


def _free_name(name: str, taken: Iterable[str]) -> str:
    """A name for a system that no other has: its own, or with a number."""
    used, n, free = {*taken, *BESIDE, *BESIDE.values()}, 1, name
    while free in used:
        n += 1
        free = f"{name} {n}"
    return free


def systems_beside(entries: Sequence[tuple[str, BenchmarkResult, Sequence[dict]]]) -> list[tuple]:
    """Entries for a ranking of runs by retrieval: BM25, random vectors, result files, and each run fused with BM25.

    entries: (name, result, rows) of runs. Rows that earlier versions stored give only what they hold.
    """
    made, every = [], {row["item"]: row for _, _, rows in reversed(entries) for row in rows if "item" in row}
    for system in ("BM25", "random"):
        name = "Random vectors" if system == "random" else system
        made.append(_entry(name, entries[0][1], every.values(), f"{BESIDE[system]} {MAIN}"))
    given = {column for row in every.values() for column in row if column.endswith(f" {MAIN}")}
    for column in sorted(given - {f"{name} {MAIN}" for name in BESIDE.values()}):
        made.append(_entry(column.removesuffix(f" {MAIN}"), entries[0][1], every.values(), column))
    for name, result, rows in entries:
        made.append(_entry(f"{name} + BM25", result, rows, f"{BESIDE['fused']} {MAIN}"))
    return [entry for entry in made if entry is not None]


def _entry(name: str, result: BenchmarkResult, rows: Iterable[dict], column: str) -> tuple | None:
    """(name, result, rows) of a system whose value of each query stands in a column of the rows of a run."""
    kept = [{"item": row["item"], "query": row["query"], MAIN: row[column]} for row in rows if column in row]
    if not kept:
        return None
    score, low, high = mean_of(np.array([row[MAIN] for row in kept]), result.seed)
    plain = {"n_used": len(kept), "note": "", "metrics": [], "references": [], "rows": []}
    return name, replace(result, score=score, low=low, high=high, **plain), kept


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


def _by_system(
    read: Encoded, texts: tuple[list[str], list[str]], judged: Judged, report: Report
) -> dict[str, dict[str, np.ndarray]]:
    """The metrics of each query by the run, by random vectors, by BM25 and by the run fused with BM25."""
    documents, queries = texts
    counting = _bm25(documents, report)
    sides = {"run": read.vectors, "random": read.random}
    unit = {side: [normalised(group) for group in vectors] for side, vectors in sides.items()}
    ranks = {system: [] for system in ("run", *BESIDE)}
    for first in range(0, len(judged.rows), BATCH):
        rows = judged.rows[first : first + BATCH]
        cosines = {side: _cosines(vectors, rows) for side, vectors in unit.items()}
        for i, row in enumerate(rows):
            scores = {side: found[i] for side, found in cosines.items()} | {"BM25": counting(queries[row])}
            scores["fused"] = fused(scores["run"], scores["BM25"])
            for system, found in scores.items():
                ranks[system].append(ranks_of(found, judged.documents[first + i]))
        report(Progress(first + len(rows), len(judged.rows), "Ranking documents"))
    return {system: metrics_of(found, judged.grades) for system, found in ranks.items()}


def _cosines(unit: list[np.ndarray], rows: list[int]) -> np.ndarray:
    """Cosines of queries with all documents, float32 (n_queries, n_documents); documents without a vector come last."""
    documents, queries = unit
    scores = queries[rows] @ documents.T
    scores[:, ~documents.any(axis=1)] = -np.inf
    return scores


def fused(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Reciprocal rank fusion of two score lists, float64 (n_documents,): sum of 1 / (60 + rank) over the two.

    Cormack, Clarke and Büttcher 2009. Each list counts to its thousandth document. BM25 leaves out documents that share
    no word with the query.
    """
    total = np.zeros(len(one))
    for scores in (one, np.where(two > 0, two, -np.inf)):
        best = top_rows(scores, DEPTH)
        best = best[np.isfinite(scores[best])]
        total[best] += 1 / (RRF + 1 + np.arange(len(best)))
    return total


def _bm25(documents: list[str], report: Report) -> Callable[[str], np.ndarray]:
    """A function from a query to the BM25 score of each document, English stop words left out.

    Robertson et al. 1994, in the form of Lucene with k1 = 1.5 and b = 0.75.
    """
    from bm25s import BM25

    report(Progress(0, 1, "Counting words for BM25"))
    prep, index = Preprocessing(stopwords="english"), BM25()
    index.index([_tokens(text, prep) for text in documents], show_progress=False)

    def scores(query: str) -> np.ndarray:
        words = _tokens(query, prep)
        return index.get_scores(words) if words else np.zeros(len(documents))

    return scores


def _tokens(text: str, prep: Preprocessing) -> list[str]:
    return [token for _, _, found in sentences(text, prep) for token in found]


def ranks_of(scores: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """The rank, from 1, of each relevant document by falling score, int64 (n_relevant,). Ties keep their order."""
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

"""Benchmarks: what a run is measured by. `evaluate` is the one entry; BENCHMARKS shows every choice on one screen."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from embedlab.corpus import Corpus
from embedlab.errors import BadInput, NotFound
from embedlab.evaluation.documents import document_vectors, score_classification, score_recall
from embedlab.evaluation.files import WordPairs, load_benchmark
from embedlab.evaluation.results import BenchmarkResult
from embedlab.evaluation.words import RESTRICT_VOCAB, score_analogies, score_pairs
from embedlab.progress import Report, silent
from embedlab.vectors import Embedding

__all__ = ["BENCHMARKS", "Benchmark", "BenchmarkResult", "applicable", "document_vectors", "evaluate", "load_benchmark"]


@dataclass(frozen=True)
class Benchmark:
    """One benchmark. `file` is its data in gensim's test data, None for those that read the documents of the corpus."""

    name: str
    title: str
    about: str
    task: str
    metric: str
    file: str | None = None

    @property
    def needs_labels(self) -> bool:
        return self.file is None


BENCHMARKS = {
    "wordsim353": Benchmark(
        "wordsim353", "WordSim-353", "Does cosine rank 353 word pairs as people do? Mixes similarity and relatedness.",
        "similarity", "Spearman", "wordsim353.tsv"),
    "simlex999": Benchmark(
        "simlex999", "SimLex-999",
        "Does cosine rank 999 word pairs as people do? Similarity alone: cup and coffee are unlike.",
        "similarity", "Spearman", "simlex999.txt"),
    "google-analogies": Benchmark(
        "google-analogies", "Google analogies",
        f"Athens is to Greece as Oslo is to ...? 19,544 questions, 3CosAdd over the {RESTRICT_VOCAB:,} top words.",
        "analogy", "accuracy", "questions-words.txt"),
    "classification": Benchmark(
        "classification", "Document classification",
        "Can a linear classifier read a document's label off its vector? Five-fold logistic regression.",
        "classification", "accuracy"),
    "document-recall": Benchmark(
        "document-recall", "Document recall@10", "Do the ten nearest documents share a document's label?",
        "retrieval", "recall@10"),
}


def applicable(corpus: Corpus | None) -> list[str]:
    """Names of the benchmarks that make sense for runs on this corpus: those on documents need at least two labels."""
    labelled = corpus is not None and len(corpus.label_names) > 1
    return [name for name, benchmark in BENCHMARKS.items() if labelled or not benchmark.needs_labels]


def evaluate(embedding: Embedding, benchmark: str | Path, *, corpus: Corpus | None = None,
             documents: np.ndarray | None = None, seed: int = 1, report: Report = silent) -> BenchmarkResult:
    """The score of a run on a benchmark of BENCHMARKS or on a file of the user, with interval, coverage and baseline.

    documents: float32 (n_documents, dim), for runs that embed whole documents; without it the document benchmarks use
    the mean of the word vectors. NotFound for a name that is neither; BadInput when documents are asked for and the
    corpus has no labels. A benchmark of which no item can be used has a result whose score is None.
    """
    known = BENCHMARKS.get(str(benchmark))
    if known is not None and known.needs_labels:
        return _evaluate_documents(embedding, known, corpus, documents, seed, report)
    if known is not None:
        from gensim.test.utils import datapath

        name, title, path = known.name, known.title, Path(datapath(known.file))
    else:
        path = Path(benchmark)
        name, title = path.name, path.stem
        if not path.is_file():
            raise NotFound(f"There is no benchmark {str(benchmark)!r}. Choose {', '.join(BENCHMARKS)}, or a file.")
    items = load_benchmark(path)
    score = score_pairs if isinstance(items, WordPairs) else score_analogies
    return score(embedding, items, name=name, title=title, seed=seed, report=report)


def _evaluate_documents(embedding, benchmark, corpus, documents, seed, report) -> BenchmarkResult:
    """The score of document vectors against the labels of the corpus."""
    if corpus is None or not corpus.has_labels:
        raise BadInput(f"{benchmark.title} needs a corpus with labels. Add it again and choose its label column.")
    rng = np.random.default_rng([seed, 1])
    if documents is None:
        documents = document_vectors(corpus, embedding)
        baseline = " The baseline gives each word a random vector: it shows what the counts of words alone are worth."
        noise = replace(embedding, vectors=rng.standard_normal(embedding.vectors.shape, np.float32))
        random = document_vectors(corpus, noise)
    else:
        baseline = " The baseline gives each document a random vector."
        random = rng.standard_normal(documents.shape, np.float32)
    score = {"classification": score_classification, "retrieval": score_recall}[benchmark.task]
    result = score(documents, random, corpus, name=benchmark.name, title=benchmark.title, seed=seed, report=report)
    return result if result.score is None else replace(result, note=result.note + baseline)

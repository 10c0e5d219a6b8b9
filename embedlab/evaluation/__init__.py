"""Benchmarks: what a run is measured by. `evaluate` is the one entry; BENCHMARKS shows every choice on one screen."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, replace
from hashlib import blake2b
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput, NotFound
from embedlab.core.progress import Report, silent
from embedlab.data.corpus import Corpus
from embedlab.evaluation.files.loading import load_benchmark
from embedlab.evaluation.geometry import score_geometry
from embedlab.evaluation.paired import Difference, compare_scores, ranking
from embedlab.evaluation.registry import BENCHMARKS, Benchmark, ScoreOptions, applicable, options_of
from embedlab.evaluation.results import BenchmarkResult
from embedlab.evaluation.texts.documents import document_vectors, score_classification, score_recall
from embedlab.evaluation.texts.fine_tuned import score_tuned
from embedlab.evaluation.texts.retrieval import score_retrieval, systems_beside
from embedlab.evaluation.texts.sentences import score_probe, score_sts
from embedlab.evaluation.texts.text_vectors import encoder_reader, word_reader
from embedlab.evaluation.words.analogies import score_analogies
from embedlab.evaluation.words.bias import score_association
from embedlab.evaluation.words.groups import score_odd_one_out, score_purity
from embedlab.evaluation.words.similarity import frequencies, score_pairs
from embedlab.vectors.embedding import Embedding

__all__ = [
    "BENCHMARKS",
    "Benchmark",
    "BenchmarkResult",
    "Difference",
    "ScoreOptions",
    "applicable",
    "compare_scores",
    "document_vectors",
    "evaluate",
    "load_benchmark",
    "options_of",
    "ranking",
    "restricted",
    "systems_beside",
]

OF_TEXTS = {"sts": score_sts, "probe": score_probe, "search": score_retrieval}
OF_WORDS = {"similarity": score_pairs, "bias": score_association}


def evaluate(
    embedding: Embedding,
    benchmark: str | Path,
    *,
    corpus: Corpus | None = None,
    documents: np.ndarray | None = None,
    encoder: Callable[[], object] | None = None,
    options: ScoreOptions | Mapping | None = None,
    words: Collection[str] | None = None,
    seed: int = 1,
    report: Report = silent,
) -> BenchmarkResult:
    """The score of a run on a benchmark of BENCHMARKS or on a file of the user, with interval, coverage and baselines.

    documents: float32 (n_documents, dim), for runs that embed whole documents; without it the document benchmarks use
    the word vectors. encoder: loads the sentence encoder of a transformer run (see `models.encoder.load_encoder`);
    without it texts are read by their words. words: score with these words alone, so that runs with other vocabularies
    compare. NotFound for a name that is neither; BadInput when documents are asked for and the corpus has no labels. A
    benchmark of which no item can be used has a result whose score is None.
    """
    options = options if isinstance(options, ScoreOptions) else ScoreOptions(**(options or {}))
    known = BENCHMARKS.get(str(benchmark))
    if known is not None:
        options = replace(options, **known.preset)
    if words is not None:
        embedding = restricted(embedding, words)
    run = Scored(embedding, corpus, documents, encoder)
    if known is not None and known.score is not None:
        result = known.score(run, name=known.name, title=known.title, seed=seed, report=report)
    elif known is not None and known.source in ("corpus", "vectors"):
        asked = dict(name=known.name, title=known.title, seed=seed, report=report)
        result = run.documents_score(known, options, asked) if known.needs_labels else run.geometry(asked)
    else:
        path = known.data() if known is not None else _own_file(benchmark)
        name, title = (known.name, known.title) if known is not None else (path.name, path.stem)
        items = load_benchmark(path, options.reading)
        result = run.score(items, options, dict(name=name, title=title, seed=seed, report=report))
        result = replace(result, note=" ".join(filter(None, [result.note, *items.said])))
    return _marked(result, options, known, None if words is None else embedding)


def restricted(embedding: Embedding, words: Collection[str]) -> Embedding:
    """The embedding with only these words, in its own order; BadInput if fewer than three remain."""
    kept = set(words)
    rows = np.array([i for i, word in enumerate(embedding.words) if word in kept], np.int64)
    if len(rows) < 3:
        raise BadInput(
            f"The runs share {len(rows)} words, too few to score. Compare runs on the same language and preprocessing."
        )
    counts = None if embedding.counts is None else np.asarray(embedding.counts)[rows]
    return Embedding([embedding.words[i] for i in rows], embedding.vectors[rows], counts)


def _own_file(benchmark: str | Path) -> Path:
    path = Path(benchmark)
    if not path.exists():
        raise NotFound(f"There is no benchmark {str(benchmark)!r}. Choose {', '.join(BENCHMARKS)}, or a file.")
    return path


class Scored:
    """What is scored: words with vectors, and how texts are read. A class to keep the four parts together."""

    def __init__(
        self,
        embedding: Embedding,
        corpus: Corpus | None,
        documents: np.ndarray | None,
        encoder: Callable[[], object] | None,
    ):
        self.embedding, self.corpus, self.documents, self.encoder = embedding, corpus, documents, encoder

    def score(self, items, options: ScoreOptions, asked: dict) -> BenchmarkResult:
        """The result on the items of a file."""
        if items.task == "probe" and options.head == "tuned":
            if self.encoder is None:
                raise BadInput(
                    "Only a transformer has a head to fine-tune, and this run holds words. Score it by a linear probe."
                )
            return score_tuned(self.encoder, items, **asked)
        if items.task in OF_TEXTS:
            reader = (
                encoder_reader(self.encoder)
                if self.encoder
                else word_reader(self.embedding, self.corpus, weighting=options.weighting)
            )
            return OF_TEXTS[items.task](reader, items, **asked)
        asked = asked | {"prep": self.corpus.preprocessing if self.corpus is not None else None}
        if items.task == "analogy":
            return score_analogies(self.embedding, items, method=options.analogy, **asked)
        if items.task == "classes":
            return (score_odd_one_out if options.classes == "odd" else score_purity)(self.embedding, items, **asked)
        return OF_WORDS[items.task](self.embedding, items, **asked)

    def geometry(self, asked: dict) -> BenchmarkResult:
        """The shape of the word vectors, or of the document vectors of a run that makes those."""
        if self.documents is not None:
            names = [f"document {i + 1:,}" for i in range(len(self.documents))]
            return score_geometry(self.documents, names, frequency=None, what="documents", **asked)
        return score_geometry(
            self.embedding.vectors, self.embedding.words, frequency=frequencies(self.embedding), what="words", **asked
        )

    def documents_score(self, benchmark: Benchmark, options: ScoreOptions, asked: dict) -> BenchmarkResult:
        """The score of document vectors against the labels of the corpus."""
        if self.corpus is None or not self.corpus.has_labels:
            raise BadInput(f"{benchmark.title} needs a corpus with labels. Add it again and choose its label column.")
        rng, vectors = np.random.default_rng([asked["seed"], 1]), self.documents
        if vectors is None:
            vectors = document_vectors(self.corpus, self.embedding, weighting=options.weighting)
            baseline = (
                " The baseline gives each word a random vector: it shows what the counts of words alone are worth."
            )
            noise = replace(self.embedding, vectors=rng.standard_normal(self.embedding.vectors.shape, np.float32))
            random = document_vectors(self.corpus, noise, weighting=options.weighting)
        else:
            baseline = " The baseline gives each document a random vector."
            random = rng.standard_normal(vectors.shape, np.float32)
        score = {"classification": score_classification, "retrieval": score_recall}[benchmark.task]
        result = score(vectors, random, self.corpus, **asked)
        return result if result.score is None else replace(result, note=result.note + baseline)


def _marked(
    result: BenchmarkResult, options: ScoreOptions, known: Benchmark | None, shared: Embedding | None
) -> BenchmarkResult:
    """The result with what was chosen, in its title and its digest, so that only like is compared with like."""
    preset = known.preset if known is not None else {}
    chosen = {option: asdict(options)[option] for option in options_of(result.task) if option not in preset}
    differs = {key: value for key, value in chosen.items() if value != asdict(ScoreOptions())[key]} | preset
    told = [
        ScoreOptions.__dataclass_fields__[key].metadata["labels"][value]
        for key, value in differs.items()
        if key not in preset
    ]
    parts, vocabulary = (
        [result.digest, *(f"{key}={value}" for key, value in sorted(differs.items()))],
        {"mode": "own", "words": None},
    )
    if shared is not None:
        vocabulary = {"mode": "shared", "words": len(shared)}
        parts.append("words=" + blake2b("\n".join(sorted(shared.words)).encode(), digest_size=8).hexdigest())
    digest = result.digest if len(parts) == 1 else blake2b(" ".join(parts).encode(), digest_size=8).hexdigest()
    return replace(
        result,
        title=", ".join([result.title, *told]),
        digest=digest,
        options=chosen | preset,
        vocabulary=vocabulary,
        data=result.digest,
    )

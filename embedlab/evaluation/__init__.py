"""Benchmarks: how good a run is. `evaluate` scores a run on one of them, and BENCHMARKS lists all that are built in."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from pathlib import Path

import numpy as np

from embedlab.core.errors import BadInput, NotFound
from embedlab.core.progress import Report, silent
from embedlab.data.corpus import Corpus
from embedlab.evaluation.files.loading import load_benchmark
from embedlab.evaluation.geometry import Space, score_geometry
from embedlab.evaluation.items.scored import ItemRun, score_items
from embedlab.evaluation.paired import Difference, compare_scores, ranking
from embedlab.evaluation.registry import BENCHMARKS, Benchmark, ScoreOptions, applicable, options_of
from embedlab.evaluation.results import BenchmarkResult
from embedlab.evaluation.scoring import Scoring
from embedlab.evaluation.texts.documents import LabelledDocuments, document_vectors, score_classification, score_recall
from embedlab.evaluation.texts.fine_tuned import score_tuned
from embedlab.evaluation.texts.retrieval import score_retrieval, systems_beside
from embedlab.evaluation.texts.sentences import score_probe, score_sts
from embedlab.evaluation.texts.text_vectors import encoder_reader, word_reader
from embedlab.evaluation.words.analogies import Rule, score_analogies
from embedlab.evaluation.words.bias import score_association
from embedlab.evaluation.words.groups import score_odd_one_out, score_purity
from embedlab.evaluation.words.similarity import frequencies, score_pairs
from embedlab.vectors.embedding import Embedding

__all__ = [
    "BENCHMARKS",
    "Benchmark",
    "BenchmarkResult",
    "Difference",
    "ItemRun",
    "ScoreOptions",
    "Scored",
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

# Tasks whose way of scoring has changed, and how often: results of before are not ranked with those of now.
REVISED = {"classification": 2, "probe": 2}  # regularisation chosen inside the training part


@dataclass(frozen=True, eq=False)
class Scored:
    """What is scored: the words of a run with their vectors, and how it reads texts.

    documents: float32 (n_documents, dim), for runs that embed whole documents; without it document benchmarks use the
    word vectors. encoder: a function that loads the sentence encoder of a transformer run (see `models.encoders`);
    without it texts are read by their words. items: for models of items, which benchmarks of recommendations score;
    their embedding may be None. words: only these words are scored, so that runs with other vocabularies
    compare.
    """

    embedding: Embedding | None
    corpus: Corpus | None = None
    documents: np.ndarray | None = None
    encoder: Callable[[], object] | None = None
    words: Collection[str] | None = None
    items: ItemRun | None = None

    def __post_init__(self):
        if self.words is not None:
            object.__setattr__(self, "embedding", restricted(self.embedding, self.words))

    def score(self, items, options: ScoreOptions, scoring: Scoring) -> BenchmarkResult:
        """The result on the items of a file."""
        if items.task == "probe" and options.head == "tuned":
            if self.encoder is None:
                raise BadInput(
                    "Only a transformer has a head to fine-tune, and this run holds words. Score it by a linear probe."
                )
            return score_tuned(self.encoder, items, scoring)
        if items.task in OF_TEXTS:
            return OF_TEXTS[items.task](self._reader(options), items, scoring)
        prep = self.corpus.preprocessing if self.corpus is not None else None
        if items.task == "analogy":
            return score_analogies(self.embedding, items, scoring, rule=Rule(options.analogy), prep=prep)
        of_classes = score_odd_one_out if options.classes == "odd" else score_purity
        function = of_classes if items.task == "classes" else OF_WORDS[items.task]
        return function(self.embedding, items, scoring, prep=prep)

    def _reader(self, options: ScoreOptions):
        if self.encoder is not None:
            return encoder_reader(self.encoder)
        return word_reader(self.embedding, self.corpus, weighting=options.weighting)

    def geometry(self, scoring: Scoring) -> BenchmarkResult:
        """The shape of the word vectors, or of the document vectors of a run that makes those."""
        if self.documents is not None:
            names = [f"document {i + 1:,}" for i in range(len(self.documents))]
            return score_geometry(Space(self.documents, names), scoring)
        space = Space(self.embedding.vectors, self.embedding.words, frequencies(self.embedding))
        return score_geometry(space, scoring)

    def documents_score(self, benchmark: Benchmark, options: ScoreOptions, scoring: Scoring) -> BenchmarkResult:
        """The score of document vectors against the labels of the corpus."""
        if self.corpus is None or not self.corpus.has_labels:
            raise BadInput(f"{benchmark.title} needs a corpus with labels. Add it again and choose its label column.")
        if self.documents is None:
            noise = replace(self.embedding, vectors=scoring.noise(*self.embedding.vectors.shape))
            vectors, random = (
                document_vectors(self.corpus, table, weighting=options.weighting) for table in (self.embedding, noise)
            )
            baseline = "The baseline gives each word a random vector, so it shows what word counts alone achieve."
        else:
            vectors, random = self.documents, scoring.noise(*self.documents.shape)
            baseline = "The baseline gives each document a random vector."
        score = {"classification": score_classification, "retrieval": score_recall}[benchmark.task]
        result = score(LabelledDocuments(vectors, random, self.corpus), scoring)
        return result if result.score is None else replace(result, note=f"{result.note} {baseline}")


def evaluate(
    run: Scored | Embedding,
    benchmark: str | Path,
    *,
    options: ScoreOptions | Mapping | None = None,
    seed: int = 1,
    report: Report = silent,
) -> BenchmarkResult:
    """The score of a run on a benchmark of BENCHMARKS or on a file of the user, with interval, coverage and baselines.

    An embedding alone is scored as a run of words without a corpus. NotFound for a name that is neither a benchmark nor
    a file. BadInput for a benchmark of documents where the corpus has no labels. A benchmark of which no item can be
    used has a result whose score is None.
    """
    run = run if isinstance(run, Scored) else Scored(run)
    options = options if isinstance(options, ScoreOptions) else ScoreOptions(**(options or {}))
    known = BENCHMARKS.get(str(benchmark))
    if known is None:
        path = _own_file(benchmark)
        result = _on_file(run, path, options, Scoring(path.name, path.stem, seed, report))
    else:
        options = replace(options, **known.preset)
        result = _on_known(run, known, options, Scoring(known.name, known.title, seed, report))
    return _marked(result, options, known, None if run.words is None else run.embedding)


def _on_known(run: Scored, benchmark: Benchmark, options: ScoreOptions, scoring: Scoring) -> BenchmarkResult:
    if benchmark.score is not None:
        shared = dict(name=scoring.name, title=scoring.title, seed=scoring.seed, report=scoring.report)
        return benchmark.score(run, **shared)
    if benchmark.of_items:
        if run.items is None:
            raise BadInput(
                f"{benchmark.title} needs recommendations, and this run makes none. Choose a model of items."
            )
        return score_items(run.items, benchmark.split, options.k, scoring)
    if run.embedding is None:
        raise BadInput(f"{benchmark.title} needs vectors, and this run has none. Choose a run with vectors.")
    if benchmark.needs_labels:
        return run.documents_score(benchmark, options, scoring)
    if benchmark.source == "vectors":
        return run.geometry(scoring)
    return _on_file(run, benchmark.data(), options, scoring)


def _on_file(run: Scored, path: Path, options: ScoreOptions, scoring: Scoring) -> BenchmarkResult:
    items = load_benchmark(path, options.reading)
    result = run.score(items, options, scoring)
    return replace(result, note=" ".join(filter(None, [result.note, *items.said])))


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


def _marked(
    result: BenchmarkResult, options: ScoreOptions, known: Benchmark | None, shared: Embedding | None
) -> BenchmarkResult:
    """The result with its options in title and digest, so that only results of the same options are compared."""
    preset, default = known.preset if known is not None else {}, asdict(ScoreOptions())
    chosen = {option: asdict(options)[option] for option in options_of(result.task) if option not in preset}
    differs = {key: value for key, value in chosen.items() if value != default[key]}
    fields = ScoreOptions.__dataclass_fields__
    labels = [fields[key].metadata["labels"].get(value, f"{key} = {value}") for key, value in differs.items()]
    parts = [result.digest, *(f"{key}={value}" for key, value in sorted((differs | preset).items()))]
    if result.task in REVISED:
        parts.append(f"scored={REVISED[result.task]}")
    vocabulary = {"mode": "own", "words": None}
    if shared is not None:
        vocabulary = {"mode": "shared", "words": len(shared)}
        parts.append("words=" + blake2b("\n".join(sorted(shared.words)).encode(), digest_size=8).hexdigest())
    digest = result.digest if len(parts) == 1 else blake2b(" ".join(parts).encode(), digest_size=8).hexdigest()
    return replace(
        result,
        title=", ".join([result.title, *labels]),
        digest=digest,
        options=chosen | preset,
        vocabulary=vocabulary,
        data=result.digest,
    )

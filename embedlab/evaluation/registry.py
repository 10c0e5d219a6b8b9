"""Every built-in benchmark on one screen, and the options of scoring."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from embedlab.core.errors import NotFound
from embedlab.core.settings import check_settings, setting
from embedlab.data.bundled.checked import gensim_file, gensim_is_missing
from embedlab.data.corpus import Corpus
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.interactions.splits import SPLITS
from embedlab.data.reading.options import ReadOptions
from embedlab.evaluation.words.analogies import RESTRICT_VOCAB


@dataclass(frozen=True)
class ScoreOptions:
    """The options of a scoring. Each applies only to some tasks, see KNOWN."""

    analogy: str = setting(
        "add",
        label="Analogies by",
        choices=("add", "mul", "plain"),
        labels={"add": "3CosAdd", "mul": "3CosMul", "plain": "Nothing left out"},
        help="3CosAdd and 3CosMul never answer with a word of the question. “Nothing left out” may, which is harder.",
    )
    weighting: str = setting(
        "mean",
        label="Texts from words by",
        choices=("mean", "sif"),
        labels={"mean": "Mean", "sif": "SIF"},
        help=(
            "SIF gives frequent words less weight and removes the direction that all texts share (Arora et al. 2017). "
            "Transformers encode texts directly."
        ),
    )
    classes: str = setting(
        "purity",
        label="Word classes by",
        choices=("purity", "odd"),
        labels={"purity": "Clusters", "odd": "Odd one out"},
        help="Whether clusters of words match the classes, or whether the odd one of five words is found.",
    )
    head: str = setting(
        "probe",
        label="Texts with labels by",
        choices=("probe", "tuned"),
        labels={"probe": "Linear probe", "tuned": "Fine-tuned head"},
        help=(
            "A linear probe is trained on the fixed vectors. A fine-tuned head trains a copy of the whole "
            "transformer on the training texts, which takes minutes."
        ),
    )

    k: int = setting(
        10,
        label="Length of the lists",
        low=1,
        high=1000,
        help="How many items are recommended to each user, and looked at.",
    )

    # How a user's file is read, detected where not given. The mapping that JSON holds is accepted too.
    reading: ReadOptions | None = None

    def __post_init__(self):
        check_settings(self)
        if isinstance(self.reading, Mapping):
            object.__setattr__(self, "reading", ReadOptions(**self.reading))


# SHA-256 of the files that come with gensim.
DIGESTS = {
    "wordsim353.tsv": "f92a022fc2537793a15bc3a8c162ebcd74990e033a228bb6388cb71e4c0b1e1d",
    "simlex999.txt": "d5e0501971478a511430ee880bd0121e94ac701ba86d90544d83e6d2ba3db05d",
}

# The options that apply to each task.
KNOWN = {
    "analogy": ("analogy",),
    "sts": ("weighting",),
    "probe": ("weighting", "head"),
    "search": ("weighting",),
    "classification": ("weighting",),
    "retrieval": ("weighting",),
    "classes": ("classes",),
    "recommendation": ("k",),
}


def options_of(task: str) -> tuple[str, ...]:
    """The names of the options that apply to a task."""
    return KNOWN.get("classes" if task == "odd one out" else task, ())


@dataclass(frozen=True)
class Benchmark:
    """One benchmark.

    source: where its data is: "gensim" (its test data), "own" (in data/ beside this file), "data" (public sets, in the
    folder that EMBEDLAB_DATA names), "corpus" (the documents and labels of the run's corpus), "vectors" (the run) or
    "interactions" (who chose what; `split` says what is held out).
    preset: options that define it. score(scored, *, name, title, seed, report): a function that returns its
    BenchmarkResult from a `Scored` (embedding, corpus, documents, encoder), for a task that `evaluate` does not know.
    """

    name: str
    title: str
    about: str
    task: str
    metric: str
    source: str
    file: str | None = None
    preset: dict = field(default_factory=dict)
    score: Callable | None = None
    split: str = ""

    @property
    def needs_labels(self) -> bool:
        return self.source == "corpus"

    @property
    def of_items(self) -> bool:
        """Whether it judges recommendations."""
        return self.source == "interactions"

    @property
    def usual(self) -> bool:
        """Whether it is scored by default: not if it reads a large set of texts or tests bias."""
        return self.source != "data" and self.task != "bias"

    @property
    def path(self) -> Path | None:
        """Its data; None if it has none or the folder of public data sets is missing."""
        if self.source == "gensim":
            return None if gensim_is_missing() else self._of_gensim()
        if self.source == "own":
            return Path(__file__).parent / "data" / self.file
        folder = os.environ.get("EMBEDLAB_DATA") if self.source == "data" else None
        path = Path(folder) / self.file if folder else None
        return path if path is not None and path.exists() else None

    def _of_gensim(self) -> Path:
        return gensim_file(self.file, DIGESTS[self.file], f"The benchmark {self.title!r}")

    def data(self) -> Path:
        """Its data; NotFound or NotInstalled, with how to get it, if it is missing."""
        if self.source == "gensim":
            return self._of_gensim()
        path = self.path
        if path is None:
            raise NotFound(
                f"The data of {self.title} is missing. Set EMBEDLAB_DATA to a folder that holds {self.file}, "
                "or add the file as your own benchmark."
            )
        return path


def _each(*benchmarks: Benchmark) -> dict[str, Benchmark]:
    return {benchmark.name: benchmark for benchmark in benchmarks}


def _pairs(name: str, title: str, about: str, source: str, path: str) -> Benchmark:
    return Benchmark(name, title, about, "similarity", "Spearman", source, path)


def _association(name: str, between: str, about: str, path: str) -> Benchmark:
    return Benchmark(f"bias-{name}", f"Association: {between}", about, "bias", "effect size", "own", path)


BENCHMARKS = _each(
    _pairs(
        "wordsim353",
        "WordSim-353",
        "Does cosine rank 353 word pairs as people do? Mixes similarity and relatedness.",
        "gensim",
        "wordsim353.tsv",
    ),
    _pairs(
        "wordsim353-sim",
        "WordSim-353, similarity",
        "The similar pairs of WordSim-353, such as tiger and cat, and unrelated ones.",
        "data",
        "similarity/EN-WS-353-SIM.txt",
    ),
    _pairs(
        "wordsim353-rel",
        "WordSim-353, relatedness",
        "The related pairs of WordSim-353, such as computer and keyboard, and unrelated ones.",
        "data",
        "similarity/EN-WS-353-REL.txt",
    ),
    _pairs(
        "simlex999",
        "SimLex-999",
        "Does cosine rank 999 word pairs as people do? Only similarity counts: cup and coffee are not similar.",
        "gensim",
        "simlex999.txt",
    ),
    Benchmark(
        "google-analogies",
        "Google analogies",
        f"Athens is to Greece as Oslo is to ...? 19,544 questions over the {RESTRICT_VOCAB:,} top words.",
        "analogy",
        "accuracy",
        "own",
        "questions-words.txt",
    ),
    Benchmark(
        "categories",
        "Word classes",
        "Do clusters of 193 everyday words match classes such as animals, colours and months?",
        "classes",
        "purity",
        "own",
        "classes.tsv",
    ),
    Benchmark(
        "odd-one-out",
        "Odd one out",
        "Which of five words does not belong? 300 questions from the word classes.",
        "odd one out",
        "accuracy",
        "own",
        "classes.tsv",
        {"classes": "odd"},
    ),
    _association(
        "nature",
        "flowers and insects",
        "Are flowers closer to pleasant words than insects are? A check that such tests work at all.",
        "pleasant-nature.txt",
    ),
    _association(
        "career",
        "gender and career",
        "Are men closer to career and women to family in this corpus?",
        "gender-career.txt",
    ),
    _association(
        "science",
        "gender and science",
        "Are men closer to science and women to the arts in this corpus?",
        "gender-science.txt",
    ),
    Benchmark(
        "geometry",
        "Shape of the space",
        "How the vectors are spread: isotropy, hubness, effective dimension, frequency bias and duplicates.",
        "geometry",
        "isotropy",
        "vectors",
    ),
    Benchmark(
        "stsb",
        "STS benchmark",
        "Does cosine rank 1,379 sentence pairs by similarity of meaning as people do?",
        "sts",
        "Spearman",
        "data",
        "stsb",
    ),
    Benchmark(
        "sst2",
        "SST-2",
        "Can a linear probe tell positive from negative film reviews? Trained on 6,920 sentences, tested on others.",
        "probe",
        "accuracy",
        "data",
        "sst2",
    ),
    Benchmark(
        "cranfield",
        "Cranfield",
        "Does cosine find the papers on aerodynamics that answer 225 questions? Beside BM25.",
        "search",
        "nDCG@10",
        "data",
        "cranfield",
    ),
    Benchmark(
        "classification",
        "Document classification",
        "Can a linear classifier predict a document's label from its vector? Five-fold logistic regression.",
        "classification",
        "accuracy",
        "corpus",
    ),
    Benchmark(
        "document-recall",
        "Document recall@10",
        "Do the ten nearest documents share a document's label?",
        "retrieval",
        "recall@10",
        "corpus",
    ),
    *(
        Benchmark(
            f"items-{name}",
            f"Recommendations, {kind.title[0].lower()}{kind.title[1:]}",
            kind.asks,
            "recommendation",
            "recall@10",
            "interactions",
            split=name,
        )
        for name, kind in SPLITS.items()
    ),
)


def applicable(corpus: Corpus | Interactions | None) -> list[str]:
    """Names of the benchmarks that can be computed for runs on this corpus or these interactions.

    Interactions can be split by time where they have times, and in the other ways always; that comes first which suits.
    Those on its documents need two labels or more, and those on public data sets the folder that EMBEDLAB_DATA names.
    """
    if isinstance(corpus, Interactions):
        return [
            name for name, each in BENCHMARKS.items() if each.of_items and (corpus.has_times or each.split != "time")
        ]
    labelled = corpus is not None and len(corpus.label_names) > 1
    return [
        name
        for name, benchmark in BENCHMARKS.items()
        if not benchmark.of_items
        and (labelled if benchmark.needs_labels else benchmark.source == "vectors" or benchmark.path is not None)
    ]

"""What a model family is: its trainer, what it ends in, and what it says of itself.

A family needs a name, a title, a sentence, a config and a trainer. Every other answer has a default that claims
nothing: no estimate, no film, no pause. Pages, commands, jobs and sweeps ask here and know no family by name.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from embedlab.core.extras import missing, needs
from embedlab.core.settings import AUTO, from_dict, settings_of
from embedlab.data.corpus import Corpus
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.inverted_index import Window
from embedlab.models.advice import Advice, Estimate, by_urgency
from embedlab.models.recommending import Recommender
from embedlab.models.training.session import Checkpoint
from embedlab.vectors.embedding import Embedding

Data = Corpus | Interactions
TEXTS, INTERACTIONS = "texts", "interactions"  # what a family learns from
VECTORS, TRANSFORMER = "vectors", "transformer"  # what a training may be initialised from, apart from random numbers
COMPARABLE = frozenset({"dim", "epochs", "learning_rate", "workers"})  # settings under which any loss means the same


class Saved(Protocol):
    """A model that writes itself into a folder."""

    def save(self, folder: Path) -> None: ...


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained artefact.

    embedding: a vector for each word kept. loss: the mean training loss of each epoch. seconds: training alone, without
    reading, compiling, measuring the loss or encoding. raw_words: corpus tokens processed, all epochs together.
    documents: float32 (n_documents, dim), only from families that embed whole documents. encoder: an object with
    `save(folder)`, or None. notes: anything else worth keeping, as JSON; `warnings` is a list of sentences.
    validation: the same mean as `loss` over held-out text, or what notes["validation_is"] says, one an epoch; empty
    without any. end: the final state of the training, from which a later run can be initialised; None from engines that
    cannot continue. before: the vectors before a fine-tuning, as "words" and "documents": float32 of the shapes of
    `embedding.vectors` and `documents`; the scores before and after are notes["start_end"], made by `start_end`.
    recommender: from families of items, whose `documents` are users; None from all others. Its embedding is None where
    items have no vectors.
    """

    embedding: Embedding | None
    loss: tuple[float, ...] = ()
    seconds: float = 0.0
    raw_words: int = 0
    documents: np.ndarray | None = None
    encoder: Saved | None = None
    notes: dict = field(default_factory=dict)
    validation: tuple[float, ...] = ()
    end: Checkpoint | None = None
    before: dict[str, np.ndarray] = field(default_factory=dict)
    recommender: Recommender | None = None


@dataclass(frozen=True)
class Measure:
    """What a score is: its evaluator and metric, and the `n` items of `on` that it is measured on."""

    evaluator: str
    metric: str
    on: str
    n: int


def start_end(measure: Measure, start: list[float], end: list[float], **more) -> dict:
    """How a training changed one score, as pages and model cards read it.

    start, end: [score, low, high] before and after training.
    """
    return asdict(measure) | {"start": start, "end": end} | more


@dataclass(frozen=True)
class Flag:
    """A short command-line option that stands for some settings, such as --cbow for architecture cbow."""

    help: str
    settings: Mapping[str, object]


@dataclass(frozen=True)
class Predictor:
    """How hidden words are predicted by a run: both functions return an `Opened` model with its tokenizer.

    after(folder, seed): the trained model. before(config, seed, base, tokenizer): the model as training began, where
    `base` is a folder or name.
    """

    after: Callable
    before: Callable


@dataclass(frozen=True)
class SharedWork:
    """Work that trainings with the same answer to `question` have in common, done in parts by several workers.

    title: what is done, for lists of jobs. question(corpus, config): plain values for JSON that say what is asked.
    done(corpus, question): whether it is there already. folder(corpus, question): where it is kept.
    part(corpus, question, i, n, report): does part i of n.
    """

    title: str
    question: Callable[..., dict]
    done: Callable[..., bool]
    folder: Callable[..., Path]
    part: Callable[..., object]


def never(settings: Mapping) -> bool:
    """No, whatever the settings."""
    return False


def always(settings: Mapping) -> bool:
    """Yes, whatever the settings."""
    return True


def no_advice(corpus: Corpus, config) -> list[Advice]:
    """Nothing to say about a corpus."""
    return []


def no_sentence(notes: Mapping, settings: Mapping) -> str:
    """Nothing to say about how a run was trained."""
    return ""


def no_automatic(corpus: Corpus, settings: Mapping) -> dict:
    """No setting that follows from the corpus."""
    return {}


def no_name(settings: Mapping) -> str:
    """No name but the title."""
    return ""


def flat_window(settings: Mapping) -> Window:
    """A window of the size in the settings, 5 words without one, whose words all count alike."""
    return Window(int(settings.get("window") or 5), "flat", int(settings.get("min_count") or 1))


def epochs_in_settings(settings: Mapping, summary: Mapping) -> int | None:
    """The epochs that the settings ask for, or None."""
    return settings.get("epochs")


@dataclass(frozen=True)
class Family:
    """A model family: `train(corpus, config, *, seed, report, session) -> Trained`, with a `config` dataclass.

    Functions below take the settings of a run as a mapping, or its `config`.

    Before training.
    learns_from: TEXTS (a corpus) or INTERACTIONS (who chose what). also_called: the name under which it is meant where
    data of its kind are named, as "glove" is for items. yardstick: whether it stands beside every model of items.
    has_vectors: whether its items have vectors.
    extra: the extra of the installation that it needs, such as "transformers".
    estimate(corpus, config): time and memory; None where nothing is known.
    advise(corpus, config): what the corpus lacks, or what to change.
    automatic(corpus, settings): the number that each setting which may be "auto" becomes on this corpus.
    flags: short options of the command, by name. seed_note: when the same seed gives the same vectors.

    Initialised from a finished run.
    initialised_from: VECTORS (of its own family, or imported), TRANSFORMER (of `base_families`), or "".
    base_settings: the settings that say so, where the name in `base` does not.

    During training.
    can_pause(settings): whether `train` calls `session.rest` with checkpoints; filmed: whether with word vectors.
    judged_by: the metric of a finished epoch that follows the quality of the vectors, lower is better. Captions and
    sweeps judge a run by nothing else that it measures itself; "" where no metric has passed bench/held_out.py.
    not_judged: values of settings with which it has not passed, by setting; see `judges`.

    In sweeps.
    changes_loss: the settings under which losses do not compare; None for all but COMPARABLE.
    trial_settings: what every trial uses. equal_work(settings): the settings with epochs that make windows comparable.
    shared: work that trials have in common.

    After training.
    encodes_texts: whether a run encodes any text. attention: whether its transformer shows attention weights.
    predictor: how it predicts hidden words. open_classifier(folder, max_length): an object whose `answers(texts)` gives
    labels. learns_labels(settings): whether it has seen the labels that document benchmarks ask for.
    context_window(settings): the window that "Why near" looks through.
    epochs(settings, summary): passes over the corpus, or None. how_trained(notes, settings): one or two sentences.
    called(settings): what a model of these settings is called in the name of a run; "" for the title.
    neighbours_note: what to know of the neighbours of its words.
    """

    name: str
    title: str
    about: str
    config: type
    train: Callable[..., Trained]
    learns_from: str = TEXTS
    also_called: str = ""
    yardstick: bool = False
    has_vectors: bool = True
    estimate: Callable[..., Estimate] | None = None
    advise: Callable[..., list[Advice]] = no_advice
    automatic: Callable[..., dict] = no_automatic
    flags: Mapping[str, Flag] = field(default_factory=dict)
    seed_note: str = ""
    initialised_from: str = ""
    base_families: tuple[str, ...] = ()
    base_settings: Mapping[str, object] = field(default_factory=dict)
    can_pause: Callable[[Mapping], bool] = never
    filmed: bool = False
    judged_by: str = ""
    not_judged: Mapping[str, tuple] = field(default_factory=dict)
    changes_loss: frozenset[str] | None = None
    trial_settings: Mapping[str, object] = field(default_factory=lambda: {"workers": 1})
    equal_work: Callable[[Mapping], Mapping] = dict
    shared: SharedWork | None = None
    encodes_texts: bool = False
    attention: bool = False
    predictor: Predictor | None = None
    open_classifier: Callable | None = None
    learns_labels: Callable[[Mapping], bool] = never
    context_window: Callable[[Mapping], Window] = flat_window
    epochs: Callable[[Mapping, Mapping], int | None] = epochs_in_settings
    how_trained: Callable[[Mapping, Mapping], str] = no_sentence
    extra: str = ""
    called: Callable[[Mapping], str] = no_name
    neighbours_note: str = ""

    @property
    def noun(self) -> str:
        """What each of its vectors stands for, in the singular."""
        return "item" if self.learns_from == INTERACTIONS else "word"

    @property
    def installed(self) -> bool:
        """Whether all that the family needs is installed."""
        return not (self.extra and missing(self.extra))

    def judges(self, settings: Mapping) -> str:
        """The metric that judges a run of these settings; "" where it does not follow quality with one of them."""
        failed = any(settings.get(name) in values for name, values in self.not_judged.items())
        return "" if failed else self.judged_by

    def check_installed(self) -> None:
        """Raise NotInstalled, which names the extra, unless all that the family needs is installed."""
        if self.extra:
            needs(self.extra, f"The model {self.title!r}")


def numbers_of(family: Family, corpus: Data, settings: Mapping) -> dict:
    """The settings with the number that each automatic one becomes on this corpus; given numbers stay as they are."""
    waiting = [s.name for s in settings_of(family.config) if s.automatic and settings.get(s.name, s.default) == AUTO]
    found = family.automatic(corpus, settings) if waiting else {}
    return dict(settings) | {name: found[name] for name in waiting}


def advice_of(family: Family, corpus: Data, settings: Mapping) -> tuple[Advice, ...]:
    """What to know before training with these settings, the most serious first; one "good" if there is nothing."""
    found = family.advise(corpus, from_dict(family.config, numbers_of(family, corpus, settings)))
    found += [Advice("note", sentence) for sentence in corpus.meta.get("language", [])]
    return by_urgency(found or [Advice("good", f"{corpus.amount} suit these settings.")])


def estimate_of(family: Family, corpus: Data, settings: Mapping) -> Estimate | None:
    """The time and memory of a training with these settings; None where the family makes no estimate."""
    return family.estimate and family.estimate(corpus, from_dict(family.config, numbers_of(family, corpus, settings)))


def incomparable_settings(family: Family) -> frozenset[str]:
    """The settings whose values change what the loss measures, so that losses do not compare."""
    if family.changes_loss is not None:
        return family.changes_loss
    return frozenset(s.name for s in settings_of(family.config)) - COMPARABLE

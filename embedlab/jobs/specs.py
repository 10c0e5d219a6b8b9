"""What is asked for, checked and filled in: trainings and benchmarks. Maps and comparisons: map_specs."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from embedlab.core.errors import BadInput, BadSetting
from embedlab.core.settings import check_installed, from_dict
from embedlab.core.sizes import count_of
from embedlab.data.corpus import Corpus
from embedlab.data.interactions.dataset import Interactions
from embedlab.evaluation import BENCHMARKS
from embedlab.jobs import records
from embedlab.models import MODELS, TRANSFORMER, families_where, family_for, numbers_of
from embedlab.store.runs import Run, RunSpec
from embedlab.store.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Training:
    """A training that is asked for: a model of a corpus with some settings, by default under a name made from both.

    from_run: the run it is initialised from, whose dimension it takes.
    """

    corpus: Corpus | Interactions
    model: str
    settings: Mapping
    name: str | None = None
    seed: int = 1
    from_run: Run | None = None


def new_training(workspace: Workspace, asked: Training) -> str:
    """The id of a new run, listed and queued but not started; BadSetting for an unknown model or setting."""
    corpus, model, seed, from_run = asked.corpus, asked.model, asked.seed, asked.from_run
    family = family_for(model, corpus.kind)
    model = family.name
    check_seed(seed)
    family.check_installed()
    settings = dict(asked.settings) if from_run is None else _fitted(dict(asked.settings), from_run, model)
    config = from_dict(family.config, numbers_of(family, corpus, settings))
    check_installed(config)
    name = asked.name or name_of(replace(asked, model=model, settings=asdict(config)))
    id = workspace.new_run(
        RunSpec(corpus.id, model, asdict(config), int(seed), name, from_run.id if from_run else None)
    )
    return records.create(workspace, "train", {"run": id}, title=name, id=id)


def name_of(asked: Training) -> str:
    """A name that tells trainings apart, such as "Lee news, skip-gram, 50 d, window 5, 30 epochs, seed 1"."""
    family, settings = MODELS[asked.model], numbers_of(MODELS[asked.model], asked.corpus, asked.settings)
    parts = [_shortened(asked.corpus.name), family.called(settings) or family.title]
    if asked.from_run is not None:
        parts.append(f"from {_shortened(asked.from_run.name)}")
    parts += [f"{settings['dim']} d"] if "dim" in settings else []
    parts += [f"window {settings['window']}"] if "window" in settings else []
    epochs = family.epochs(settings, {})
    parts += [count_of(epochs, "epoch")] if epochs else []
    return ", ".join([*parts, f"seed {asked.seed}"])


def _shortened(name: str, most: int = 40) -> str:
    """A name for the inside of another one: whole words of it, with an ellipsis where some are missing."""
    return name if len(name) <= most else name[:most].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def _fitted(settings: dict, base: Run, model: str) -> dict:
    """The settings with the dimension of the base run; BadSetting if the two do not go together."""
    family = MODELS[model]
    if not family.initialised_from:
        raise BadSetting(
            f"{family.title} cannot be initialised from another run. Leave that out, or choose "
            f"{families_where(lambda other: other.initialised_from)}."
        )
    if base.status != "done":
        raise BadSetting(
            f"The run {base.name!r} is {base.status}, so nothing can begin from it. Choose one that is done."
        )
    if family.initialised_from == TRANSFORMER:
        if base.encoder_folder is None:
            raise BadSetting(
                f"The run {base.name!r} has no transformer to initialise from. Choose a run of the families "
                f"{' or '.join(family.base_families)}."
            )
        return settings | dict(family.base_settings) | {"base": base.name}
    if base.spec.model not in (model, "imported"):
        raise BadSetting(
            f"The run {base.name!r} is of the family {base.spec.model!r}; a {model} run begins from one of its own "
            "family or from imported vectors. Choose another."
        )
    dim = base.summary["dim"]
    if settings.get("dim", dim) != dim:
        raise BadSetting(
            f"The vectors of {base.name!r} have {dim} dimensions and stay as long; got {settings['dim']}. "
            "Leave the dimensions out."
        )
    return settings | {"dim": dim}


def grown(base: Run, corpus: Corpus, *, min_count: int) -> tuple[int, int, int]:
    """How a corpus extends a vocabulary: known words that occur in it, new words, known words that do not occur."""
    words = corpus.vocabulary.head(min_count=min_count).words
    shared = sum(word in base.embedding.ids for word in words)
    return shared, len(words) - shared, len(base.embedding) - shared


def check_benchmarks(names: Iterable[str]) -> None:
    """BadInput for the first that is neither a benchmark nor a file."""
    for name in names:
        if name not in BENCHMARKS and not Path(name).exists():
            raise BadInput(f"There is no benchmark or file {name!r}. Built in are {', '.join(BENCHMARKS)}.")


def check_seed(seed: int) -> None:
    """Raise BadSetting unless every library takes this seed."""
    if not 0 <= int(seed) < 2**31:
        raise BadSetting(f"The seed must lie between 0 and 2,147,483,647; got {seed}.")


def same_but_seed(a: Run, b: Run) -> bool:
    """Whether two runs differ in nothing but the seed: what moves between them is the noise of training."""

    def rest(run: Run) -> tuple:
        return run.spec.corpus_id, run.spec.model, dict(run.spec.config)

    return a.id != b.id and not (a.at_start or b.at_start) and a.spec.corpus_id is not None and rest(a) == rest(b)

"""What a sweep is asked to do: which settings take which values, how points are chosen, and what counts as better."""

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path

from embedlab.core.errors import BadSetting
from embedlab.core.settings import AUTO, Setting, from_dict, parse, settings_of
from embedlab.data.corpus import Corpus
from embedlab.data.interactions.dataset import Interactions
from embedlab.data.interactions.splits import default_split
from embedlab.evaluation import BENCHMARKS, applicable
from embedlab.models import MODELS, family_for, incomparable_settings, numbers_of

STRATEGIES = {"grid": "Grid", "random": "Random", "tpe": "Guided"}
VALIDATION = "validation"
MOST_TRIALS = 2_000
SPLIT = "split"  # the setting of models of items that says what their training holds out


@dataclass(frozen=True)
class Axis:
    """The values one setting takes: those listed, or whatever lies between low and high."""

    values: tuple = ()
    low: float | None = None
    high: float | None = None
    log: bool = False
    steps: int = 5

    def __str__(self) -> str:
        if self.values:
            return ", ".join(
                str(value).lower()
                if isinstance(value, bool)
                else f"{value:g}"
                if isinstance(value, float)
                else str(value)
                for value in self.values
            )
        return (
            f"{self.low:g}..{self.high:g}"
            + (f":{self.steps}" if self.steps != 5 else "")
            + (":log" if self.log else "")
        )

    def size(self, whole: bool) -> float:
        """How many values it may take."""
        return len(self.values) if self.values else self.high - self.low + 1 if whole else math.inf

    def grid(self, whole: bool) -> tuple:
        """The values a grid takes: a range is cut at `steps` values, evenly spaced or, with `log`, by equal factors."""
        if self.values:
            return self.values
        shares = [i / max(self.steps - 1, 1) for i in range(self.steps)]
        found = [
            self.low * (self.high / self.low) ** s if self.log else self.low + (self.high - self.low) * s
            for s in shares
        ]
        return tuple(dict.fromkeys(round(value) if whole else float(f"{value:.6g}") for value in found))


@dataclass(frozen=True)
class SweepSpec:
    """Everything needed to repeat a sweep; JSON through `to_dict`.

    vary: setting -> Axis; a setting that a family lacks is passed over there. fixed: family -> settings that differ
    from its defaults. strategy: a key of STRATEGIES; n_points: how many points random and guided sweeps try (a grid
    has as many as it has). seeds: trainings a point, with seed, seed + 1 ... objective: "validation" or a benchmark;
    also: benchmarks scored besides. budget: minutes after which no trial is begun. purpose: the lesson it belongs to,
    "seeds" for a check of stability, "" for a sweep of one's own. base: the run whose stability is checked.
    """

    corpus_id: str
    families: tuple[str, ...]
    vary: Mapping[str, Axis] = field(default_factory=dict)
    fixed: Mapping[str, Mapping] = field(default_factory=dict)
    strategy: str = "grid"
    n_points: int = 20
    seeds: int = 1
    objective: str = VALIDATION
    also: tuple[str, ...] = ()
    budget: float = 10.0
    prune: bool = True
    seed: int = 1
    purpose: str = ""
    base: str = ""

    def to_dict(self) -> dict:
        """The spec as JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping) -> "SweepSpec":
        """The spec that `to_dict` wrote."""
        vary = {name: Axis(**axis | {"values": tuple(axis["values"])}) for name, axis in values["vary"].items()}
        return cls(**{**values, "vary": vary, "families": tuple(values["families"]), "also": tuple(values["also"])})

    @property
    def benchmarks(self) -> list[str]:
        """Every benchmark that a trial is scored by."""
        return list(dict.fromkeys(name for name in (self.objective, *self.also) if name != VALIDATION))

    @property
    def unjudged(self) -> list[str]:
        """The families whose held-out loss says nothing about quality, with the settings they are tried with."""
        return [family for family in self.families if not all(map(MODELS[family].judges, self._tried(family)))]

    def _tried(self, family: str) -> Iterator[Mapping]:
        """The fixed settings of a family, and each value of a setting that varies."""
        yield self.fixed.get(family, {})
        yield from ({name: value} for name, axis in self.axes(family).items() for value in axis.values)

    @property
    def held_out(self) -> str:
        """The split of choices that judges the trials, which all of them hold out; "" where no split does."""
        benchmark = BENCHMARKS.get(self.objective)
        return benchmark.split if benchmark is not None else ""

    @property
    def larger_is_better(self) -> bool:
        return self.objective != VALIDATION

    def known(self, family: str) -> dict[str, Setting]:
        """The settings of a family by name."""
        return {s.name: s for s in settings_of(MODELS[family].config)}

    def axes(self, family: str) -> dict[str, Axis]:
        """The settings that vary for a family."""
        known = self.known(family)
        return {name: axis for name, axis in self.vary.items() if name in known}

    def config(self, family: str, settings: Mapping) -> dict:
        """All settings of a trial; BadSetting where they cannot go together.

        An automatic setting that the sweep does not name has its fixed value of old: sweeps made since then name all.
        A model of items holds out what it is judged by, so that no benchmark trains it anew.
        """
        former = {name: s.fixed for name, s in self.known(family).items() if s.automatic}
        own = {name: value for name, value in MODELS[family].trial_settings.items() if name in self.known(family)}
        chosen = {**own, **self.fixed.get(family, {}), **settings}
        if self.held_out and SPLIT in self.known(family) and SPLIT not in settings:
            chosen[SPLIT] = self.held_out
        if self.purpose == "window":
            chosen = MODELS[family].equal_work(chosen)
        return asdict(from_dict(MODELS[family].config, former | dict(chosen)))

    def with_numbers(self, corpus: Corpus | Interactions) -> "SweepSpec":
        """The sweep with the number that each automatic setting which does not vary becomes on the data set."""
        fixed = {}
        for family in self.families:
            vary, given = self.axes(family), dict(self.fixed.get(family, {}))
            found = numbers_of(MODELS[family], corpus, given)
            fixed[family] = {name: value for name, value in found.items() if name not in vary or name in given}
        return replace(self, fixed={**self.fixed, **fixed})

    def grid(self) -> list[tuple[str, dict]]:
        """(family, settings that vary) of every combination, the last setting changing fastest."""
        return self._combined(lambda axis, whole: axis.grid(whole))

    def _combined(self, values_of) -> list[tuple[str, dict]]:
        found = []
        for family in self.families:
            known, axes = self.known(family), self.axes(family)
            choices = [values_of(axis, known[name].type is int) for name, axis in axes.items()]
            found += [(family, dict(zip(axes, values, strict=True))) for values in itertools.product(*choices)]
        return found

    @cached_property
    def space(self) -> list[tuple[str, dict]] | None:
        """Every point there is, whole numbers between two ends included; None where there are too many to count."""
        sizes = [
            math.prod(axis.size(self.known(family)[name].type is int) for name, axis in self.axes(family).items())
            for family in self.families
        ]
        if sum(sizes) > MOST_TRIALS:
            return None
        return self._combined(lambda axis, whole: axis.values or tuple(range(int(axis.low), int(axis.high) + 1)))

    @property
    def most_points(self) -> int:
        """How many points the sweep tries unless its budget ends it before."""
        if self.strategy == "grid":
            return len(self.grid())
        return self.n_points if self.space is None else min(self.n_points, len(self.space))

    @property
    def most_trials(self) -> int:
        return self.most_points * self.seeds


def judge_of(data: Interactions) -> str:
    """The benchmark that judges models of these choices unless another is chosen: by the split that suits the data."""
    usual = default_split(data)
    return next(name for name in applicable(data) if BENCHMARKS[name].split == usual)


def suited(spec: SweepSpec, data: Corpus | Interactions) -> SweepSpec:
    """The same sweep if its families and benchmarks go with the data; BadSetting, with what to change, otherwise."""
    for family in spec.families:
        family_for(family, data.kind)
    fits = applicable(data)
    for name in spec.benchmarks:
        if name in BENCHMARKS and BENCHMARKS[name].of_items != isinstance(data, Interactions):
            raise BadSetting(f"{BENCHMARKS[name].title!r} cannot judge runs of {data.name!r}. Choose {_or(fits)}.")
        if name in BENCHMARKS and BENCHMARKS[name].of_items and name not in fits:
            raise BadSetting(f"{data.name!r} has no times, so it cannot be split by them. Choose {_or(fits)}.")
    return spec


def _or(names: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else "another"


def owned_settings(families: Iterable[str]) -> frozenset[str]:
    """The settings that trials of these families choose for themselves, so that they run side by side and compare."""
    return frozenset(name for family in families for name in MODELS[family].trial_settings)


def loss_changing(families: Iterable[str], names: Iterable[str]) -> list[str]:
    """Those of `names` whose values change what the held-out loss of any of the families measures, in order."""
    changing = frozenset().union(*(incomparable_settings(MODELS[family]) for family in families))
    return sorted(changing & set(names))


def axis_of(name: str, values, families: tuple[str, ...]) -> Axis:
    """The axis meant by a list of values, a text such as "2, 5, 10", or a range such as "2..600", "2..600:8:log".

    BadSetting for a setting that none of the families has, and for values outside its bounds.
    """
    owners = [family for family in families if name in {s.name for s in settings_of(MODELS[family].config)}]
    if not owners:
        raise BadSetting(f"None of {', '.join(families)} has a setting {name!r}. Choose another one to vary.")
    config = MODELS[owners[0]].config
    kind = next(s.type for s in settings_of(config) if s.name == name)
    if isinstance(values, Axis):
        axis = values
    elif isinstance(values, str) and ".." in values:
        axis = _range(name, values, config, kind)
    else:
        texts = [part for part in re.split(r"[,\s]+", values) if part] if isinstance(values, str) else values
        axis = Axis(
            tuple(dict.fromkeys(parse(config, {name: part})[name] if isinstance(part, str) else part for part in texts))
        )
    ends = axis.values or (axis.low, axis.high)
    if ends == (None, None):
        raise BadSetting(f"There are no values for {name!r}. Type some, as in: 5, 10, 20 or 5..50.")
    if AUTO in ends:
        raise BadSetting(f"“auto” is one number, so {name!r} cannot vary with it. Type numbers, as in: 5, 10, 20.")
    for family, value in itertools.product(owners, ends):
        from_dict(MODELS[family].config, {name: value})
    return axis


def _range(name: str, text: str, config, kind: type) -> Axis:
    """The axis of "low..high", with ":8" for the values a grid takes and ":log" for equal factors."""
    found = re.fullmatch(r"\s*([^\s.]\S*?)\s*\.\.\s*([^\s:]+)((?:[\s:]+\w+)*)\s*", text)
    if not found or kind not in (int, float):
        raise BadSetting(
            f"{text!r} is no range for {name!r}. A range of numbers is typed as 2..600, 2..600:8 or 2..600:8:log."
        )
    low, high = (parse(config, {name: end})[name] for end in found.group(1, 2))
    words = re.split(r"[\s:]+", found.group(3).strip(" :")) if found.group(3).strip(" :") else []
    steps = [int(word) for word in words if word.isdigit()]
    if any(word != "log" and not word.isdigit() for word in words):
        raise BadSetting(
            f"{text!r} ends in something that is neither a number of steps nor “log”. Type for example 2..600:8:log."
        )
    if not low < high or "log" in words and low <= 0:
        raise BadSetting(
            f"The range {text!r} of {name!r} is empty or cannot be logarithmic. Give a low end below the high end"
            f"{', both above 0' if 'log' in words else ''}."
        )
    return Axis((), low, high, "log" in words, steps[0] if steps else 5)


def checked(spec: SweepSpec) -> SweepSpec:
    """The same sweep if it can be run; BadSetting, with what to change, otherwise."""
    if not spec.families or any(family not in MODELS for family in spec.families):
        raise BadSetting(
            f"A sweep needs model families out of {', '.join(MODELS)}; got {', '.join(spec.families) or 'none'}."
        )
    spec = replace(spec, vary={name: axis_of(name, axis, spec.families) for name, axis in spec.vary.items()})
    if spec.strategy not in STRATEGIES:
        raise BadSetting(f"There is no strategy {spec.strategy!r}. Choose one of {', '.join(STRATEGIES)}.")
    owned = sorted(owned_settings(spec.families) & spec.vary.keys())
    if owned:
        raise BadSetting(
            f"{owned[0]!r} cannot vary: every trial runs on one thread, so that trials run side by side and compare."
        )
    _check_objective(spec)
    if not 1 <= spec.seeds <= 20 or not 1 <= spec.n_points <= 1000 or not 0 < spec.budget <= 10_000:
        raise BadSetting(
            f"A sweep takes 1 to 20 seeds, 1 to 1,000 points and up to 10,000 minutes; got {spec.seeds} seeds, "
            f"{spec.n_points} points and {spec.budget:g} minutes."
        )
    if not 0 <= spec.seed < 2**31 - spec.seeds:
        raise BadSetting(f"The seed must lie between 0 and 2,147,483,000; got {spec.seed}.")
    if spec.most_trials > MOST_TRIALS:
        raise BadSetting(
            f"This makes {spec.most_trials:,} trials; at most {MOST_TRIALS:,} are allowed. Vary fewer values or use a "
            "random sweep."
        )
    for family in spec.families:
        if not spec.axes(family) and len(spec.families) == 1 and spec.purpose != "seeds":
            raise BadSetting(
                f"Nothing varies for {MODELS[family].title}. Choose a setting to vary, or train a single run."
            )
        spec.config(family, {})
    return spec


def _check_objective(spec: SweepSpec) -> None:
    for name in spec.benchmarks:
        if name not in BENCHMARKS and not Path(name).is_file():
            raise BadSetting(
                f"There is no benchmark {name!r}. Choose {VALIDATION}, {', '.join(BENCHMARKS)}, or a file."
            )
    if spec.objective != VALIDATION or spec.purpose == "seeds":
        return
    changed = loss_changing(spec.families, spec.vary)
    what = "model families" if len(spec.families) > 1 else f"values of {changed[0]!r}" if changed else ""
    if what:
        raise BadSetting(
            f"The held-out loss cannot compare {what}: each asks the model for other predictions, so a lower loss is "
            "no "
            "better model. Choose a benchmark to judge by."
        )
    if spec.unjudged:
        family = MODELS[spec.unjudged[0]]
        with_these = " with these settings" if family.judged_by else ""
        raise BadSetting(
            f"The held-out loss of {family.title} does not follow the quality of its vectors{with_these}, so a sweep "
            "cannot judge by it. Choose a benchmark to judge by."
        )

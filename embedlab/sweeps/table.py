"""A sweep as it stands: its points, their trials and what they measured, read from the catalog alone."""

import json
import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from embedlab.core.errors import BadInput
from embedlab.core.settings import settings_of
from embedlab.data.interactions.splits import SPLITS
from embedlab.evaluation import BENCHMARKS
from embedlab.models import family_of
from embedlab.store import catalog as tables
from embedlab.store.catalog import ENDED, now
from embedlab.store.trash import Deleted, noted
from embedlab.store.workspace import Workspace, checked_name
from embedlab.sweeps.spec import VALIDATION, SweepSpec, checked, suited
from embedlab.sweeps.spread import Spread, spread_of
from embedlab.sweeps.suggest import Tried

KINDS_FILE = "kinds.json"  # in the folder of a run: what kind of neighbours it has, {measure: [share, words asked]}
PARTS = ("Semantic", "Syntactic")  # halves of the Google analogies, kept as measures of their own


@dataclass(frozen=True)
class Trial:
    """One training of a sweep: a run with its seed, how it stands and what it measured.

    measures: "validation", "loss", "seconds", a benchmark's name, "google-analogies/Semantic"; n: the items used, of
    how many, for the benchmarks among them. curve: by epoch the held-out measure that its family is judged by;
    "validation" is the end of it.
    """

    run: str
    point: int
    seed: int
    family: str
    config: Mapping
    status: str
    message: str = ""
    measures: Mapping[str, float] = field(default_factory=dict)
    n: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    curve: Mapping[int, float] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        return self.status in ENDED


@dataclass(frozen=True)
class Estimate:
    """The mean over n seeds with its 95 % interval, from the spread of seeds pooled over all points of the sweep.

    low and high are None where the seeds are too few to say.
    """

    mean: float
    low: float | None
    high: float | None
    n: int
    spread: Spread | None = field(default=None, compare=False, repr=False)

    def apart_from(self, other: "Estimate") -> bool:
        """Whether the two differ by more than chance makes anywhere in the sweep; never without a spread."""
        return self.spread is not None and self.spread.apart((self.mean, self.n), (other.mean, other.n))

    def __str__(self) -> str:
        return f"{self.mean:.3f}" if self.low is None else f"{self.mean:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True)
class Point:
    """One choice of settings with its trials, one a seed in the order of seeds.

    settings: those that vary. spreads: measure -> its spread over all points, given by the board.
    """

    number: int
    family: str
    settings: Mapping
    trials: tuple[Trial, ...]
    spreads: Mapping[str, Spread | None] = field(default_factory=dict, compare=False, repr=False)

    @property
    def label(self) -> str:
        """The settings that vary, in a few words."""
        known = {s.name: s.label.lower() for s in settings_of(family_of(self.family).config)}
        texts = [f"{known.get(name, name)}{_said(value)}" for name, value in self.settings.items()]
        return ", ".join(texts) or family_of(self.family).title

    @property
    def pruned(self) -> bool:
        return any(trial.status == "pruned" for trial in self.trials)

    def values(self, name: str) -> list[float]:
        """A measure of each seed that has it."""
        done = (trial.measures for trial in self.trials if trial.status == "done")
        return [float(measures[name]) for measures in done if name in measures]

    def measure(self, name: str) -> Estimate | None:
        """A measure over the seeds that have it."""
        values = self.values(name)
        if not values:
            return None
        mean, spread = math.fsum(values) / len(values), self.spreads.get(name)
        if spread is None:
            return Estimate(mean, None, None, len(values))
        return Estimate(mean, *spread.interval(mean, len(values)), len(values), spread)

    def n(self, name: str) -> tuple[int, int] | None:
        """The items a benchmark could use, of how many."""
        return next((trial.n[name] for trial in self.trials if name in trial.n), None)

    def get(self, name: str):
        """The value of a setting that varies, or of "model"; None where the family lacks it."""
        return self.family if name == "model" else self.settings.get(name)


def _said(value) -> str:
    """A value behind the name of its setting: " 0.75", ": yes"."""
    if isinstance(value, bool):
        return ": yes" if value else ": no"
    return f" {value:g}" if isinstance(value, float) else f" {value}"


@dataclass(frozen=True)
class Board:
    """A sweep with its points, in the order in which they were begun."""

    id: str
    name: str
    spec: SweepSpec
    points: tuple[Point, ...]

    def __post_init__(self):
        points = [point for point in self.points if not point.pruned]
        names = {name for trial in self.trials for name in trial.measures}
        spreads = {name: spread_of(name, [point.values(name) for point in points]) for name in names}
        object.__setattr__(self, "points", tuple(replace(point, spreads=spreads) for point in self.points))

    @property
    def trials(self) -> list[Trial]:
        return [trial for point in self.points for trial in point.trials]

    @property
    def objective(self) -> str:
        return self.spec.objective

    @cached_property
    def ranked(self) -> list[Point]:
        """The points that have a value and were not pruned, the best first."""
        found = [point for point in self.points if not point.pruned and point.measure(self.objective) is not None]
        return sorted(found, key=lambda point: self._rank(point.measure(self.objective).mean))

    def _rank(self, value: float) -> float:
        return -value if self.spec.larger_is_better else value

    @property
    def best(self) -> Point | None:
        """The best point so far; of those with the most seeds, so that one lucky seed does not win."""
        most = max((point.measure(self.objective).n for point in self.ranked), default=0)
        return next((point for point in self.ranked if point.measure(self.objective).n == most), None)

    @property
    def ties(self) -> list[Point]:
        """The other points that the seeds cannot tell from the best one."""
        return self.not_apart(self.best, self.objective)

    def not_apart(self, best: Point | None, measure: str) -> list[Point]:
        """The other points, in their order, that cannot be told from one of them by a measure."""
        if best is None:
            return []
        top = best.measure(measure)
        others = [point for point in self.ranked if point is not best and point.measure(measure) is not None]
        return [point for point in others if not point.measure(measure).apart_from(top)]

    @property
    def names(self) -> list[str]:
        """What varies: settings that took more than one value, and "model" where there are several."""
        names = (["model"] if len(self.spec.families) > 1 else []) + list(self.spec.vary)
        return [name for name in names if len({point.get(name) for point in self.points}) > 1] or names[:1]

    def title(self, name: str) -> str:
        """What varies, as people call it."""
        for family in self.spec.families:
            if name in self.spec.known(family):
                return self.spec.known(family)[name].label
        return "Model" if name == "model" else name

    @property
    def measures(self) -> list[str]:
        """Every measure that any trial has, the objective first."""
        found = dict.fromkeys([self.objective])
        for trial in self.trials:
            found |= dict.fromkeys(name for name in trial.measures if name != "loss")
        return [name for name in found if any(name in trial.measures for trial in self.trials)]

    def past(self) -> list[Tried]:
        """The points as a sampler takes them: a value once every seed has ended."""
        found = []
        for point in self.points:
            ended = len(point.trials) == self.spec.seeds and all(trial.ended for trial in point.trials)
            value = point.measure(self.objective)
            failed = point.pruned or ended and value is None
            found.append(
                Tried(
                    point.family,
                    point.settings,
                    value.mean if ended and value is not None and not failed else None,
                    failed,
                    point.trials[0].curve if point.trials else {},
                )
            )
        return found


def title_of(measure: str) -> str:
    """A measure as people call it."""
    name, _, part = measure.partition("/")
    if name in BENCHMARKS and BENCHMARKS[name].of_items:
        return f"{BENCHMARKS[name].metric.capitalize()}, {SPLITS[BENCHMARKS[name].split].title.lower()}"
    if name in BENCHMARKS:
        return BENCHMARKS[name].title + (f", {part.lower()}" if part else "")
    return {
        "same-class": "Share of same-class neighbours",
        "same-documents": "Share of same-document neighbours",
        VALIDATION: "Held-out loss",
        "seconds": "Training, seconds",
        "loss": "Training loss",
    }.get(name, name.rsplit("/", 1)[-1])


# In the catalog


def new_sweep(workspace: Workspace, spec: SweepSpec, *, name: str) -> str:
    """The id of a new sweep, listed but not begun; BadSetting for one that cannot be run."""
    data = workspace.data_set(spec.corpus_id)
    spec, id = suited(checked(spec), data).with_numbers(data), uuid.uuid4().hex[:12]
    workspace.catalog.insert(
        tables.sweeps, id=id, name=checked_name(name), corpus_id=spec.corpus_id, spec=spec.to_dict(), created=now()
    )
    return id


def list_sweeps(workspace: Workspace, **equal) -> list[dict]:
    """Every sweep, newest first: rows (id, name, corpus_id, spec, created)."""
    return workspace.catalog.rows(tables.sweeps, **equal)


def find_sweep(workspace: Workspace, key: str) -> dict:
    """The sweep with this id, beginning of an id, or name; NotFound otherwise."""
    return workspace.catalog.find(tables.sweeps, key, "sweep")


def delete_sweep(workspace: Workspace, id: str) -> Deleted:
    """Remove a sweep with all of its trials, for good after a day: see `Workspace.restore`. BadInput while at work."""
    row = find_sweep(workspace, id)
    own = workspace.catalog.rows(tables.jobs, id=row["id"])
    if any(job["status"] in ("queued", "running") for job in own):
        raise BadInput(f"The sweep {row['name']!r} is at work. Cancel it first, then delete it.")
    what = noted("sweep", row["id"], row["name"])
    return workspace.delete_runs(workspace.runs(sweep=row["id"]), what, {"jobs": own, "sweeps": [row]})


def read_board(workspace: Workspace, id: str, *, known: dict[str, Trial] | None = None) -> Board:
    """The sweep as it stands. known: trials that have ended, by run, which are not read again; it is added to."""
    row = find_sweep(workspace, id)
    spec, known = SweepSpec.from_dict(row["spec"]), {} if known is None else known
    runs = workspace.catalog.rows(tables.runs, newest_first=False, sweep=row["id"])
    jobs = (
        {job["id"]: job for job in workspace.catalog.rows(tables.jobs, id=[run["id"] for run in runs])} if runs else {}
    )
    fresh = [run["id"] for run in runs if run["id"] not in known]
    scores: dict[str, list] = {}
    for score in workspace.scores(run_id=fresh) if fresh else []:
        scores.setdefault(score["run_id"], []).append(score["result"])
    trials = []
    for run in runs:
        job = jobs.get(run["id"], {"status": "interrupted", "message": ""})
        trial = known.get(run["id"])
        if trial is None or trial.status != job["status"]:
            trial = _trial(workspace, run, job, scores.get(run["id"], []))
        if trial.status in ("done", "failed", "pruned"):
            known[run["id"]] = trial
        trials.append(trial)
    return Board(row["id"], row["name"], spec, _points(spec, trials))


def _points(spec: SweepSpec, trials: list[Trial]) -> tuple[Point, ...]:
    grouped: dict[int, list[Trial]] = {}
    for trial in trials:
        grouped.setdefault(trial.point, []).append(trial)
    points = []
    for number, group in sorted(grouped.items()):
        family = group[0].family
        settings = {name: group[0].config[name] for name in spec.axes(family)}
        points.append(Point(number, family, settings, tuple(sorted(group, key=lambda trial: trial.seed))))
    return tuple(points)


def _trial(workspace: Workspace, run: Mapping, job: Mapping, scores: list[dict]) -> Trial:
    summary = run["summary"] or {}
    measures, n, curve = {}, {}, curve_of(workspace, run["id"], family_of(run["model"]).judges(run["config"]))
    if job["status"] == "done":
        measures["seconds"] = float(summary.get("seconds", 0.0))
        if curve:
            measures[VALIDATION] = float(curve[max(curve)])
        if summary.get("loss"):
            measures["loss"] = float(summary["loss"][-1])
    for result in scores:
        if result["score"] is not None:
            measures[result["benchmark"]] = result["score"]
            n[result["benchmark"]] = (result["n_used"], result["n_total"])
        for part in result.get("parts", []):
            if part["name"] in PARTS and part["score"] is not None:
                key = f"{result['benchmark']}/{part['name']}"
                measures[key], n[key] = part["score"], (part["n_used"], part["n_total"])
    for name, (share, asked) in _kinds(workspace, run["id"]).items():
        measures[name], n[name] = share, (asked, asked)
    measures = {name: value for name, value in measures.items() if math.isfinite(value)}
    return Trial(
        run["id"],
        run["point"],
        run["seed"],
        run["model"],
        run["config"],
        job["status"],
        job["message"],
        measures,
        n,
        curve,
    )


def _kinds(workspace: Workspace, run_id: str) -> dict:
    path = workspace.run_folder(run_id) / KINDS_FILE
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def curve_of(workspace: Workspace, run_id: str, metric: str) -> dict[int, float]:
    """A metric of a run by epoch, as far as it has come; {} where its history lacks it."""
    path = workspace.run_folder(run_id) / "history.jsonl"
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.endswith("}")]
    except OSError:
        return {}
    return {int(line["epoch"]): line[metric] for line in lines if line.get("epoch") and metric in line}

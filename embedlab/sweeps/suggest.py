"""What Optuna answers: the next point, whether a trial is worth going on with, and which setting mattered.

The catalog is the only record of a sweep. A study is made of it in memory whenever a question is asked, and seeded by
the number of the point, so that the same past gives the same next point in any process and after any crash.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from embedlab.core.extras import needs
from embedlab.core.settings import Setting
from embedlab.sweeps.spec import Axis, SweepSpec

FIRST_RANDOM = 8  # points before TPE has something to go by
ATTEMPTS = 60  # to find a point that has not been tried
MODEL = "model"
NEEDED_BY = "A sweep that searches, stops trials early or says which setting mattered"


@dataclass(frozen=True)
class Tried:
    """A point of the past. value: its mean, None while it is not known; failed: it was pruned or has no value."""

    family: str
    settings: Mapping
    value: float | None = None
    failed: bool = False
    curve: Mapping[int, float] = field(default_factory=dict)


def next_point(spec: SweepSpec, past: Sequence[Tried]) -> tuple[str, dict] | None:
    """(family, settings that vary) of the point after `past`; None when there is none that has not been tried."""
    number = len(past)
    if number >= spec.most_points:
        return None
    if spec.strategy == "grid":
        return spec.grid()[number]
    seen = {_key(tried.family, tried.settings) for tried in past}
    for attempt in range(ATTEMPTS):
        family, settings = _asked(spec, past, attempt)
        if _key(family, settings) not in seen:
            return family, settings
    return next(
        (point for point in spec.space or () if _key(*point) not in seen), None
    )  # a small space, nearly used up


def _key(family: str, settings: Mapping) -> tuple:
    return family, tuple(sorted(settings.items()))


def _asked(spec: SweepSpec, past: Sequence[Tried], attempt: int) -> tuple[str, dict]:
    """What the sampler says; later attempts are drawn at random, for TPE alone may insist on a point it knows."""
    needs("sweeps", NEEDED_BY)
    import optuna

    seed = int(np.random.SeedSequence([spec.seed, len(past), attempt]).generate_state(1)[0])
    if spec.strategy == "tpe" and attempt < ATTEMPTS // 2:
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=FIRST_RANDOM, constant_liar=True)
    else:
        sampler = optuna.samplers.RandomSampler(seed=seed)
    trial = study_of(spec, past, sampler).ask()
    family = trial.suggest_categorical(MODEL, list(spec.families)) if len(spec.families) > 1 else spec.families[0]
    known = spec.known(family)
    settings = {}
    for name, axis in spec.axes(family).items():
        settings[name] = _value(trial, name, known[name], axis)
    return family, settings


def _value(trial, name: str, setting: Setting, axis: Axis):
    """One value of a setting; numbers between two ends come with six digits, as people write them."""
    if axis.values:
        return trial.suggest_categorical(name, axis.values)
    if setting.type is int:
        return trial.suggest_int(name, axis.low, axis.high, log=axis.log)
    return float(f"{trial.suggest_float(name, axis.low, axis.high, log=axis.log):.6g}")


def _distribution(setting: Setting, axis: Axis):
    from optuna import distributions

    if axis.values:
        return distributions.CategoricalDistribution(axis.values)
    kind = distributions.IntDistribution if setting.type is int else distributions.FloatDistribution
    return kind(axis.low, axis.high, log=axis.log)


def study_of(spec: SweepSpec, past: Sequence[Tried], sampler=None):
    """An Optuna study in memory of the points tried so far; those still in training count as running."""
    import optuna

    optuna.logging.set_verbosity(logging.WARNING)
    study = optuna.create_study(direction="maximize" if spec.larger_is_better else "minimize", sampler=sampler)
    for tried in past:
        study.add_trial(_frozen(spec, tried))
    return study


def _frozen(spec: SweepSpec, tried: Tried):
    from optuna import distributions
    from optuna.trial import TrialState, create_trial

    known, axes = spec.known(tried.family), spec.axes(tried.family)
    params = {name: tried.settings[name] for name in axes}
    spaces = {name: _distribution(known[name], axis) for name, axis in axes.items()}
    if len(spec.families) > 1:
        params[MODEL], spaces[MODEL] = tried.family, distributions.CategoricalDistribution(list(spec.families))
    # A point that failed or was pruned is bad news, which a sampler should learn from; Optuna passes over failed ones.
    state = TrialState.PRUNED if tried.failed else TrialState.RUNNING if tried.value is None else TrialState.COMPLETE
    return create_trial(
        state=state,
        params=params,
        distributions=spaces,
        intermediate_values=dict(tried.curve),
        value=tried.value if state is TrialState.COMPLETE else None,
    )


def unpromising(
    curve: Mapping[int, float], others: Sequence[Mapping[int, float]], epochs: int, *, least: int = 4
) -> float | None:
    """The median of `others` at the last epoch of `curve` when its best value so far lies above it; else None.

    curve, others: held-out loss by epoch, of trials that ended and whose losses compare. The first half of the epochs
    decides nothing, nor do fewer than `least` others (the median rule of Optuna's MedianPruner).
    """
    needs("sweeps", NEEDED_BY)
    import optuna
    from optuna.trial import TrialState, create_trial

    if not curve or len(others) < least:
        return None
    last = max(curve)
    optuna.logging.set_verbosity(logging.WARNING)
    study = optuna.create_study(direction="minimize")
    for other in others:
        study.add_trial(create_trial(value=other[max(other)], intermediate_values=dict(other)))
    pruner = optuna.pruners.MedianPruner(
        n_startup_trials=least, n_warmup_steps=max(2, -(-epochs // 2)), n_min_trials=least
    )
    trial = create_trial(state=TrialState.RUNNING, intermediate_values=dict(curve))
    return float(np.median([other[last] for other in others if last in other])) if pruner.prune(study, trial) else None


def importance(spec: SweepSpec, past: Sequence[Tried], *, least: int = 4) -> dict[str, float]:
    """The share of the differences between points that each setting explains (fANOVA, Hutter et al. 2014), largest
    first.

    {} with fewer than `least` points, with fewer than two settings, or when all points are equal.
    """
    needs("sweeps", NEEDED_BY)
    import optuna

    done = [tried for tried in past if tried.value is not None and not tried.failed]
    names = {*spec.vary, *([MODEL] if len(spec.families) > 1 else [])}
    if len(done) < least or len(names) < 2 or len({tried.value for tried in done}) < 2:
        return {}
    found = optuna.importance.get_param_importances(
        study_of(spec, done), evaluator=optuna.importance.FanovaImportanceEvaluator(seed=1)
    )
    return dict(sorted(((name, float(share)) for name, share in found.items()), key=lambda item: -item[1]))

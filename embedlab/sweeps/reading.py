"""What the numbers of a sweep say, in sentences: no more than the intervals of the seeds allow."""

from collections.abc import Sequence

from embedlab.models import MODELS
from embedlab.sweeps.presets import TEXT_SETTINGS
from embedlab.sweeps.spec import VALIDATION
from embedlab.sweeps.table import Board, Estimate, Point, title_of

FEW = 30  # items under which a benchmark says little
LOWER = (VALIDATION, "loss", "seconds")


def read(board: Board) -> list[str]:
    """The reading of a sweep: that of its lesson, or of any sweep."""
    found = {"size": read_size, "window": read_window, "items": read_items}.get(board.spec.purpose, read_any)(board)
    if found:
        return [*_cut_short(board), *found, how_sure(board)]
    if any(trial.status == "done" for trial in board.trials):
        return [_without_values(board)]
    return ["No run has a value yet."]


def _cut_short(board: Board) -> list[str]:
    """That a sweep ended before all of its runs were trained; nothing for one that came to its end."""
    done = sum(trial.status in ("done", "failed", "pruned") for trial in board.trials)
    pruned = sum(board.spec.seeds - len(point.trials) for point in board.points if point.pruned)
    if done + pruned >= board.spec.most_trials:
        return []
    return [
        f"The sweep ended after {done} of {board.spec.most_trials} trainings, so some settings have fewer seeds or "
        "none. Resume it for the others."
    ]


def _without_values(board: Board) -> str:
    """Why no trial has a value for the objective, and what to do."""
    if board.objective != VALIDATION:
        why = "None of its items could be used. Train on more text, or judge by another benchmark."
    elif board.spec.unjudged:
        family = MODELS[board.spec.unjudged[0]].title
        why = f"That of {family} does not follow the quality of its vectors. Judge by a benchmark."
    else:
        why = "This text is too short to hold sentences out. Raise the held-out share, or judge by a benchmark."
    return f"No run has a value for {name_of(board.objective)}. {why}"


def read_any(board: Board) -> list[str]:
    """Which point is best, which cannot be told from it, and what was left out."""
    best = board.best
    if best is None:
        return []
    top = best.measure(board.objective)
    said = [f"Best {name_of(board.objective)} so far: {top} with {best.label}."]
    if top.low is None:
        said.append(
            _one_seed(board)
            if top.n == 1
            else "Two seeds of a single setting say too little about chance for an interval. Use three seeds or more."
        )
    elif ties := board.ties:
        cheaper = min(ties, key=seconds_of)
        said.append(f"{_counted(ties)} cannot be told from it: {_some(ties)}.")
        if seconds_of(cheaper) < 0.8 * seconds_of(best):
            said.append(
                f"Of these, {cheaper.label} trains in {seconds_of(cheaper):.1f} s instead of {seconds_of(best):.1f} s."
            )
    else:
        said.append("Every other setting is told apart from it.")
    said += [sentence for measure in board.spec.also if (sentence := _also(board, measure))]
    pruned = sum(point.pruned for point in board.points)
    if pruned:
        said.append(
            f"{pruned} setting{'s were' if pruned > 1 else ' was'} stopped early: "
            "half of the others had a lower held-out loss at the same epoch."
        )
    return said


def _one_seed(board: Board) -> str:
    """What cannot be said while the best setting has one training, and what to do."""
    if board.spec.seeds > 1:
        return f"Only one of its {board.spec.seeds} seeds has been trained, so a difference may be chance."
    return "With one seed per setting, nothing says how much of a difference is chance. Use three seeds or more."


def _also(board: Board, measure: str) -> str:
    """What a benchmark scored beside the objective says of the points; "" without values."""
    found = [(point, point.measure(measure)) for point in board.ranked if point.measure(measure) is not None]
    if measure == board.objective or not found:
        return ""
    point, top = best_of(found, measure)
    n = point.n(measure)
    if n and n[0] < FEW:
        return f"By {name_of(measure)} nothing can be said: {n[0]:,} of {n[1]:,} items are too few."
    said = f"By {name_of(measure)} the best is {top} with {point.label}"
    if top.low is None:
        return f"{said}; the differences may be chance."
    ties = board.not_apart(point, measure)
    if point is board.best:
        said += ", the same setting"
    elif board.best in ties:
        said += ", which cannot be told from the best by the objective"
    else:
        said += ", and the best by the objective is behind it"
    return f"{said}; {_counted(ties).lower()} cannot be told from it." if ties else f"{said}."


def _counted(points: Sequence[Point]) -> str:
    return f"{len(points)} other setting{'s' if len(points) > 1 else ''}"


def _some(points: Sequence[Point]) -> str:
    """The first few points by their settings."""
    more = f" and {len(points) - 4} more" if len(points) > 4 else ""
    return "; ".join(point.label for point in points[:4]) + more


def read_size(board: Board) -> list[str]:
    """What the number of dimensions does to the held-out loss and to each benchmark."""
    said = axis_sentences(board, "dim", VALIDATION, "dimensions")
    if said and board.best.measure(VALIDATION).low is not None:
        said += [sentence for sentence in (_too_small(board), _too_large(board)) if sentence]
    for measure in board.measures:
        if measure not in LOWER and "/" not in measure:
            said += axis_sentences(board, "dim", measure, "dimensions")
    return said


def _curve(board: Board, name: str, measure: str) -> list[tuple[Point, Estimate]]:
    """The points that have a measure, by the value of a setting."""
    found = [
        (point, point.measure(measure))
        for point in board.points
        if not point.pruned and point.measure(measure) is not None
    ]
    return sorted(found, key=lambda pair: pair[0].get(name))


def best_of(curve: Sequence[tuple[Point, Estimate]], measure: str) -> tuple[Point, Estimate]:
    """The point with the lowest loss or the highest score."""
    return (min if measure in LOWER else max)(curve, key=lambda pair: pair[1].mean)


def axis_sentences(board: Board, name: str, measure: str, unit: str) -> list[str]:
    """Where along a setting a measure is best, and from which values that cannot be told apart."""
    curve = _curve(board, name, measure)
    if len(curve) < 2:
        return []
    point, top = best_of(curve, measure)
    tied = [other.get(name) for other, value in curve if other is not point and not value.apart_from(top)]
    n = point.n(measure)
    kinds = measure.startswith("same-")
    head = title_of(measure) + (
        f" ({n[0]:,} words asked)" if n and kinds else f" ({n[0]:,} of {n[1]:,} items used)" if n else ""
    )
    if n and n[0] < FEW:
        return [f"{head}: too few items to say anything about {unit}. A larger corpus answers more of them."]
    unit = unit.replace("words", "word").removesuffix("s") if point.get(name) == 1 else unit
    said = f"{head} is {'highest' if kinds else 'best'} at {point.get(name):g} {unit}, {top}"
    if top.low is None:
        return [f"{said}; with one training each, the differences may be chance."]
    if len(tied) == len(curve) - 1:
        return [f"{said}, but no other value can be told from it: this sweep does not tell the values apart."]
    rest = f"; {_listed(tied)} cannot be told from it" if tied else "; every other value is told apart from it"
    return [said + rest + "."]


def _listed(values: Sequence) -> str:
    texts = [f"{value:g}" for value in values]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _too_small(board: Board) -> str:
    curve = _curve(board, "dim", VALIDATION)
    (small, value), (best, top) = curve[0], best_of(curve, VALIDATION)
    if small is best:
        return "The smallest size is already the best by this loss: the corpus has no more for longer vectors to hold."
    if not value.apart_from(top):
        return f"{small.get('dim'):g} dimensions cannot be told from the best, so nothing shows that they are too few."
    return (
        f"Too small loses information: at {small.get('dim'):g} dimensions the held-out loss is {value}, "
        f"{value.mean / top.mean - 1:.1%} above the best, more than chance makes."
    )


def _too_large(board: Board) -> str:
    """Overfitting is said only where the training loss went on falling while the held-out loss rose."""
    curve = _curve(board, "dim", VALIDATION)
    (large, value), (best, top) = curve[-1], best_of(curve, VALIDATION)
    if large is best:
        return f"No size here is too large: {large.get('dim'):g}, the largest, has the lowest held-out loss."
    if not value.apart_from(top):
        return (
            f"At {large.get('dim'):g} dimensions the loss cannot be told from the best. "
            "Too large costs time here, not quality."
        )
    learned, learned_best = large.measure("loss"), best.measure("loss")
    above = value.mean / top.mean - 1
    rise = f"at {large.get('dim'):g} dimensions the held-out loss is {value}, {above:.1%} above the best"
    if learned.mean < learned_best.mean and learned.apart_from(learned_best):
        return (
            f"Too large overfits: {rise}, while the training loss is lower "
            f"({learned.mean:.3f} against {learned_best.mean:.3f}). The added dimensions memorise the training text."
        )
    if learned.mean > learned_best.mean:
        return (
            f"Too large learns too slowly here: {rise}, and the training loss is higher too. "
            "That is not overfitting. More epochs may help."
        )
    return f"Too large does worse: {rise}. The training losses are too close to say whether it overfits."


def read_window(board: Board) -> list[str]:
    """What the context window does to grammar and topic."""
    pairs = [
        ("same-class", "same-documents"),
        ("google-analogies/Syntactic", "google-analogies/Semantic"),
        ("simlex999", "wordsim353"),
    ]
    said = []
    for small, large in pairs:
        for measure in (small, large):
            said += axis_sentences(board, "window", measure, "words on either side")
        said += [sentence for sentence in (_shift(board, small, large),) if sentence]
    return (
        said + ["Every window trained on about as many pairs of words: narrow ones went over the text more often."]
        if said
        else []
    )


def read_items(board: Board) -> list[str]:
    """How far settings of text are behind the best ones for items, and what each setting does beside the others."""
    best, measure = board.best, board.objective
    if best is None:
        return []
    top, n = best.measure(measure), best.n(measure)
    asked = f" ({n[0]:,} people asked)" if n else ""
    said = [f"Best {name_of(measure)} so far{asked}: {top} with {best.label}."]
    usual = next((point for point in board.ranked if dict(point.settings) == dict(TEXT_SETTINGS)), None)
    if usual is not None and usual is not best:
        value = usual.measure(measure)
        said.append(
            f"With the settings of text ({usual.label}) it is {value}: {value.mean / top.mean:.0%} of the best."
        )
    effects = [effect for name in board.spec.vary if (effect := _effect(board, name))]
    said += effects
    if any("in other company" in effect for effect in effects):
        said.append("So one setting cannot be chosen without the others: try them together.")
    return said


def _effect(board: Board, name: str) -> str:
    """What changing one setting does to the objective in each company of the other settings, from its first value to
    its last."""
    values = board.spec.vary[name].values
    pairs = [
        (low.measure(board.objective), high.measure(board.objective))
        for low in board.ranked
        for high in board.ranked
        if low.get(name) == values[0]
        and high.get(name) == values[-1]
        and all(low.get(other) == high.get(other) for other in board.spec.vary if other != name)
    ]
    if not pairs:
        return ""
    gains = [high.mean - low.mean for low, high in pairs]
    better = sum(gain > 0 for gain in gains)
    mark = ":" if isinstance(values[0], bool) else ""
    step = f"{board.title(name)}{mark} {_valued(values[-1])} instead of {_valued(values[0])}"
    if better in (0, len(pairs)):
        how = "better" if better else "worse"
        return f"{step} is {how} in all {len(pairs)} comparisons, from {min(gains):+.3f} to {max(gains):+.3f}."
    return (
        f"{step} is better in {better} of {len(pairs)} comparisons and worse in other company, from {min(gains):+.3f} "
        f"to {max(gains):+.3f}."
    )


def _valued(value) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else f"{value:g}"


def _shift(board: Board, small: str, large: str) -> str:
    """How the narrowest and the widest window differ in two measures, one expected to like each."""
    curves = [_curve(board, "window", measure) for measure in (small, large)]
    if any(len(curve) < 2 for curve in curves):
        return ""
    if any(curve[0][0].n(measure)[0] < FEW for curve, measure in zip(curves, (small, large), strict=True)):
        return ""
    ends = [(curve[0][1], curve[-1][1]) for curve in curves]
    hows = [
        "stays" if not first.apart_from(last) else "rises" if last.mean > first.mean else "falls"
        for first, last in ends
    ]
    told = [
        f"{name_of(measure)} {'cannot be told apart' if how == 'stays' else how} ({first.mean:.3f} and {last.mean:.3f})"
        for measure, how, (first, last) in zip((small, large), hows, ends, strict=True)
    ]
    narrow, wide = (curves[0][at][0].get("window") for at in (0, -1))
    text = f"Between windows of {narrow} and {wide}, {told[0]} and {told[1]}"
    if hows != ["stays", "stays"] and hows[0] != "rises" and hows[1] != "falls":
        return (
            f"{text}. As expected, narrow windows favour words that can replace each other, "
            "wide ones words on the same topic."
        )
    return f"{text}: the expected exchange, grammar and similarity for topic, does not show in these numbers."


def how_sure(board: Board) -> str:
    """What the intervals are made of, and what they leave out."""
    seeds = max((sum(trial.status == "done" for trial in point.trials) for point in board.points), default=0)
    if seeds < 2:
        return "Each setting is one training, so there are no intervals: differences may be chance."
    spread = board.best.measure(board.objective).spread if board.best else None
    if spread is None:
        return "Two seeds of a single setting are too few for an interval. Use three seeds or more."
    fewer = sum(point.measure(board.objective).n < seeds for point in board.ranked)
    said = f"Each setting is the mean of {seeds} trainings" + (f", {fewer} of them of fewer. " if fewer else ". ")
    if seeds == 2:
        said += "Two seeds say too little for an interval of their own. "
    return said + (
        "Brackets and bars are 95 % intervals (Student's t) from the spread of seeds pooled over all settings, with "
        f"{spread.freedom} degrees of freedom. Settings are told apart only beyond the largest difference that chance "
        f"makes in 95 % of sweeps of {spread.points} equal settings (Tukey and Kramer). The choice of a benchmark's "
        "items is not part of these intervals: it is the same for every setting."
    )


def name_of(measure: str) -> str:
    """A measure inside a sentence."""
    title = title_of(measure)
    return (
        title[0].lower() + title[1:]
        if measure in LOWER
        else f"the {title[0].lower()}{title[1:]}"
        if measure.startswith("same-")
        else title
    )


def seconds_of(point: Point) -> float:
    """Seconds that one seed of a point took, on average."""
    found = point.measure("seconds")
    return found.mean if found else 0.0

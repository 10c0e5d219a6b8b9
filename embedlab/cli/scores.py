"""Scores of a run, and several runs set side by side on one benchmark."""

from typing import Annotated

import typer

from embedlab.cli.plumbing import (
    ENCODING,
    HEADER,
    HOME,
    JSON,
    RUN,
    SEED,
    SEPARATOR,
    app,
    open_lab,
    pair,
    progress,
    show,
    table,
)
from embedlab.cli.recommending import check_split, show_recommendations

BENCHMARK = typer.Option(help="A benchmark's name, or a file, folder or ZIP; may be repeated.")
SET = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        help="How to score, as in --set analogy=mul, --set weighting=sif, --set classes=odd or --set head=tuned.",
    ),
]


@app.command()
def evaluate(
    run: RUN,
    benchmark: Annotated[list[str] | None, BENCHMARK] = None,
    split: Annotated[
        str | None, typer.Option(help="For items: what is held out, time, last or random; by default the run's own.")
    ] = None,
    k: Annotated[int | None, typer.Option("-k", help="For items: how many are recommended to each user.")] = None,
    set: SET = None,
    encoding: ENCODING = None,
    separator: SEPARATOR = None,
    header: HEADER = None,
    seed: SEED = 1,
    home: HOME = None,
    as_json: JSON = False,
):
    """Score a run on benchmarks, each with interval, coverage, random baseline and what is reached without learning."""
    check_split(split)
    options = _options(set, (encoding, separator, header)) | ({} if k is None else {"k": k})
    names = [*(benchmark or []), *([f"items-{split}"] if split else [])] or None
    with progress() as report:
        results = open_lab(home).evaluate(run, names, options=options, seed=seed, report=report)
    if results and all(result.held_out for result in results):
        show_recommendations(results, as_json)
        return
    show([_row(result, as_json) for result in results], as_json)
    if not as_json:
        for result in results:
            for line in _details(result):
                typer.echo(line)


@app.command("scores")
def scores_command(
    run: RUN,
    others: Annotated[list[str] | None, typer.Argument(help="Runs to compare it with.", show_default=False)] = None,
    benchmark: Annotated[str | None, typer.Option(help="A benchmark's name, or a file, folder or ZIP.")] = None,
    vocabulary: Annotated[
        str, typer.Option(help="own: every run with all its words; shared: only words all of them have.")
    ] = "own",
    set: SET = None,
    encoding: ENCODING = None,
    separator: SEPARATOR = None,
    header: HEADER = None,
    seed: SEED = 1,
    home: HOME = None,
    as_json: JSON = False,
):
    """The stored scores of a run; with other runs, their ranking on a benchmark (paired randomisation test)."""
    from embedlab.core.errors import BadInput
    from embedlab.store.scores import claims, stored_results

    lab = open_lab(home)
    chosen = [lab.run(key) for key in (run, *(others or []))]
    if len(chosen) == 1:
        found = stored_results(lab, run_id=chosen[0].id)
        show([_row(result, as_json) for _, result in found if benchmark in (None, result.benchmark)], as_json)
        return
    if benchmark is None:
        raise BadInput("Runs are compared on one benchmark: give it with --benchmark, as in --benchmark simlex999.")
    with progress() as report:
        places = lab.rank(
            chosen,
            benchmark,
            vocabulary=vocabulary,
            options=_options(set, (encoding, separator, header)),
            seed=seed,
            report=report,
        )
    if as_json:
        first = places[0][1].result
        head = {"benchmark": benchmark, "title": first.title, "metric": first.metric, "vocabulary": first.vocabulary}
        lines = [_place(each, place) | {"difference": _difference(place)} for each, place in places]
        show(head | {"seed": seed, "claims": claims(places), "ranking": lines}, True)
        return
    _show_ranking(places, vocabulary)


def _place(each, place) -> dict:
    """One line of a ranking."""
    keys = ("score", "low", "high", "n_used", "n_total", "baseline")
    numbers = {key: getattr(place.result, key) for key in keys}
    return {"run": each.id, "name": each.name} | numbers | {"p": place.p, "verdict": place.verdict}


def _show_ranking(places: list, vocabulary: str) -> None:
    """The ranking as a table, with what it claims in sentences."""
    from embedlab.evaluation.paired import p_text
    from embedlab.jobs.specs import same_but_seed
    from embedlab.store.runs import Run
    from embedlab.store.scores import claims

    best, first = places[0]
    used = "every run with all its own words"
    if vocabulary == "shared":
        used = f"the {first.result.vocabulary['words']:,} words that all of them have"
    typer.echo(f"{first.result.title}, {first.result.metric}; vocabulary: {used}.\n")
    rows = [_place(each, place) for each, place in places]
    table([row | {"p": None if row["p"] is None else p_text(row["p"]).removeprefix("= ")} for row in rows])
    typer.echo("")
    for each, place in places[1:]:
        if place.difference:
            typer.echo(place.difference.sentence(best.name, each.name))
        if isinstance(best, Run) and isinstance(each, Run) and same_but_seed(best, each):
            typer.echo(f"{best.name} and {each.name} differ in nothing but the seed, so their difference is noise.")
    typer.echo(claims(places))


def _options(items: list[str] | None, reading: tuple) -> dict:
    from embedlab.core.settings import from_dict, parse
    from embedlab.data.reading.options import ReadOptions
    from embedlab.evaluation import ScoreOptions

    options = parse(ScoreOptions, dict(pair(item) for item in items or []))
    from_dict(ScoreOptions, options)
    said = ReadOptions(*reading).to_dict()
    return options | ({"reading": said} if said else {})


def _row(result, as_json: bool) -> dict:
    keys = ("benchmark", "metric", "score", "low", "high", "n_used", "n_total", "baseline")
    row = {key: getattr(result, key) for key in keys}
    if as_json:
        more = (
            "title",
            "baseline_low",
            "baseline_high",
            "references",
            "metrics",
            "options",
            "vocabulary",
            "seed",
            "digest",
            "note",
        )
        return row | {key: getattr(result, key) for key in more}
    return row | {
        "without learning": ", ".join(f"{one['name']} {one['score']:.3f}" for one in result.references) or None
    }


def _details(result) -> list[str]:
    """What a table of one line a benchmark has no room for."""
    lines = [
        f"  {one['name']} {one['score']:.3f}"
        + (f" ({one['low']:.3f} to {one['high']:.3f})" if one["low"] is not None else "")
        + (f", random {one['baseline']:.3f}" if one.get("baseline") is not None else "")
        for one in result.metrics
    ]
    told = [f"  {result.note}"] if result.note else []
    return ["", result.title, *lines, *told] if lines or told else []


def _difference(place) -> dict | None:
    found = place.difference
    return (
        None
        if found is None
        else {"difference": found.difference, "low": found.low, "high": found.high, "p": found.p, "n": found.n}
    )

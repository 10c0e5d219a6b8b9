"""Scores of a run, and several runs set side by side on one benchmark."""

from typing import Annotated

import typer

from embedlab.cli.plumbing import HOME, JSON, RUN, SEED, app, open_lab, pair, progress, show, table

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
    set: SET = None,
    seed: SEED = 1,
    home: HOME = None,
    as_json: JSON = False,
):
    """Score a run on benchmarks, each with interval, coverage, random baseline and what is reached without learning."""
    with progress() as report:
        results = open_lab(home).evaluate(run, benchmark, options=_options(set), seed=seed, report=report)
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
    seed: SEED = 1,
    home: HOME = None,
    as_json: JSON = False,
):
    """The stored scores of a run; with other runs, whether they differ on a benchmark (paired bootstrap)."""
    from embedlab.core.errors import BadInput
    from embedlab.evaluation.paired import p_text
    from embedlab.jobs.specs import same_but_seed
    from embedlab.store.scores import stored_results

    lab = open_lab(home)
    chosen = [lab.run(key) for key in (run, *(others or []))]
    if len(chosen) == 1:
        show(
            [
                _row(result, as_json)
                for _, result in stored_results(lab, run_id=chosen[0].id)
                if benchmark in (None, result.benchmark)
            ],
            as_json,
        )
        return
    if benchmark is None:
        raise BadInput("Runs are compared on one benchmark: give it with --benchmark, as in --benchmark simlex999.")
    with progress() as report:
        places = lab.rank(chosen, benchmark, vocabulary=vocabulary, options=_options(set), seed=seed, report=report)
    rows = [
        {
            "run": each.id,
            "name": each.name,
            "score": place.result.score,
            "low": place.result.low,
            "high": place.result.high,
            "n_used": place.result.n_used,
            "n_total": place.result.n_total,
            "baseline": place.result.baseline,
            "p": place.p,
            "verdict": place.verdict,
        }
        for each, place in places
    ]
    best = places[0]
    said = [place.difference.sentence(best[0].name, each.name) for each, place in places if place.difference]
    if as_json:
        show(
            {
                "benchmark": benchmark,
                "title": best[1].result.title,
                "metric": best[1].result.metric,
                "vocabulary": best[1].result.vocabulary,
                "seed": seed,
                "ranking": [
                    row | {"difference": _difference(place)} for row, (_, place) in zip(rows, places, strict=True)
                ],
            },
            True,
        )
        return
    shared = best[1].result.vocabulary["words"]
    typer.echo(
        f"{best[1].result.title}, {best[1].result.metric}; vocabulary: "
        + (
            f"the {shared:,} words that all of them have"
            if vocabulary == "shared"
            else "every run with all its own words"
        )
        + ".\n"
    )
    table([row | {"p": None if row["p"] is None else p_text(row["p"]).removeprefix("= ")} for row in rows])
    typer.echo("")
    for sentence in said:
        typer.echo(sentence)
    for each, _ in places[1:]:
        if same_but_seed(best[0], each):
            typer.echo(
                f"{best[0].name} and {each.name} differ in nothing but the seed of training: what lies between them is noise."
            )
    if len(said) > 1:
        typer.echo("The p-values of the table are adjusted for several comparisons (Holm).")


def _options(items: list[str] | None) -> dict:
    from embedlab.core.settings import from_dict, parse
    from embedlab.evaluation import ScoreOptions

    options = parse(ScoreOptions, dict(pair(item) for item in items or []))
    from_dict(ScoreOptions, options)
    return options


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

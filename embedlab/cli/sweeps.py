"""Sweeps and stability: many trainings that answer one question, side by side."""

from pathlib import Path
from typing import Annotated

import typer

from embedlab.cli.plumbing import HOME, JSON, RUN, SEED, UNDO, app, open_lab, pair, progress, show
from embedlab.core.errors import BadSetting

sweep_app = typer.Typer(help="Sweeps: train many settings side by side, compare, resume.", no_args_is_help=True)
app.add_typer(sweep_app, name="sweep")
SWEEP = Annotated[str, typer.Argument(help="A sweep: its id, the beginning of it, or its name.", show_default=False)]
MINUTES = Annotated[float, typer.Option(help="Minutes after which no trial starts.")]


@sweep_app.command("run")
def sweep_run(
    corpus: Annotated[str, typer.Argument(help="A data set (id or name), a file, or a bundled one.")],
    vary: Annotated[
        list[str],
        typer.Option(help="A setting and its values: dim=10,50,100 or learning_rate=0.001..0.1:log. May be repeated."),
    ],
    model: Annotated[list[str] | None, typer.Option(help="A model family. May be repeated.")] = None,
    fixed: Annotated[
        list[str] | None, typer.Option("--set", help="A setting that stays: epochs=10. May be repeated.")
    ] = None,
    strategy: Annotated[str, typer.Option(help="grid, random or tpe (guided).")] = "grid",
    points: Annotated[int, typer.Option(help="Settings that random and guided sweeps try.")] = 20,
    seeds: Annotated[int, typer.Option(help="Trainings per setting, each with another seed.")] = 1,
    objective: Annotated[
        str | None,
        typer.Option(
            help="validation (held-out loss) or a benchmark. Default: validation; for choices a split that suits."
        ),
    ] = None,
    also: Annotated[list[str] | None, typer.Option(help="A benchmark scored besides. May be repeated.")] = None,
    budget: MINUTES = 10.0,
    prune: Annotated[bool, typer.Option(help="Stop trials early whose held-out loss lags behind.")] = True,
    seed: SEED = 1,
    name: Annotated[str | None, typer.Option(help="Name of the sweep.")] = None,
    home: HOME = None,
    as_json: JSON = False,
):
    """Train a model with many settings, and print them from the best down."""
    from embedlab.models import DEFAULTS, family_for

    lab = open_lab(home)
    with progress() as report:
        data = lab.find_data(corpus, report=report)
        families = [family_for(each, data.kind).name for each in model or [DEFAULTS[data.kind]]]
        board = lab.sweep(
            data,
            families,
            vary=dict(map(pair, vary)),
            name=name,
            report=report,
            fixed=_fixed(families, fixed or []),
            strategy=strategy,
            n_points=points,
            seeds=seeds,
            **({"objective": objective} if objective else {}),
            also=tuple(also or ()),
            budget=budget,
            prune=prune,
            seed=seed,
        )
    _show(board, as_json)


def _fixed(families: list[str], items: list[str]) -> dict:
    """{family: settings} of name=value texts; each goes to the families that have it."""
    from embedlab.core.settings import parse, settings_of
    from embedlab.models import MODELS

    found = {}
    for name, text in map(pair, items):
        owners = [
            family
            for family in families
            if family in MODELS and name in {s.name for s in settings_of(MODELS[family].config)}
        ]
        if not owners:
            raise BadSetting(
                f"None of {', '.join(families)} has a setting {name!r}. Leave it out, or spell it as in: embedlab "
                "train "
                "--help"
            )
        for family in owners:
            found.setdefault(family, {}).update(parse(MODELS[family].config, {name: text}))
    return found


def _show(board, as_json: bool) -> None:
    """The points, best first; then what can be said of them."""
    from embedlab.sweeps.reading import read

    rows = []
    ranked = board.ranked + [point for point in board.points if point not in board.ranked]
    for point in ranked:
        row = (
            {"point": point.number + 1}
            | ({"model": point.family} if len(board.spec.families) > 1 else {})
            | dict(point.settings)
        )
        for measure in board.measures:
            found = point.measure(measure)
            row[measure] = (
                None
                if found is None
                else {"mean": found.mean, "low": found.low, "high": found.high, "n": found.n}
                if as_json
                else found.mean
                if measure == "seconds"
                else str(found)
            )
        row["status"] = "pruned" if point.pruned else ", ".join(dict.fromkeys(trial.status for trial in point.trials))
        rows.append(row | ({"runs": [trial.run for trial in point.trials]} if as_json else {}))
    reading = read(board)
    if as_json:
        show(
            {"sweep": board.id, "name": board.name, "objective": board.objective, "points": rows, "reading": reading},
            True,
        )
        return
    show(rows, False)
    for sentence in ["", *reading]:
        typer.echo(sentence)


@sweep_app.command("list")
def sweep_list(home: HOME = None, as_json: JSON = False):
    """List the sweeps of the workspace."""
    from embedlab.sweeps import list_sweeps, read_board

    lab, rows = open_lab(home), []
    for row in list_sweeps(lab):
        board = read_board(lab, row["id"])
        rows.append(
            {
                "sweep": row["id"],
                "name": row["name"],
                "points": len(board.points),
                "trials": sum(t.status == "done" for t in board.trials),
                "of": board.spec.most_trials,
                "best": board.best.label if board.best else None,
                "created": row["created"],
            }
        )
    show(rows, as_json)


@sweep_app.command("show")
def sweep_show(sweep: SWEEP, home: HOME = None, as_json: JSON = False):
    """The points of a sweep, best first, also while it is at work."""
    from embedlab.sweeps import find_sweep, read_board

    lab = open_lab(home)
    _show(read_board(lab, find_sweep(lab, sweep)["id"]), as_json)


@sweep_app.command("resume")
def sweep_resume(sweep: SWEEP, home: HOME = None, as_json: JSON = False):
    """Resume a sweep that was cancelled or killed, or whose budget ended. Finished trials are kept, others resume."""
    with progress() as report:
        board = open_lab(home).resume_sweep(sweep, report=report)
    _show(board, as_json)


@sweep_app.command("cancel")
def sweep_cancel(sweep: SWEEP, home: HOME = None):
    """Stop a sweep that is at work, wherever it runs."""
    from embedlab.jobs import cancel
    from embedlab.sweeps import find_sweep

    lab = open_lab(home)
    cancel(lab, find_sweep(lab, sweep)["id"])


@sweep_app.command("delete")
def sweep_delete(sweep: SWEEP, undo: UNDO = False, home: HOME = None):
    """Delete a sweep with all of its trials."""
    from embedlab.sweeps import delete_sweep, find_sweep

    lab = open_lab(home)
    lab.restore("sweep", sweep) if undo else delete_sweep(lab, find_sweep(lab, sweep)["id"])


@sweep_app.command("lesson")
def sweep_lesson(
    lesson: Annotated[str, typer.Argument(help="size, window or items.")],
    corpus: Annotated[
        str | None, typer.Argument(help="A data set; by default the bundled one that the lesson was made for.")
    ] = None,
    home: HOME = None,
    as_json: JSON = False,
):
    """Run a lesson: embedding size, the context window, or why the settings of text fail for items."""
    from embedlab.sweeps import new_sweep
    from embedlab.sweeps.presets import LESSONS

    if lesson not in LESSONS:
        raise BadSetting(f"There is no lesson {lesson!r}. Choose one of {', '.join(LESSONS)}.")
    lab, chosen = open_lab(home), LESSONS[lesson]
    with progress() as report:
        found = lab.find_data(corpus or chosen.corpus, report=report)
        board = lab.resume_sweep(
            new_sweep(lab, chosen.spec(found.id), name=f"{chosen.title}: {found.name}"), report=report
        )
    _show(board, as_json)


@app.command()
def stability(
    run: RUN,
    seeds: Annotated[int, typer.Option(help="Trainings compared, including the run itself.", min=2, max=20)] = 5,
    words: Annotated[int, typer.Option(help="Least stable words listed.", min=1)] = 20,
    home: HOME = None,
    as_json: JSON = False,
):
    """Seed stability: retrain a run with other seeds, and list the words whose neighbours change most."""
    lab = open_lab(home)
    with progress() as report:
        found = lab.stability(run, seeds=seeds, report=report)
    order = found.kept.argsort(kind="stable")[:words].tolist()
    rows = [
        {
            "word": found.words[row],
            "count": int(found.counts[row]),
            "kept": round(float(found.kept[row]), 3),
            "in every seed": [word for word, n in found.agreed(row) if n == len(found.seeds)],
        }
        for row in order
    ]
    if as_json:
        show(
            {
                "seeds": list(found.seeds),
                "words": len(found),
                "k": found.k,
                "kept": float(found.kept.mean()),
                "by_chance": found.baseline,
                "least_stable": rows,
            },
            True,
        )
        return
    show(
        {
            "seeds": list(found.seeds),
            "words": len(found),
            "neighbours kept": float(found.kept.mean()),
            "by chance": found.baseline,
        },
        False,
    )
    typer.echo("")
    show(rows, False)


@app.command()
def count(
    corpus: Annotated[str, typer.Argument(help="A corpus (id or name), a file, or a bundled corpus.")],
    window: Annotated[int, typer.Option(min=1, max=100)] = 10,
    min_count: Annotated[int, typer.Option(min=1)] = 5,
    held_out: Annotated[float, typer.Option(min=0.0, max=0.5)] = 0.02,
    shards: Annotated[int | None, typer.Option(help="Parts counted apart; by default two a core.", min=1)] = None,
    home: HOME = None,
    as_json: JSON = False,
):
    """Count co-occurrences ahead of GloVe, on all cores.

    Trainings with the same window, minimum count and held-out share then take these counts.
    """
    from embedlab.jobs.specs import Training
    from embedlab.models import MODELS
    from embedlab.sweeps.shared_work import share_work

    model = next(name for name, family in MODELS.items() if family.shared)
    settings = {"window": window, "min_count": min_count, "held_out": held_out}
    lab = open_lab(home)
    with progress() as report:
        found = lab.find_corpus(corpus, report=report)
        folder = share_work(lab, Training(found, model, settings), parts=shards, report=report)
    show(
        {
            "corpus": found.id,
            "parts": len(list(folder.iterdir())),
            "bytes": sum(path.stat().st_size for path in folder.rglob("*.npy")),
        },
        as_json,
    )


@app.command()
def scheduler(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8786,
):
    """Start a scheduler that hands trials to the workers of several machines; it runs until it is interrupted."""
    from embedlab.jobs.machines import serve_scheduler

    serve_scheduler(host, port)


@app.command()
def worker(
    address: Annotated[str, typer.Argument(help="The scheduler's address, such as tcp://192.168.1.5:8786.")],
    slots: Annotated[
        int | None, typer.Option(help="Trainings at a time; by default one a core.", min=1, max=1024)
    ] = None,
    home: Annotated[
        Path | None, typer.Option("--home", help="The shared workspace folder, where it has another path here.")
    ] = None,
):
    """Join a scheduler with this machine; it works until it is interrupted or the scheduler ends."""
    from embedlab.jobs.machines import serve_worker

    serve_worker(address, slots=slots, home=home)

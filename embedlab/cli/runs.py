"""Runs: list, show, rename, cancel, delete, export, import."""

from pathlib import Path
from typing import Annotated

import typer

from embedlab.cli.plumbing import HOME, JSON, RUN, UNDO, app, open_lab, progress, run_row, show
from embedlab.core.errors import BadInput

runs_app = typer.Typer(help="Runs: list, show, rename, cancel, delete.", invoke_without_command=True)
app.add_typer(runs_app, name="runs")


@runs_app.callback()
def runs_list(context: typer.Context, home: HOME = None, as_json: JSON = False):
    """List the runs of the workspace when no command is given."""
    if context.invoked_subcommand is None:
        show([run_row(run) for run in open_lab(home).runs(sweep=None)], as_json)


@runs_app.command("list")
def runs_list_again(home: HOME = None, as_json: JSON = False):
    """List the runs of the workspace."""
    show([run_row(run) for run in open_lab(home).runs(sweep=None)], as_json)


@runs_app.command("show")
def runs_show(run: RUN, home: HOME = None, as_json: JSON = False):
    """Everything about one run: settings, seed, state, losses."""
    found = open_lab(home).run(run)
    show(
        run_row(found)
        | {
            "message": found.message,
            "corpus": found.spec.corpus_id,
            "seed": found.spec.seed,
            "settings": dict(found.spec.config),
            "summary": dict(found.summary),
        },
        as_json,
    )


@runs_app.command("rename")
def runs_rename(run: RUN, name: str, home: HOME = None):
    """Give a run another name."""
    open_lab(home).rename_run(run, name)


@runs_app.command("cancel")
def runs_cancel(run: RUN, home: HOME = None):
    """Stop a run that trains or waits; one that has ended stays as it is."""
    from embedlab.jobs import cancel

    lab = open_lab(home)
    found = lab.run(run)
    if found.status not in ("queued", "running"):
        raise BadInput(f"The run {found.name!r} is {found.status}, so there is nothing to cancel.")
    cancel(lab, found.id)


@runs_app.command("delete")
def runs_delete(run: RUN, undo: UNDO = False, home: HOME = None):
    """Delete a run with its vectors, maps and scores."""
    lab = open_lab(home)
    lab.restore("run", run) if undo else lab.delete_run(run)


# Files


@app.command()
def export(
    run: RUN,
    format: Annotated[
        str, typer.Option(help="word2vec, word2vec-binary, glove, projector, safetensors, sentence-transformers.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="File or folder to write.")],
    home: HOME = None,
    as_json: JSON = False,
):
    """Write a run's vectors in one of the field's formats."""
    lab = open_lab(home)
    with progress() as report:
        written = lab.export(run, format, output, report=report)
    show({"run": lab.run(run).id, "format": format, "file": str(written)}, as_json)


@app.command("import")
def import_command(
    file: Path,
    name: Annotated[str | None, typer.Option(help="Name of the run.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of the words, such as cp1252; else detected.")] = None,
    name_column: Annotated[str | None, typer.Option(help="Column that names the rows of a table.")] = None,
    vector_column: Annotated[str | None, typer.Option(help="Column that holds the vectors of a table.")] = None,
    home: HOME = None,
    as_json: JSON = False,
):
    """Take in vectors trained elsewhere as a run."""
    from embedlab.data.reading.reading import Reading

    options = {"encoding": encoding, "name_column": name_column, "vector_column": vector_column}
    with progress() as report:
        run = open_lab(home).import_vectors(file, name=name, report=report, **options)
    reading = run.summary["notes"]["reading"]
    for sentence in Reading.from_dict(reading).sentences():
        typer.echo(sentence, err=True)
    found = {"run": run.id, "name": run.name, "words": run.summary["words"], "dim": run.summary["dim"]}
    show(found | ({"reading": reading} if as_json else {}), as_json)

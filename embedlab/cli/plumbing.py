"""What every command needs: shared options, the progress bar on stderr, results on stdout."""

import json
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from embedlab.core.errors import BadSetting
from embedlab.core.progress import Progress

HOME = Annotated[Path | None, typer.Option("--home", help="Workspace folder (default: EMBEDLAB_HOME or ./workspace).")]
JSON = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
SEED = Annotated[int, typer.Option(help="Seed of the random numbers.")]
RUN = Annotated[str, typer.Argument(help="A run: its id, the beginning of it, or its name.", show_default=False)]
ENCODING = Annotated[
    str | None, typer.Option(help="Encoding of the file, such as cp1250 or iso-8859-2; detected if not given.")
]
SEPARATOR = Annotated[
    str | None, typer.Option(help="Separator of a table: comma, semicolon, tab, bar, spaces, or one character.")
]
UNDO = Annotated[bool, typer.Option("--undo", help="Bring it back; possible for a day after it was deleted.")]
HEADER = Annotated[bool | None, typer.Option("--header/--no-header", help="Whether the first row names the columns.")]

app = typer.Typer(
    help="Embeddings in the browser: corpus, training, map, neighbours, benchmarks.",
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


# Python drops an interrupt that arrives while it cleans up; the next report raises it again.
STOPPED = threading.Event()


def stop(signum, frame) -> None:
    """What the command does when it is told to end."""
    STOPPED.set()
    raise KeyboardInterrupt


def open_lab(home: Path | None):
    from embedlab.lab import Lab

    return Lab(home)


def pair(item: str) -> tuple[str, str]:
    name, equals, value = item.partition("=")
    if not equals:
        raise BadSetting(f"--set takes name=value; got {item!r}.")
    return name.strip(), value.strip()


class _Bar:
    """A report that draws a progress bar on stderr."""

    def __init__(self, bar, task):
        self.bar, self.task = bar, task

    def __call__(self, progress: Progress) -> None:
        if STOPPED.is_set():
            raise KeyboardInterrupt
        loss = f", loss {progress.metrics['loss']:.4f}" if "loss" in progress.metrics else ""
        self.bar.update(self.task, completed=progress.fraction, description=progress.message + loss)

    def seconds(self) -> float:
        return self.bar.tasks[0].elapsed or 0.0


@contextmanager
def progress():
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield _Bar(bar, bar.add_task("Starting", total=1.0))


def run_row(run) -> dict:
    return {
        "run": run.id,
        "name": run.name,
        "model": run.spec.model,
        "status": run.status,
        "base": run.spec.base,
        "words": run.summary.get("words"),
        "dim": run.summary.get("dim"),
        "created": run.created,
    }


def show(value, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(value, ensure_ascii=False))
    elif isinstance(value, list):
        table(value)
    else:
        width = max(map(len, value))
        for key, item in value.items():
            typer.echo(f"{key.replace('_', ' '):{width}}  {_plain(item)}")


def table(rows: list[dict]) -> None:
    if not rows:
        typer.echo("Nothing yet.")
        return
    cells = [[key.replace("_", " ") for key in rows[0]]] + [[_plain(item) for item in row.values()] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(cells[0]))]
    for line in cells:
        typer.echo("  ".join(f"{cell:{width}}" for cell, width in zip(line, widths)).rstrip())


def _plain(item) -> str:
    if isinstance(item, float):
        return f"{item:.4g}"
    if isinstance(item, list):
        return ", ".join(_plain(each) for each in item)
    if isinstance(item, dict):
        return ", ".join(f"{key} {_plain(each)}" for key, each in item.items())
    return "-" if item is None else f"{item:,}" if isinstance(item, int) and not isinstance(item, bool) else str(item)

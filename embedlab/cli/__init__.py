"""The `embedlab` command: the app without arguments, and the whole path without a browser.

Results go to stdout (JSON with --json), progress to stderr. A bad argument or input exits 2 with one sentence on
stderr; a command that is interrupted, cancelled or paused exits 130.
"""

import os
import signal
import sys
from typing import Annotated

import typer
from typer.exceptions import TyperException

import embedlab

# Each module adds its commands.
from embedlab.cli import (  # noqa: F401
    classifier,
    corpora,
    items,
    questions,
    runs,
    scores,
    sweeps,
    training,
    transformer,
    views,
)
from embedlab.cli.plumbing import HOME, STOPPED, app, stop
from embedlab.core.errors import EmbedLabError
from embedlab.core.extras import missing_extra
from embedlab.core.progress import Cancelled, was_interrupted

COMPLETES = "_EMBEDLAB_COMPLETE"  # set by a shell that asks what a command may go on with


def print_version(asked: bool) -> None:
    """Print the version if it was asked for, and exit."""
    if asked:
        typer.echo(f"embedlab {embedlab.__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def serve(
    context: typer.Context,
    home: HOME = None,
    port: Annotated[int, typer.Option(help="Port of the app.", min=1, max=65535)] = 8501,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 opens it to the network.")] = "localhost",
    headless: Annotated[bool, typer.Option(help="Do not open a browser window.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=print_version)
    ] = False,
):
    """Open the app when no command is given."""
    if home is not None:
        os.environ["EMBEDLAB_HOME"] = str(home.absolute())
    if context.invoked_subcommand is None:
        from embedlab.server import check_app, serve_app

        check_app()
        shown = "localhost" if host == "0.0.0.0" else host
        typer.echo(f"EmbedLab opens at http://{shown}:{port}. Ctrl+C ends it.", err=True)
        raise typer.Exit(serve_app(port=port, host=host, headless=headless))


def main() -> None:
    """Run the command and exit with its code."""
    STOPPED.clear()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, stop)
    stopped = "Interrupted."
    if "train" in sys.argv or COMPLETES in os.environ:
        training.draw_options()
    try:
        code = app(prog_name="embedlab", standalone_mode=False)
    except (EmbedLabError, TyperException) as error:
        message = error.format_message() if isinstance(error, TyperException) else str(error)
        code = _fail(message, 2)
    except Cancelled as cancelled:
        from embedlab.models.training.session import Paused

        code = 130
        stopped = "Paused. Go on with: embedlab resume RUN" if isinstance(cancelled, Paused) else "Cancelled."
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except ImportError as error:
        if absent := missing_extra(error):
            code = _fail(str(absent), 2)
        elif was_interrupted(error):
            code = 130
        else:
            raise
    except OSError as error:  # a disk that is full, a file that may not be read
        where = f"{str(error.filename)!r}: " if error.filename else ""
        code = _fail(f"{where}{error.strerror or error}. Check the path, its permissions and the space left.", 2)
    except MemoryError:
        code = _fail("Memory ran out. Choose a smaller size, vocabulary or corpus.", 2)
    if code == 130:  # which is also what Typer makes of an interrupt
        _fail(stopped, 130)
    sys.stdout.flush()
    # Threads of a library that was interrupted may still be at work; they must not hold the process open.
    os._exit(code) if code == 130 else sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str, code: int) -> int:
    sys.stderr.write(" ".join(message.split()) + "\n")
    sys.stderr.flush()
    return code

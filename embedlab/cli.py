"""The `embedlab` command: the app without arguments, and the whole path without a browser.

Results go to stdout (JSON with --json), progress to stderr. A bad argument or input exits 2 with one sentence on
stderr; a command that is interrupted, cancelled or paused exits 130.
"""

import inspect
import json
import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from embedlab.errors import BadInput, BadSetting, EmbedLabError
from embedlab.progress import Cancelled, Progress, was_interrupted

HOME = Annotated[Path | None, typer.Option("--home", help="Workspace folder (default: EMBEDLAB_HOME or ./workspace).")]
JSON = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
SEED = Annotated[int, typer.Option(help="Seed of the random numbers.")]
RUN = Annotated[str, typer.Argument(help="A run: its id, the beginning of it, or its name.", show_default=False)]

app = typer.Typer(help="Embeddings in the browser: corpus, training, map, neighbours, benchmarks.", no_args_is_help=False,
                  add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich")
corpus_app = typer.Typer(help="Corpora: add, list, rename, delete.", no_args_is_help=True)
runs_app = typer.Typer(help="Runs: list, show, rename, cancel, delete.", invoke_without_command=True)
app.add_typer(corpus_app, name="corpus")
app.add_typer(runs_app, name="runs")


@app.callback(invoke_without_command=True)
def serve(context: typer.Context, home: HOME = None,
          port: Annotated[int, typer.Option(help="Port of the app.", min=1, max=65535)] = 8501,
          host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 opens it to the network.")] = "localhost",
          headless: Annotated[bool, typer.Option(help="Do not open a browser window.")] = False):
    """Open the app when no command is given."""
    if home is not None:
        os.environ["EMBEDLAB_HOME"] = str(home.absolute())
    if context.invoked_subcommand is None:
        from embedlab.serve import serve_app

        raise typer.Exit(serve_app(port=port, host=host, headless=headless))


# Corpora


@corpus_app.command("add")
def corpus_add(files: Annotated[list[str], typer.Argument(help="Files, or a bundled corpus: lee, head500, enwiki, polarity.")],
               name: Annotated[str | None, typer.Option(help="Name of the corpus.")] = None,
               text_column: Annotated[str | None, typer.Option(help="Column of a table that holds the text.")] = None,
               label_column: Annotated[str | None, typer.Option(help="Column of a table that holds a label.")] = None,
               pair_column: Annotated[str | None, typer.Option(help="Column with a second text of the same meaning.")] = None,
               set: Annotated[list[str] | None, typer.Option("--set", help="Preprocessing, as in --set lowercase=false.")] = None,
               home: HOME = None, as_json: JSON = False):
    """Encode files into a corpus that every run can share."""
    from embedlab.settings import parse
    from embedlab.text.preprocess import Preprocessing

    preprocessing = parse(Preprocessing, dict(_pair(item) for item in set or []))
    with _progress() as report:
        added = _lab(home).add_corpus(files[0] if len(files) == 1 else files, name=name, preprocessing=preprocessing,
                                      text_column=text_column, label_column=label_column, pair_column=pair_column,
                                      report=report)
    _show(_corpus_summary(added, report.seconds()), as_json)


@corpus_app.command("list")
def corpus_list(home: HOME = None, as_json: JSON = False):
    """List the corpora of the workspace."""
    rows = _lab(home).corpora()
    _show([{"corpus": row["id"], "name": row["name"], "documents": row["meta"]["n_documents"],
            "tokens": row["meta"]["n_tokens"], "types": row["meta"]["n_types"]} for row in rows], as_json)


@corpus_app.command("rename")
def corpus_rename(corpus: str, name: str, home: HOME = None):
    """Give a corpus another name."""
    lab = _lab(home)
    lab.rename_corpus(lab.corpus(corpus).id, name)


@corpus_app.command("delete")
def corpus_delete(corpus: str, home: HOME = None):
    """Delete a corpus that no run needs."""
    lab = _lab(home)
    lab.delete_corpus(lab.corpus(corpus).id)


def _corpus_summary(corpus, seconds: float) -> dict:
    return {"corpus": corpus.id, "name": corpus.name, "documents": corpus.n_documents, "tokens": corpus.n_tokens,
            "types": corpus.n_types, "seconds": round(seconds, 3)}


# Training


def _train(corpus: Annotated[str, typer.Argument(help="A corpus (id or name), a file, or a bundled corpus.")],
           model: Annotated[str, typer.Option(help="word2vec, glove or transformer.")] = "word2vec",
           name: Annotated[str | None, typer.Option(help="Name of the run.")] = None, seed: SEED = 1,
           cbow: Annotated[bool, typer.Option("--cbow", help="word2vec: CBOW instead of skip-gram.")] = False,
           hs: Annotated[bool, typer.Option("--hs", help="word2vec: hierarchical softmax instead of negative sampling.")] = False,
           from_run: Annotated[str | None, typer.Option("--from", metavar="RUN", help="Begin from this finished run; words that only the corpus has join its own.")] = None,
           home: HOME = None, as_json: JSON = False, **settings):
    """Train a model on a corpus. Settings left out take the model's own default."""
    from embedlab.models import MODELS
    from embedlab.settings import parse

    if model not in MODELS:
        raise BadSetting(f"There is no model {model!r}. Choose one of {', '.join(MODELS)}.")
    lab = _lab(home)
    chosen = parse(MODELS[model].config, {key: value for key, value in settings.items() if value is not None})
    if (cbow or hs) and model != "word2vec":
        raise BadSetting(f"--cbow and --hs belong to word2vec; the model is {model!r}. Leave them out.")
    for option, given, setting, value in (("--cbow", cbow, "architecture", "cbow"), ("--hs", hs, "objective", "hierarchical")):
        if given and chosen.setdefault(setting, value) != value:
            raise BadSetting(f"{option} means --{setting} {value}, but --{setting} is {chosen[setting]!r}. Leave one of them out.")
    with _progress() as report:
        run = lab.train(lab.find_corpus(corpus, report=report), model, name=name, seed=seed, from_run=from_run, report=report, **chosen)
    _show(_summary(run), as_json)


def _summary(run) -> dict:
    return {"run": run.id, "name": run.name} | {key: value for key, value in run.summary.items() if key != "run"}


def _with_settings(command):
    """The command with one option for every setting of every family, drawn from the config dataclasses."""
    from embedlab.models import MODELS
    from embedlab.settings import settings_of

    found: dict[str, list] = {}
    for family in MODELS.values():
        for s in settings_of(family.config):
            found.setdefault(s.name, []).append((family.name, s))
    options = []
    for name, owners in found.items():
        kind = {int: "INTEGER", float: "NUMBER", bool: "true|false", str: "TEXT"}[owners[0][1].type]
        defaults = ", ".join(f"{family} {s.default}" for family, s in owners)
        # Values stay text here: the model that is chosen knows their type, and says what is wrong in a sentence.
        info = typer.Option(help=f"{owners[0][1].help} [dim]({defaults})[/dim]", show_default=False, metavar=kind,
                            rich_help_panel="Settings of the model")
        options.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None,
                                         annotation=Annotated[str | None, info]))
    signature = inspect.signature(command)
    plain = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in signature.parameters.values() if p.name != "settings"]
    command.__signature__ = signature.replace(parameters=plain + options)
    command.__annotations__ = {p.name: p.annotation for p in plain + options}
    return command


# Drawing the options reads the model families; the app, which needs none of them here, should not wait for that.
app.command("train", help=_train.__doc__)(_with_settings(_train) if "train" in sys.argv else lambda: None)


@app.command()
def pause(run: RUN, home: HOME = None, as_json: JSON = False):
    """Pause a training, wherever it runs: it saves a checkpoint and stops."""
    paused = _lab(home).pause(run)
    place = paused.resumable_at
    _show(_run_row(paused) | {"done": round(place.done, 4) if place else None}, as_json)


@app.command()
def resume(run: RUN, home: HOME = None, as_json: JSON = False):
    """Train on, here, from the last checkpoint of a run that was paused, cancelled or interrupted."""
    with _progress() as report:
        _show(_summary(_lab(home).resume(run, report=report)), as_json)


# Questions


@app.command()
def neighbours(run: RUN, word: str, k: Annotated[int, typer.Option("-k", help="How many.", min=1)] = 10, home: HOME = None,
               as_json: JSON = False):
    """The nearest words of a word by cosine."""
    found = _lab(home).run(run).embedding.neighbours(word, k=k)
    _show([{"word": n.word, "score": round(n.score, 6), "count": n.count} for n in found], as_json)


@app.command()
def analogy(run: RUN, a: str, b: str, c: str, k: Annotated[int, typer.Option("-k", help="How many.", min=1)] = 10,
            method: Annotated[str, typer.Option(help="add (3CosAdd) or mul (3CosMul).")] = "add", home: HOME = None,
            as_json: JSON = False):
    """A is to B as C is to which words?"""
    found = _lab(home).run(run).embedding.analogy(a, b, c, k=k, method=method)
    _show([{"word": n.word, "score": round(n.score, 6), "count": n.count} for n in found], as_json)


@app.command()
def search(run: RUN, text: str, k: Annotated[int, typer.Option("-k", help="How many.", min=1)] = 10, home: HOME = None,
           as_json: JSON = False):
    """The documents nearest in meaning to a text; for transformer runs."""
    _show(_lab(home).search(run, text, k=k), as_json)


@app.command("map")
def map_command(run: RUN, method: Annotated[str, typer.Option(help="pca, tsne or umap.")] = "umap",
                output: Annotated[Path | None, typer.Option("-o", "--output", help=".html, .csv, .png or .svg file.")] = None,
                dims: Annotated[int, typer.Option(help="2 or 3.")] = 2,
                limit: Annotated[int, typer.Option(help="Draw this many of the most frequent.")] = 5000, seed: SEED = 1,
                what: Annotated[str, typer.Option(help="words or documents.")] = "words",
                colour: Annotated[str | None, typer.Option(help="frequency, cluster, label, pos or distance.")] = None,
                target: Annotated[str, typer.Option(help="The word that --colour distance is measured to.")] = "",
                set: Annotated[list[str] | None, typer.Option("--set", help="A setting, as in --set perplexity=50.")] = None,
                home: HOME = None, as_json: JSON = False):
    """Project a run to two or three dimensions, and draw or save the map."""
    from embedlab.projections import PROJECTIONS
    from embedlab.projections.colours import COLOURS
    from embedlab.settings import parse
    from embedlab.views import MAP_FILES, write_map

    lab = _lab(home)
    chosen = lab.run(run)
    if output is not None and output.suffix not in MAP_FILES:
        raise BadInput(f"A map is written as {', '.join(MAP_FILES)}; got {output.name!r}. Choose one of these endings.")
    if method not in PROJECTIONS:
        raise BadSetting(f"There is no projection {method!r}. Choose one of {', '.join(PROJECTIONS)}.")
    if colour is not None and colour not in COLOURS:
        raise BadSetting(f"There is no colouring {colour!r}. Choose one of {', '.join(COLOURS)}.")
    if (colour == "distance") != bool(target):
        raise BadSetting("--colour distance and --target WORD go together; give both or neither.")
    settings = parse(PROJECTIONS[method].config, dict(_pair(item) for item in set or []))
    with _progress() as report:
        made = lab.map(chosen, method, what=what, dims=dims, limit=limit, seed=seed, report=report, **settings)
    if output is not None:
        write_map(lab, chosen, made, output, colour=colour, target=target)
    _show({"run": chosen.id, "method": method, "dims": dims, "drawn": len(made.ids), "total": made.n_total,
           "scores": made.scores, "file": str(output) if output else None}, as_json)


@app.command()
def evaluate(run: RUN, benchmark: Annotated[list[str] | None, typer.Option(help="A benchmark's name or a file; may be repeated.")] = None,
             seed: SEED = 1, home: HOME = None, as_json: JSON = False):
    """Score a run on benchmarks, each with interval, coverage and random baseline."""
    with _progress() as report:
        results = _lab(home).evaluate(run, benchmark, seed=seed, report=report)
    keys = ("benchmark", "metric", "score", "low", "high", "n_used", "n_total", "baseline")
    _show([{key: getattr(result, key) for key in keys} for result in results], as_json)


# Files


@app.command()
def export(run: RUN, format: Annotated[str, typer.Option(help="word2vec, word2vec-binary, glove, projector, safetensors, sentence-transformers.")],
           output: Annotated[Path, typer.Option("-o", "--output", help="File or folder to write.")], home: HOME = None,
           as_json: JSON = False):
    """Write a run's vectors in one of the field's formats."""
    lab = _lab(home)
    with _progress() as report:
        written = lab.export(run, format, output, report=report)
    _show({"run": lab.run(run).id, "format": format, "file": str(written)}, as_json)


@app.command("import")
def import_command(file: Path, name: Annotated[str | None, typer.Option(help="Name of the run.")] = None, home: HOME = None,
                   as_json: JSON = False):
    """Take in vectors trained elsewhere as a run."""
    with _progress() as report:
        run = _lab(home).import_vectors(file, name=name, report=report)
    _show({"run": run.id, "name": run.name, "words": run.summary["words"], "dim": run.summary["dim"]}, as_json)


# Runs


@runs_app.callback()
def runs_list(context: typer.Context, home: HOME = None, as_json: JSON = False):
    """List the runs of the workspace when no command is given."""
    if context.invoked_subcommand is None:
        _show([_run_row(run) for run in _lab(home).runs()], as_json)


def _run_row(run) -> dict:
    return {"run": run.id, "name": run.name, "model": run.spec.model, "status": run.status, "base": run.spec.base,
            "words": run.summary.get("words"), "dim": run.summary.get("dim"), "created": run.created}


@runs_app.command("list")
def runs_list_again(home: HOME = None, as_json: JSON = False):
    """List the runs of the workspace."""
    _show([_run_row(run) for run in _lab(home).runs()], as_json)


@runs_app.command("show")
def runs_show(run: RUN, home: HOME = None, as_json: JSON = False):
    """Everything about one run: settings, seed, state, losses."""
    found = _lab(home).run(run)
    _show(_run_row(found) | {"message": found.message, "corpus": found.spec.corpus_id, "seed": found.spec.seed,
                             "settings": dict(found.spec.config), "summary": dict(found.summary)}, as_json)


@runs_app.command("rename")
def runs_rename(run: RUN, name: str, home: HOME = None):
    """Give a run another name."""
    lab = _lab(home)
    lab.rename_run(lab.run(run).id, name)


@runs_app.command("cancel")
def runs_cancel(run: RUN, home: HOME = None):
    """Stop a run that trains or waits; one that has ended stays as it is."""
    from embedlab.jobs import cancel

    lab = _lab(home)
    found = lab.run(run)
    if found.status not in ("queued", "running"):
        raise BadInput(f"The run {found.name!r} is {found.status}, so there is nothing to cancel.")
    cancel(lab, found.id)


@runs_app.command("delete")
def runs_delete(run: RUN, home: HOME = None):
    """Delete a run with its vectors, maps and scores."""
    lab = _lab(home)
    lab.delete_run(lab.run(run).id)


# Explanations


@app.command()
def why(run: RUN, word: str, other: str, k: Annotated[int, typer.Option("-k", help="How many shared contexts.", min=1)] = 10,
        window: Annotated[int | None, typer.Option(help="Words on either side (default: as the run was trained).", min=1)] = None,
        home: HOME = None, as_json: JSON = False):
    """Why two words are near: the contexts they share in the corpus, and sentences."""
    with _progress() as report:
        found = _lab(home).why(run, word, other, window=window, k=k, report=report)
    rows = [{"context": c.word, "contribution": round(c.contribution, 6), "ppmi": [round(c.ppmi_a, 4), round(c.ppmi_b, 4)],
             "count": [c.count_a, c.count_b]} | ({"sentences": [c.example_a.text, c.example_b.text]} if as_json else {})
            for c in found.contexts]
    head = {"word": found.a, "other": found.b, "learned_cosine": round(found.learned, 6), "context_cosine": round(found.cosine, 6),
            "window": found.window.size, "weighting": found.window.weighting, "shared": found.n_shared,
            "looked_at": found.looked_at, "together": found.n_together}
    if as_json:
        _show(head | {"contexts": rows, "sentences": [sentence.text for sentence in found.together]}, True)
        return
    _show(head, False)
    typer.echo("")
    _table(rows)
    for sentence in found.together:
        typer.echo(f"\n{sentence.text}", nl=False)
    typer.echo("")


@app.command()
def compare(run_a: RUN, run_b: RUN, k: Annotated[int, typer.Option("-k", help="How many neighbours of each word.", min=1)] = 10,
            top: Annotated[int, typer.Option(help="Show this many of the words that moved most.", min=1)] = 10,
            limit: Annotated[int, typer.Option(help="Compare this many of the most frequent common words.", min=2)] = 50_000,
            home: HOME = None, as_json: JSON = False):
    """What moved between two runs: the share of neighbours that words kept, and those that kept fewest."""
    from embedlab.lab import same_but_seed

    lab = _lab(home)
    a, b = lab.run(run_a), lab.run(run_b)
    with _progress() as report:
        found = lab.compare(a, b, k=k, limit=limit, report=report)
    rows = [{"word": found.words[row], "overlap": round(float(found.overlap[row]), 6), "lost": found.lost(row), "gained": found.gained(row)}
            for row in found.order[:top].tolist()]
    head = {"run_a": a.id, "run_b": b.id, "words": len(found), "k": found.k, "overlap": round(found.mean, 6),
            "random_baseline": round(found.baseline, 6), "noise_level": same_but_seed(a, b)}
    if as_json:
        _show(head | {"movers": rows}, True)
        return
    _show(head, False)
    typer.echo("")
    _table([row | {side: row[side][:4] for side in ("lost", "gained")} for row in rows])


# Plumbing


def _lab(home: Path | None):
    from embedlab.lab import Lab

    return Lab(home)


def _pair(item: str) -> tuple[str, str]:
    name, equals, value = item.partition("=")
    if not equals:
        raise BadSetting(f"--set takes name=value; got {item!r}.")
    return name.strip(), value.strip()


class _Bar:
    """A report that draws a progress bar on stderr."""

    def __init__(self, bar, task):
        self.bar, self.task = bar, task

    def __call__(self, progress: Progress) -> None:
        loss = f", loss {progress.metrics['loss']:.4f}" if "loss" in progress.metrics else ""
        self.bar.update(self.task, completed=progress.fraction, description=progress.message + loss)

    def seconds(self) -> float:
        return self.bar.tasks[0].elapsed or 0.0


@contextmanager
def _progress():
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield _Bar(bar, bar.add_task("Starting", total=1.0))


def _show(value, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(value, ensure_ascii=False))
    elif isinstance(value, list):
        _table(value)
    else:
        width = max(map(len, value))
        for key, item in value.items():
            typer.echo(f"{key.replace('_', ' '):{width}}  {_plain(item)}")


def _table(rows: list[dict]) -> None:
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


def _stop(signum, frame):
    raise KeyboardInterrupt


def main() -> None:
    """Run the command and exit with its code."""
    signal.signal(signal.SIGTERM, _stop)
    stopped = "Interrupted."
    try:
        code = app(standalone_mode=False)
    except (EmbedLabError, TyperException) as error:
        message = error.format_message() if isinstance(error, TyperException) else str(error)
        code = _fail(message, 2)
    except Cancelled as cancelled:
        from embedlab.session import Paused

        code = 130
        stopped = "Paused. Go on with: embedlab resume RUN" if isinstance(cancelled, Paused) else "Cancelled."
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except ImportError as error:
        if not was_interrupted(error):
            raise
        code = 130
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

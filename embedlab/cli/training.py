"""Training: train, pause, resume."""

import inspect
from functools import cache
from typing import Annotated

import typer

from embedlab.cli.plumbing import HOME, JSON, RUN, SEED, app, open_lab, progress, run_row, show
from embedlab.core.errors import BadSetting


def _train(
    corpus: Annotated[str, typer.Argument(help="A corpus (id or name), a file, or a bundled corpus.")],
    model: Annotated[
        str, typer.Option(help="word2vec, glove, transformer, masked, classifier or static.")
    ] = "word2vec",
    name: Annotated[str | None, typer.Option(help="Name of the run.")] = None,
    seed: SEED = 1,
    cbow: Annotated[bool, typer.Option("--cbow", help="word2vec: CBOW instead of skip-gram.")] = False,
    hs: Annotated[
        bool, typer.Option("--hs", help="word2vec: hierarchical softmax instead of negative sampling.")
    ] = False,
    from_run: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="RUN", help="Begin from this finished run; words that only the corpus has join its own."
        ),
    ] = None,
    home: HOME = None,
    as_json: JSON = False,
    **settings,
):
    """Train a model on a corpus. Settings left out take the model's own default."""
    from embedlab.core.settings import parse
    from embedlab.models import MODELS

    if model not in MODELS:
        raise BadSetting(f"There is no model {model!r}. Choose one of {', '.join(MODELS)}.")
    lab = open_lab(home)
    chosen = parse(MODELS[model].config, {key: value for key, value in settings.items() if value is not None})
    if (cbow or hs) and model != "word2vec":
        raise BadSetting(f"--cbow and --hs belong to word2vec; the model is {model!r}. Leave them out.")
    for option, given, setting, value in (
        ("--cbow", cbow, "architecture", "cbow"),
        ("--hs", hs, "objective", "hierarchical"),
    ):
        if given and chosen.setdefault(setting, value) != value:
            raise BadSetting(
                f"{option} means --{setting} {value}, but --{setting} is {chosen[setting]!r}. Leave one of them out."
            )
    with progress() as report:
        run = lab.train(
            lab.find_corpus(corpus, report=report),
            model,
            name=name,
            seed=seed,
            from_run=from_run,
            report=report,
            **chosen,
        )
    show(_summary(run), as_json)


def _summary(run) -> dict:
    return {"run": run.id, "name": run.name} | {key: value for key, value in run.summary.items() if key != "run"}


def _with_settings(command):
    """The command with one option for every setting of every family, drawn from the config dataclasses."""
    from embedlab.core.settings import settings_of
    from embedlab.models import MODELS

    found: dict[str, list] = {}
    for family in MODELS.values():
        for s in settings_of(family.config):
            found.setdefault(s.name, []).append((family.name, s))
    options = []
    for name, owners in found.items():
        kind = {int: "INTEGER", float: "NUMBER", bool: "true|false", str: "TEXT"}[owners[0][1].type]
        defaults = ", ".join(f"{family} {s.default}" for family, s in owners)
        # Values stay text here: the model that is chosen knows their type, and says what is wrong in a sentence.
        info = typer.Option(
            help=f"{owners[0][1].help} [dim]({defaults})[/dim]",
            show_default=False,
            metavar=kind,
            rich_help_panel="Settings of the model",
        )
        options.append(
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[str | None, info]
            )
        )
    signature = inspect.signature(command)
    plain = [
        p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in signature.parameters.values() if p.name != "settings"
    ]
    command.__signature__ = signature.replace(parameters=plain + options)
    command.__annotations__ = {p.name: p.annotation for p in plain + options}
    return command


# Drawing the options reads the model families; the app and the other commands, which need none of them, do not wait for that.
app.command("train", help=_train.__doc__)(lambda: None)


@cache
def draw_options() -> None:
    """Give `train` one option for every setting of every family."""
    for command in app.registered_commands:
        if command.name == "train":
            command.callback = _with_settings(_train)


@app.command()
def pause(run: RUN, home: HOME = None, as_json: JSON = False):
    """Pause a training, wherever it runs: it saves a checkpoint and stops."""
    paused = open_lab(home).pause(run)
    place = paused.resumable_at
    show(run_row(paused) | {"done": round(place.done, 4) if place else None}, as_json)


@app.command()
def resume(run: RUN, home: HOME = None, as_json: JSON = False):
    """Train on, here, from the last checkpoint of a run that was paused, cancelled or interrupted."""
    with progress() as report:
        show(_summary(open_lab(home).resume(run, report=report)), as_json)

"""Training: train, pause, resume."""

import inspect
from dataclasses import asdict
from functools import cache, wraps
from typing import Annotated

import typer

from embedlab.cli.plumbing import HOME, JSON, RUN, SEED, app, open_lab, progress, run_row, show
from embedlab.core.errors import BadSetting

PANEL = "Settings of the model"
KINDS = {int: "INTEGER", float: "NUMBER", bool: "true|false", str: "TEXT"}


def _train(
    corpus: Annotated[str, typer.Argument(help="A corpus or interactions (id or name), a file, or a bundled set.")],
    model: str,
    name: Annotated[str | None, typer.Option(help="Name of the run.")] = None,
    seed: SEED = 1,
    from_run: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="RUN", help="Initialise from this finished run; words new in the corpus join its own."
        ),
    ] = None,
    home: HOME = None,
    as_json: JSON = False,
    **options,
):
    """Train a model on a corpus or on who chose what. Settings left out take the model's own default."""
    from embedlab.models import DEFAULTS, MODELS, family_for

    if model and model not in {name for known in MODELS.values() for name in (known.name, known.also_called)}:
        raise BadSetting(f"There is no model {model!r}. Choose one of {', '.join(MODELS)}.")
    lab = open_lab(home)
    with progress() as report:
        if model in MODELS:
            MODELS[model].check_installed()
        found = lab.find_data(corpus, report=report)
        family = family_for(model or DEFAULTS[found.kind], found.kind)
        model = family.name
        settings = _chosen(family, {key: value for key, value in options.items() if value not in (None, False)})
        advice = [each for each in lab.advise(found, model, **settings) if each.level != "good"]
        told = _after_advice(advice, report)
        run = lab.train(found, model, name=name, seed=seed, from_run=from_run, report=told, **settings)
    told = {"advice": [asdict(each) for each in advice]} if as_json else {}
    show(_summary(run) | told, as_json)


def _after_advice(advice: list, report):
    """The report, which says the advice before the first progress: a training that is refused gives its reason
    alone."""
    waiting = list(advice)

    def told(progress) -> None:
        while waiting:
            each = waiting.pop(0)
            typer.echo(f"{each.level.capitalize()}: {each.sentence}", err=True)
        report(progress)

    return told


def _chosen(family, given: dict) -> dict:
    """The settings that the options ask for; BadSetting for a flag of another family or one that contradicts them."""
    from embedlab.core.settings import parse
    from embedlab.models import MODELS

    flags = {name: flag for other in MODELS.values() for name, flag in other.flags.items() if name in given}
    settings = parse(family.config, {name: value for name, value in given.items() if name not in flags})
    for name, flag in flags.items():
        if name not in family.flags:
            owner = next(other.name for other in MODELS.values() if name in other.flags)
            raise BadSetting(f"--{name} belongs to {owner}; the model is {family.name!r}. Leave it out.")
        for setting, value in flag.settings.items():
            if settings.setdefault(setting, value) != value:
                raise BadSetting(
                    f"--{name} means --{setting} {value}, but --{setting} is {settings[setting]!r}. "
                    "Leave one of them out."
                )
    return settings


def _summary(run) -> dict:
    return {"run": run.id, "name": run.name} | {key: value for key, value in run.summary.items() if key != "run"}


def _option(name: str, kind, default, info) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, info])


def _model_option() -> inspect.Parameter:
    from embedlab.models import DEFAULTS, MODELS

    usual = "; ".join(f"{name} for {kind}" for kind, name in DEFAULTS.items())
    info = typer.Option(help=f"One of {', '.join(MODELS)}. [dim](default: {usual})[/dim]", show_default=False)
    return _option("model", str | None, None, info)


def _setting_options() -> list[inspect.Parameter]:
    """One option for every setting of every family, drawn from the config dataclasses.

    Values stay text here: the chosen model knows their type, and says in a sentence what is wrong with them.
    """
    from embedlab.core.settings import settings_of
    from embedlab.models import MODELS

    found: dict[str, list] = {}
    for family in MODELS.values():
        for s in settings_of(family.config):
            found.setdefault(s.name, []).append((family.name, s))
    options = []
    for name, owners in found.items():
        first, defaults = owners[0][1], ", ".join(f"{family} {s.default}" for family, s in owners)
        info = typer.Option(
            help=f"{first.help} [dim]({defaults})[/dim]",
            show_default=False,
            metavar=KINDS[first.type] + ("|auto" if any(s.automatic for _, s in owners) else ""),
            rich_help_panel=PANEL,
        )
        options.append(_option(name, str | None, None, info))
    return options


def _flag_options() -> list[inspect.Parameter]:
    """One option for every flag of every family."""
    from embedlab.models import MODELS

    return [
        _option(name, bool, False, typer.Option(f"--{name}", help=f"{family.name}: {flag.help}", rich_help_panel=PANEL))
        for family in MODELS.values()
        for name, flag in family.flags.items()
    ]


def _with_settings(command):
    """The command with the options of every family."""
    signature = inspect.signature(command)
    plain = [
        _model_option() if p.name == "model" else p.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for p in signature.parameters.values()
        if p.name != "options"
    ]
    options = [*plain, *_flag_options(), *_setting_options()]

    @wraps(command)
    def with_settings(**values):
        return command(**values)

    with_settings.__signature__ = signature.replace(parameters=options)
    with_settings.__annotations__ = {p.name: p.annotation for p in options}
    return with_settings


# Drawing the options imports the model families. The app and the other commands need none of them and do not wait.
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
    """Resume a run that was paused, cancelled or interrupted, here, from its last checkpoint."""
    with progress() as report:
        show(_summary(open_lab(home).resume(run, report=report)), as_json)

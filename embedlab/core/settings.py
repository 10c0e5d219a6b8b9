"""Settings: dataclass fields that carry what a form, a command-line option and a check need to know."""

from dataclasses import MISSING, dataclass, field, fields
from math import isfinite
from types import UnionType
from typing import Any, get_args, get_type_hints

from embedlab.core.errors import BadSetting
from embedlab.core.extras import missing, needs

AUTO = "auto"  # the value of a setting that is chosen from the corpus when a training starts


@dataclass(frozen=True)
class Setting:
    """One field of a config as a form sees it.

    type: int, float, bool or str. optional: whether None is allowed. fixed: for a setting that may be AUTO, the value
    that it had before it could be, which sweeps of that time still mean; None for every other setting.
    """

    name: str
    type: type
    default: Any
    label: str
    help: str
    low: float | None
    high: float | None
    choices: tuple[str, ...] | None
    labels: dict[str, str]
    group: str
    optional: bool
    when: tuple[str, tuple] | None
    needs: dict[str, tuple[str, str]]
    fixed: Any = None

    @property
    def automatic(self) -> bool:
        """Whether the setting may be AUTO."""
        return self.fixed is not None

    def name_of(self, choice: str) -> str:
        """A choice as people read it; one whose package is missing says so."""
        name = self.labels.get(choice, choice)
        return f"{name} (not installed)" if choice in self.needs and missing(*self.needs[choice]) else name


def setting(
    default,
    *,
    label,
    help,
    low=None,
    high=None,
    choices=None,
    labels=None,
    group="Main",
    when=None,
    needs=None,
    fixed=None,
):
    """A dataclass field with its one-line `help` (what turning it up does) and its bounds.

    `labels` names the choices for people; `group` is "Main" or "More"; `when=("objective", ("pairs",))` shows the
    field only while another field has one of these values. `needs={"gensim": ("reference", "gensim")}` names the extra
    and the package that a choice needs. `fixed` is given for a setting that may be AUTO, see `Setting`.
    """
    return field(
        default=default,
        metadata=dict(
            label=label,
            help=help,
            low=low,
            high=high,
            choices=choices,
            labels=labels or {},
            group=group,
            when=when,
            needs=needs or {},
            fixed=fixed,
        ),
    )


def settings_of(config_class) -> list[Setting]:
    """Every setting of a config dataclass, in order; fields not made by `setting` are left out."""
    hints = get_type_hints(config_class)
    found = []
    for f in fields(config_class):
        if "help" not in f.metadata:
            continue
        hint = hints[f.name]
        options = [t for t in get_args(hint) if t is not type(None)] if isinstance(hint, UnionType) else [hint]
        default = None if f.default is MISSING else f.default
        found.append(Setting(f.name, options[0], default, optional=options != [hint], **f.metadata))
    return found


def check_settings(config) -> None:
    """Raise BadSetting for the first field of the wrong type or out of its bounds; called in `__post_init__`."""
    for s in settings_of(type(config)):
        value = getattr(config, s.name)
        if value is None and s.optional or value == AUTO and s.automatic:
            continue
        number = isinstance(value, int | float) and not isinstance(value, bool)
        right = (
            number and not (s.type is int and value % 1 != 0) if s.type in (int, float) else isinstance(value, s.type)
        )
        if not right or number and not isfinite(value):
            raise BadSetting(f"{s.label} must be {_kind(s)}{' or auto' if s.automatic else ''}; got {value!r}.")
        if s.low is not None and value < s.low or s.high is not None and value > s.high:
            raise BadSetting(f"{s.label} must {_bounds(s)}; got {value!r}.")
        if s.choices and value not in s.choices:
            raise BadSetting(f"{s.label} must be one of {', '.join(s.choices)}; got {value!r}.")


def check_installed(config) -> None:
    """Raise NotInstalled if a chosen value needs a package that is missing.

    A stored config may hold such a value.
    """
    for s in settings_of(type(config)):
        if extra := s.needs.get(value := getattr(config, s.name)):
            needs(extra[0], f"{s.label} {s.labels.get(value, value)}", extra[1])


def _bounds(s: Setting) -> str:
    if s.low is None or s.high is None:
        return f"be at most {s.high:,.12g}" if s.low is None else f"be at least {s.low:,.12g}"
    return f"lie between {s.low:,.12g} and {s.high:,.12g}"


def _kind(s: Setting) -> str:
    return {int: "a whole number", float: "a number", bool: "true or false", str: "text"}[s.type]


def from_dict(config_class, values: dict):
    """A config from plain values, as stored in JSON or typed by a user; unknown names are an error, not ignored."""
    known = {f.name for f in fields(config_class)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise BadSetting(f"{config_class.__name__} has no setting {unknown[0]!r}; it has {', '.join(sorted(known))}.")
    return config_class(**values)


def parse(config_class, texts: dict[str, str]) -> dict:
    """Typed values for settings given as text (`name=value` on a command line); BadSetting for what does not fit."""
    known = {s.name: s for s in settings_of(config_class)}
    return {name: _typed(known[name], text) if name in known else text for name, text in texts.items()}


def _typed(s: Setting, text: str):
    if s.optional and text.lower() in ("", "none"):
        return None
    if s.automatic and text.lower() == AUTO:
        return AUTO
    if s.type is bool and text.lower() in ("true", "yes", "1", "false", "no", "0"):
        return text.lower() in ("true", "yes", "1")
    try:
        return text if s.type is str else s.type(text)
    except ValueError:
        raise BadSetting(f"{s.label} must be {_kind(s)}{' or auto' if s.automatic else ''}; got {text!r}.") from None

"""Forms drawn from config dataclasses: one widget a setting, its help from the setting itself."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from embedlab.core.settings import AUTO, Setting, settings_of
from embedlab.ui.parts.terms import help_of


@dataclass(frozen=True)
class Shown:
    """How the settings of a form are shown.

    skip: names of settings that are left out. given: values that were decided elsewhere, by name; they are not shown.
    fixed: values that are shown but not for choosing, name -> (value, why).
    automatic: the number that each setting which may be "auto" becomes, where the form knows.
    """

    skip: tuple[str, ...] = ()
    given: Mapping = field(default_factory=dict)
    fixed: Mapping = field(default_factory=dict)
    automatic: Mapping = field(default_factory=dict)


def config_form(config_class, *, key: str, columns: int = 3, shown: Shown = Shown()) -> dict:
    """The values chosen, by name: main settings in a grid, the others behind "More settings"."""
    every = settings_of(config_class)
    settings = [s for s in every if s.name not in (*shown.skip, *shown.given)]
    values = dict(shown.given)
    _grid([s for s in settings if s.group == "Main"], values, key, columns, shown)
    more = [s for s in settings if s.group != "Main"]
    if more:
        with st.expander("More settings"):
            _grid(more, values, key, columns, shown)
    return {s.name: values[s.name] for s in every if s.name in values}


def _grid(settings: list[Setting], values: dict, key: str, columns: int, how: Shown) -> None:
    shown, fixed = 0, how.fixed
    cells = []
    if any(len(s.name_of(choice)) > LONG for s in settings for choice in s.choices or ()):
        columns = min(columns, 2)
    for s in settings:
        if s.when and values.get(s.when[0]) not in s.when[1]:
            continue
        if shown % columns == 0:
            cells = st.columns(columns)
        with cells[shown % columns]:
            if s.name in fixed:
                values[s.name] = _fixed(s, *fixed[s.name])
            else:
                values[s.name] = widget(s, key=f"{key}.{s.name}", automatic=how.automatic.get(s.name))
        shown += 1


def _fixed(s: Setting, value, why: str):
    """A value that stands in the form like the others, but cannot be changed."""
    st.text_input(s.label, value if isinstance(value, str) else f"{value:,}", disabled=True, help=why)
    return value


def widget(s: Setting, *, key: str, automatic: float | None = None):
    """The value of one setting, from the widget that suits its type. automatic: the number that "auto" becomes here."""
    if automatic is not None:
        return _automatic(s, key, automatic)
    common = {"key": key, "help": help_of(s), "persist_state": "session"}
    if s.choices:
        return _choice(s, common)
    if s.type is bool:
        return st.toggle(s.label, value=s.default, **common)
    if s.type is str:
        return st.text_input(s.label, value=s.default or "", placeholder="none", **common)
    return _number(s, common)


def _number(s: Setting, common: dict):
    """A number input whose value, bounds and step are all of the setting's type, as st.number_input demands."""
    value, low, high = (
        None if number is None else s.type(number) for number in (None if s.automatic else s.default, s.low, s.high)
    )
    usual = value or low
    chosen = st.number_input(
        s.label,
        min_value=low,
        max_value=high,
        value=value,
        step=1 if s.type is int else _step(usual),
        format=None if s.type is int else _format(usual),
        placeholder=AUTO if s.automatic else "not set" if s.optional else None,
        **common,
    )
    return AUTO if s.automatic and chosen is None else chosen


def _automatic(s: Setting, key: str, number: float) -> float:
    """A number input that follows the automatic number, from corpus to corpus, until another one is typed.

    Its label tells the automatic number, so that one who typed another one finds the way back.
    """
    followed = f"{key}.automatic"
    number = number if s.type is int else float(f"{number:.4g}")
    if key not in st.session_state or st.session_state[key] == st.session_state.get(followed):
        st.session_state[key] = number
    st.session_state[followed] = number
    return st.number_input(
        f"{s.label} :small[:gray[auto: {number:,}]]",
        min_value=s.low,
        max_value=s.high,
        step=1 if s.type is int else _step(number),
        format=None if s.type is int else _format(number),
        key=key,
        help=f"{help_of(s)} “auto” is {number:,} for data of this size.",
        persist_state="session",
    )


LONG = 17  # letters of a choice that a third of the form still shows whole
SHORT = 12  # letters that fit beside each other as buttons in a third of the form


def _choice(s: Setting, common: dict):
    if sum(len(s.name_of(choice)) for choice in s.choices) <= SHORT:
        return st.segmented_control(
            s.label, s.choices, default=s.default, format_func=s.name_of, required=True, **common
        )
    return st.selectbox(s.label, s.choices, index=s.choices.index(s.default), format_func=s.name_of, **common)


def _step(usual: float | None) -> float:
    """A step of about a tenth of the usual value, so that a click changes something."""
    return 10.0 ** _exponent(usual) if usual else 0.1


def _exponent(usual: float) -> int:
    return math.floor(math.log10(abs(usual)) + 1e-9) - (0 if abs(usual) < 1 else 1)


def _format(usual: float | None) -> str:
    return "%.6g" if not usual or abs(usual) >= 1e-3 else "%.2e"

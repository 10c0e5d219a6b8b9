"""Beside the start button: the cost of a training, advice with Apply, and why a training cannot start."""

import streamlit as st

from embedlab import jobs
from embedlab.core.sizes import duration, size
from embedlab.models import MODELS, advice_of
from embedlab.models.advice import Advice
from embedlab.store.workspace import Workspace
from embedlab.ui.parts.text import plain
from embedlab.ui.train.begin import BUNDLED, key_of
from embedlab.ui.train.form import Order

ICONS = {
    "good": ":green[:material/check_circle:]",
    "note": ":material/info:",
    "warning": ":orange[:material/warning:]",
}
BUTTON = "train.start"


def pressed() -> bool:
    """Whether the start button was pressed, so that the page can say so before it has drawn the form again."""
    return bool(st.session_state.get(BUTTON))


def bar(here: Workspace, order: Order) -> bool:
    """The start button, the estimate and the advice; whether the training is to be started."""
    found = [] if order.refused else list(advice_of(MODELS[order.model], order.corpus, order.settings))
    refused = order.refused or next((advice.sentence for advice in found if advice.stops), "")
    with st.container(horizontal=True, vertical_alignment="center"):
        started = st.button(
            "Train model",
            key=BUTTON,
            type="primary",
            icon=":material/play_arrow:",
            disabled=bool(refused),
            help=plain(refused) or None,
        )
        if not refused:
            st.caption(_cost(here, order), width="stretch")
    if order.refused:
        st.caption(f":red[:material/block:] {plain(order.refused)}")
    for advice in found:
        _line(order, advice)
    return started and not refused


def _cost(here: Workspace, order: Order) -> str:
    """What training will cost in time and memory, in a phrase."""
    found = jobs.expected_cost(here, order.model, order.corpus, order.settings)
    if found is None:
        return f"{MODELS[order.model].title} makes no estimate of its time."
    about = "" if found.seconds < 1 else "about "
    return f"Takes {about}**{duration(found.seconds)}** and {size(found.bytes)} of memory"


def _line(order: Order, advice: Advice) -> None:
    """A sentence of advice, and the button that does what it says."""
    icon = ":red[:material/block:]" if advice.stops else ICONS[advice.level]
    said = f"{icon} {plain(advice.sentence)}"
    if not advice.setting or not _can_apply(order, advice):
        st.caption(said)
        return
    left, right = st.columns([6, 1], vertical_alignment="center", gap="small")
    left.caption(said)
    right.button(
        "Apply",
        key=f"apply.{order.model}.{advice.setting}",
        help=f"Sets {_label(order, advice.setting)} to {_said(order, advice)}.",
        on_click=_apply,
        args=(order.model, advice),
        width="stretch",
    )


def _can_apply(order: Order, advice: Advice) -> bool:
    """Whether the form has a control for it: the dimensions of a run that training starts from stay."""
    return not (order.base and advice.setting == "dim")


def _apply(model: str, advice: Advice) -> None:
    """Set the control of the setting, which the form reads when the page is drawn again."""
    if advice.setting in MODELS[model].base_settings:
        st.session_state[key_of(model)] = BUNDLED
    else:
        st.session_state[f"train.{model}.{advice.setting}"] = advice.value


def _setting(order: Order, name: str):
    from embedlab.core.settings import settings_of

    return next(s for s in settings_of(MODELS[order.model].config) if s.name == name)


def _label(order: Order, name: str) -> str:
    return f"“{_setting(order, name).label}”"


def _said(order: Order, advice: Advice) -> str:
    """A value as the form shows it."""
    if isinstance(advice.value, bool):
        return "on" if advice.value else "off"
    if isinstance(advice.value, str):
        return f"“{_setting(order, advice.setting).name_of(advice.value)}”"
    return f"{advice.value:,}"

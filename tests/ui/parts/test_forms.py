"""Forms drawn from config dataclasses, by the Streamlit that is installed."""

import pytest
from streamlit.testing.v1 import AppTest

from embedlab.core.settings import from_dict, settings_of
from embedlab.data.tokens.preprocess import Preprocessing
from embedlab.evaluation import ScoreOptions
from embedlab.models import MODELS
from embedlab.projections import PROJECTIONS

CONFIGS = {
    **{f"family {name}": family.config for name, family in MODELS.items()},
    **{f"projection {name}": method.config for name, method in PROJECTIONS.items()},
    "preprocessing": Preprocessing,
    "scoring": ScoreOptions,
}
each = pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))


def drawn(script, config) -> AppTest:
    page = AppTest.from_function(script, args=(config,), default_timeout=60).run()
    assert not page.exception, page.exception
    return page


@each
def test_form_as_it_opens_gives_the_default_settings(config):
    def script(config):
        import streamlit as st

        from embedlab.ui.parts.forms import config_form

        st.session_state["values"] = config_form(config, key="form")

    values = drawn(script, config).session_state["values"]
    assert from_dict(config, values) == config()
    kinds = {s.name: s.type for s in settings_of(config)}
    assert all(type(value) is kinds[name] for name, value in values.items() if value not in (None, "auto"))


@pytest.mark.slow
@each
def test_every_setting_has_a_widget_also_those_that_another_one_shows(config):
    def script(config):
        import streamlit as st

        from embedlab.core.settings import settings_of
        from embedlab.ui.parts.forms import widget

        st.session_state["values"] = {s.name: widget(s, key=f"form.{s.name}") for s in settings_of(config)}

    assert from_dict(config, drawn(script, config).session_state["values"]) == config()


@pytest.mark.slow
@each
def test_numbers_take_both_ends_of_their_bounds(config):
    def script(config):
        import streamlit as st

        from embedlab.core.settings import settings_of
        from embedlab.ui.parts.forms import widget

        st.session_state["values"] = {s.name: widget(s, key=f"form.{s.name}") for s in settings_of(config)}

    page = drawn(script, config)
    for s in settings_of(config):
        for bound in (s.low, s.high) if s.type in (int, float) else ():
            if bound is not None:
                page.number_input(key=f"form.{s.name}").set_value(bound).run()
                assert not page.exception
                assert page.session_state["values"][s.name] == bound


def test_an_automatic_setting_follows_the_number_until_another_one_is_typed():
    def script(_):
        import streamlit as st

        from embedlab.core.settings import settings_of
        from embedlab.models import MODELS
        from embedlab.ui.parts.forms import widget

        number = st.session_state.setdefault("number", 30)
        epochs = next(s for s in settings_of(MODELS["word2vec"].config) if s.name == "epochs")
        st.session_state["value"] = widget(epochs, key="epochs", automatic=number)

    page = drawn(script, None)
    assert page.session_state["value"] == 30 and "auto: 30" in page.number_input(key="epochs").label
    page.session_state["number"] = 20
    assert page.run().session_state["value"] == 20
    page.number_input(key="epochs").set_value(7).run()
    page.session_state["number"] = 10
    assert page.run().session_state["value"] == 7 and "auto: 10" in page.number_input(key="epochs").label

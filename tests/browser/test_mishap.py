"""An error that nobody foresaw: a sentence with an id on the page, the traceback under that id in the log."""

import re
from pathlib import Path

import pytest
from helpers.apps import start_app
from playwright.sync_api import expect

SCRIPT = Path(__file__).with_name("mishap_app.py")
SERVED = """from pathlib import Path
import streamlit as st
from embedlab.ui.parts.mishap import told
app = st.App({script!r}, on_script_error=told)
"""


@pytest.mark.slow
def test_unforeseen_errors_end_in_a_sentence_and_an_id(context, tmp_path):
    served = tmp_path / "served_mishaps.py"
    served.write_text(SERVED.format(script=str(SCRIPT)))
    process, url = start_app(tmp_path, served)
    try:
        page = context.new_page()
        for place in ("Script", "Callback", "Fragment"):
            page.goto(url)
            page.get_by_role("button", name=place).click()
            sentence = page.get_by_text(re.compile("Something went wrong that EmbedLab did not expect"))
            expect(sentence).to_be_visible()
            id = re.search(r"Error ([0-9a-f]{8}):", page.get_by_role("alert").inner_text())[1]
            assert "secret" not in page.content() and "Traceback" not in page.content()
            assert page.get_by_role("alert").get_by_role("link").count() == 0
            log = (tmp_path / "app.log").read_text()
            assert re.search(rf"Error {id}[\s\S]*Traceback[\s\S]*a secret of the code", log)
    finally:
        process.terminate()
        process.wait(timeout=20)

"""A sweep in a real browser, from the form to a clicked cell and the map of its run."""

import re

import pytest
from helpers.journeys import LONG, add_corpus, field, go
from helpers.topics_text import topics_text
from playwright.sync_api import expect

pytestmark = pytest.mark.slow  # trains a sweep


@pytest.mark.timeout(300)
def test_sweep_goes_from_form_to_the_run_behind_a_clicked_cell(app, context):
    page = context.new_page()
    add_corpus(page, app, "topics to sweep", topics_text(seed=3, n_sentences=400))
    go(page, "Sweeps")
    page.get_by_role("radio", name="New sweep").or_(
        page.get_by_role("button", name="New sweep", exact=True)
    ).first.click()
    field(page, "Dimensions").fill("4, 8")
    field(page, "Dimensions").press("Tab")
    page.get_by_role("combobox", name=re.compile("Settings to vary")).click()
    page.get_by_role("option", name="Epochs").click()
    page.keyboard.press("Escape")
    field(page, "Epochs").fill("1, 2")
    field(page, "Epochs").press("Tab")
    expect(page.get_by_text(re.compile("4 settings × 3 seeds = 12 trainings"))).to_be_visible()
    page.get_by_role("spinbutton", name="Seeds per setting").fill("2")
    page.get_by_role("spinbutton", name="Seeds per setting").press("Tab")
    expect(page.get_by_text(re.compile("4 settings × 2 seeds = 8 trainings"))).to_be_visible()
    page.get_by_role("button", name="Start sweep").click()
    # Offered by the board of a sweep that has ended; the one before it is drawn anew, and for a moment both are there.
    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_visible(timeout=LONG)
    for said in ("8 of 8", "Each setting is the mean of 2 trainings"):
        expect(page.get_by_text(re.compile(f"^{said}"))).to_have_count(1)
    cell = page.locator(".js-plotly-plot .scatterlayer .point").first
    expect(cell).to_be_attached()
    box = cell.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_role("heading", name="dimensions 4, epochs 1")).to_be_visible()
    page.get_by_role("button", name="Show its map").click()
    expect(page.get_by_role("heading", name="Map", exact=True, level=1)).to_be_visible(timeout=LONG)
    expect(page.get_by_role("combobox", name="Run", exact=True)).to_have_value(re.compile("^topics: dimensions"))

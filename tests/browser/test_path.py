"""The main path in a real browser: upload, train, map, lasso, neighbours, a score; and two visitors at once."""

import re

import pytest
from helpers.journeys import LONG, add_corpus, expect_corpus, field, go, lasso, send_corpus, train
from helpers.topics_text import topics_text
from playwright.sync_api import expect


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_newcomer_goes_from_a_file_to_a_questioned_map(app, context):
    page = context.new_page()
    add_corpus(page, app, "three topics", topics_text(seed=1))
    train(page, "my first run")
    expect(page.locator(".js-plotly-plot").first).to_be_visible()

    page.get_by_role("link", name="See the map").click()
    expect(page.get_by_text(re.compile("neighbours kept"))).to_be_visible(timeout=LONG)  # drawn without being asked
    lasso(page)
    expect(page.get_by_role("heading", name=re.compile(r"\d+ words selected"))).to_be_visible()

    go(page, "Neighbours")
    field(page, "Word").fill("cat")
    field(page, "Word").press("Enter")
    expect(page.get_by_text(re.compile("Nearest to .*cat")).first).to_be_visible()

    go(page, "Benchmarks")
    page.get_by_role("button", name="Score this run").click()
    expect(page.get_by_text("Scores of my first run")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("WordSim-353").first).to_be_visible()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_visitors_train_at_once_and_each_sees_their_own(app, browser):
    visitors = [browser.new_context(viewport={"width": 1280, "height": 900}) for _ in range(2)]
    pages = [visitor.new_page() for visitor in visitors]
    for i, page in enumerate(pages):
        page.set_default_timeout(30_000)
        send_corpus(page, app, f"corpus of visitor {i}", topics_text(seed=10 + i))
    for i, page in enumerate(pages):
        expect_corpus(page)
        go(page, "Train")
        field(page, "Name of the run").fill(f"run of visitor {i}")
        field(page, "Name of the run").press("Tab")
        page.get_by_role("button", name="Train model").click()
    for i, page in enumerate(pages):
        expect(page.get_by_role("link", name="See the map")).to_be_visible(timeout=LONG)
        main = page.get_by_test_id("stMain")
        expect(main.get_by_text(f"run of visitor {i}").first).to_be_visible()
        expect(main.get_by_text(f"run of visitor {1 - i}")).to_have_count(0)
    for i, page in enumerate(pages):
        go(page, "Neighbours")
        expect(page.get_by_role("combobox", name="Run", exact=True)).to_have_value(f"run of visitor {i}")
    for visitor in visitors:
        visitor.close()


@pytest.mark.slow
def test_closed_tab_does_not_stop_training(app, context):
    page = context.new_page()
    page.goto(f"{app}/train")
    field(page, "Name of the run").fill("left alone")
    field(page, "Name of the run").press("Tab")
    page.get_by_role("button", name="Train model").click()
    expect(page.get_by_text("left alone").first).to_be_visible()
    page.close()
    again = context.new_page()
    again.goto(f"{app}/runs")
    expect(again.get_by_role("heading", name="Runs", level=1)).to_be_visible(timeout=LONG)
    expect(again.get_by_test_id("stDataFrame").first).to_be_visible(timeout=LONG)  # drawn after what runs and waits
    expect(again.get_by_text("Running and waiting")).to_have_count(0, timeout=LONG)

"""The Train page in a real browser: what stands in view at 1280 x 720 before, while and after a training."""

import re

import pytest
from helpers.journeys import LONG
from playwright.sync_api import Page, expect

SIZE = {"width": 1280, "height": 720}


@pytest.fixture
def page(browser, app) -> Page:
    opened = browser.new_context(viewport=SIZE)
    opened.set_default_timeout(60_000)
    yield opened.new_page()
    opened.close()


def in_view(locator) -> None:
    expect(locator).to_be_in_viewport(ratio=0.99, timeout=60_000)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_button_advice_progress_film_and_links_stand_in_view(app, page):
    page.goto(f"{app}/train")
    button = page.get_by_role("button", name="Train model")
    expect(button).to_be_enabled(timeout=LONG)
    in_view(button)
    in_view(page.get_by_text(re.compile("Takes .* of memory")))
    in_view(page.get_by_text(re.compile("tokens are few")))
    epochs = page.get_by_label(re.compile("^Epochs"))
    epochs.fill("2")
    epochs.press("Tab")
    apply = page.get_by_role("button", name="Apply")
    in_view(apply)
    apply.click()
    expect(epochs).not_to_have_value("2")
    button.click()
    in_view(page.get_by_text("Queued").first)
    for name in ("See the map", "Ask for neighbours", "Judge"):
        link = page.get_by_role("link", name=name)
        expect(link).to_be_visible(timeout=LONG)
        in_view(link)
    play = page.get_by_role("button", name=re.compile("Play|Pause"))
    in_view(play)
    moments = page.get_by_text(re.compile(r"words at \d+ moments"))
    assert int(re.search(r"at (\d+) moments", moments.inner_text()).group(1)) >= 24
    played = page.get_by_role("slider", name="Moment of the training")
    expect(played).to_have_value("1", timeout=60_000)  # it plays by itself, to its end
    page.get_by_label("Seed", exact=True).fill("2")
    page.get_by_label("Seed", exact=True).press("Tab")
    expect(page.get_by_placeholder(re.compile("seed 2$"))).to_be_visible()
    expect(played).to_have_value("1")  # a change of the form does not begin it anew

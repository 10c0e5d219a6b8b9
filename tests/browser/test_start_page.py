"""The Start page in a real browser, from a fresh home: the map at once, a word asked of it, and the ways to go on."""

import re

import pytest
from helpers.apps import start_app
from helpers.journeys import LONG
from helpers.topics_text import topics_text
from playwright.sync_api import expect

from embedlab.vectors.pretrained import available

pytestmark = pytest.mark.skipif(not available(), reason="the package with the pretrained vectors is missing")

PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Mobile Safari/537.36"
)


@pytest.fixture(scope="module")
def fresh(chromium, tmp_path_factory):
    """The address of an app on an empty workspace that nobody has visited."""
    process, url = start_app(tmp_path_factory.mktemp("start"))
    yield url
    process.terminate()
    process.wait(timeout=20)


@pytest.fixture
def page(fresh, browser):
    visitor = browser.new_context(viewport={"width": 1280, "height": 720})
    visitor.set_default_timeout(60_000)
    opened = visitor.new_page()
    opened.goto(fresh)
    yield opened
    visitor.close()


def box(page):
    return page.get_by_role("textbox", name="Type a word", exact=True)


def neighbours(page):
    return page.get_by_role("list", name=re.compile("^Nearest to")).get_by_role("button")


def test_map_stands_before_any_work_has_ended_and_all_is_on_the_first_screen(page):
    canvas = page.get_by_test_id("map-canvas")
    expect(canvas).to_be_in_viewport(ratio=1, timeout=LONG)
    expect(page.get_by_role("application")).to_have_attribute("aria-label", re.compile("15,000"))
    expect(page.get_by_text("GloVe 6B by Pennington, Socher and Manning")).to_be_visible()
    for door in ("See it learn", "Take a lesson", "Bring your own"):
        expect(page.get_by_role("button", name=re.compile(door))).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("link", name=re.compile("^5 Judge"))).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("heading", level=2)).to_have_text("An embedding puts alike things near each other.")


def test_word_and_enter_show_its_neighbours_and_a_click_travels_on(page):
    box(page).fill("Paris")
    box(page).press("Enter")
    expect(page.get_by_role("heading", name="paris", level=3)).to_be_visible(timeout=LONG)
    expect(neighbours(page)).to_have_count(10)
    expect(neighbours(page).first).to_have_accessible_name(re.compile(r"^france,? 0\.80"))
    neighbours(page).filter(has_text="vienna").click()
    expect(page.get_by_role("heading", name="vienna", level=3)).to_be_visible(timeout=LONG)
    expect(box(page)).to_have_value("vienna")
    assert "word=vienna" in page.url


@pytest.mark.slow
def test_suggestion_is_a_click_away_and_an_unknown_word_gets_spellings(page):
    box(page).press_sequentially("guit")
    page.get_by_role("option", name="guitar", exact=True).click()
    expect(page.get_by_role("heading", name="guitar", level=3)).to_be_visible(timeout=LONG)
    box(page).fill("elefant")
    box(page).press("Enter")
    expect(page.get_by_text("Did you mean one of these?")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="elephant", exact=True).click()
    expect(page.get_by_role("heading", name="elephant", level=3)).to_be_visible(timeout=LONG)
    expect(box(page)).to_have_value("elephant")


def test_analogy_is_answered_with_how_clear_it_is(page):
    page.get_by_role("button", name="paris − france + japan = ?").click()
    expect(page.get_by_text("“tokyo” is 0.09 ahead of “shanghai”: a clear answer.")).to_be_visible(timeout=LONG)


@pytest.mark.slow
def test_word_is_asked_further_of_the_pretrained_run(page):
    box(page).fill("tokyo")
    box(page).press("Enter")
    page.get_by_role("button", name="More questions").click(timeout=LONG)
    expect(page.get_by_role("heading", name="Neighbours", level=1)).to_be_visible(timeout=LONG)
    expect(page.get_by_role("combobox", name="Run", exact=True)).to_have_value(
        re.compile("GloVe 6B, 50 dimensions"), timeout=LONG
    )
    expect(page.get_by_text("tokyo").first).to_be_visible(timeout=LONG)


@pytest.mark.slow
def test_doors_lead_where_they_say(page, fresh):
    page.get_by_role("button", name=re.compile("Bring your own")).click()
    expect(page.get_by_role("heading", name="Corpora", level=1)).to_be_visible(timeout=LONG)
    expect(page.locator("input[type=file]")).to_be_attached(timeout=LONG)
    page.goto(fresh)
    page.get_by_role("button", name=re.compile("Take a lesson")).click()
    expect(page.get_by_role("heading", name="Sweeps", level=1)).to_be_visible(timeout=LONG)
    expect(page.get_by_role("radio", name="Lessons")).to_be_checked(timeout=LONG)
    page.goto(fresh)
    page.get_by_role("button", name=re.compile("See it learn")).click()
    expect(page.get_by_role("heading", name="Train", exact=True, level=1)).to_be_visible(timeout=LONG)
    expect(page.get_by_text(re.compile("filmed")).first).to_be_visible(timeout=LONG)


@pytest.mark.slow
def test_five_clicks_lead_to_ones_own_text_on_a_map(page):
    page.get_by_role("button", name=re.compile("Bring your own")).click()
    page.locator("input[type=file]").set_input_files(  # the second: choosing the file
        {"name": "topics.txt", "mimeType": "text/plain", "buffer": topics_text(seed=3).encode()}
    )
    page.get_by_role("button", name="Add corpus").click(timeout=LONG)
    page.get_by_role("button", name="Train on it now").click(timeout=LONG)
    page.get_by_role("link", name="See the map").click(timeout=LONG)
    expect(page.get_by_test_id("map-canvas")).to_be_in_viewport(timeout=LONG)
    expect(page.get_by_role("application")).to_have_attribute("aria-label", re.compile("topics|words"), timeout=LONG)


@pytest.mark.slow
def test_on_a_phone_the_box_comes_first_and_the_map_next(fresh, browser):
    visitor = browser.new_context(viewport={"width": 390, "height": 844}, user_agent=PHONE, has_touch=True)
    page = visitor.new_page()
    page.goto(fresh)
    expect(box(page)).to_be_in_viewport(timeout=LONG)
    canvas = page.get_by_test_id("map-canvas")
    expect(canvas).to_be_visible(timeout=LONG)
    place, field = canvas.bounding_box(), box(page).bounding_box()
    assert field["y"] + field["height"] <= place["y"]
    assert place["width"] >= 380 and place["height"] >= 0.6 * 844 - 1
    assert page.get_by_role("button", name=re.compile("See it learn")).bounding_box()["y"] > place["y"]
    visitor.close()

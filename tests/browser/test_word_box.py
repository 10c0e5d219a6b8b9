"""The box that suggests words: by prefix, whatever case and accents, with keys, clicks, and for several words."""

import re
from pathlib import Path

import pytest
from helpers.apps import start_app
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def boxes(chromium, tmp_path_factory):
    process, url = start_app(tmp_path_factory.mktemp("boxes"), Path(__file__).with_name("word_box_app.py"))
    yield url
    process.terminate()
    process.wait(timeout=20)


@pytest.fixture
def page(boxes, context):
    opened = context.new_page()
    opened.goto(boxes)
    expect(opened.get_by_text("asked '' and ''")).to_be_visible()
    return opened


def box(page, label="Word"):
    return page.get_by_role("textbox", name=label, exact=True)


def options(page):
    return page.get_by_role("listbox").get_by_role("option")


def test_words_that_begin_with_what_is_typed_are_suggested_exact_ones_first(page):
    box(page).press_sequentially("CA")
    expect(options(page)).to_have_text(["car", "Café", "carpet", "care", "cat"])
    box(page).fill("cat")
    expect(options(page)).to_have_text(["cat"])
    box(page).fill("CAFE")
    expect(options(page)).to_have_text(["Café"])
    box(page).fill("New Y")
    expect(options(page)).to_have_text(["new york"])
    box(page).fill("word39999")
    expect(options(page)).to_have_text(["word39999", *(f"word39999{i}" for i in range(7))])
    box(page).fill("nothing begins so")
    expect(options(page)).to_have_count(0)


def test_arrow_keys_choose_and_enter_submits_once(page):
    box(page).press_sequentially("ca")
    expect(options(page)).to_have_count(5)
    box(page).press("ArrowDown")
    box(page).press("ArrowDown")
    expect(options(page).nth(1)).to_have_attribute("aria-selected", "true")
    expect(box(page)).to_have_attribute("aria-activedescendant", options(page).nth(1).get_attribute("id"))
    box(page).press("Enter")
    expect(page.get_by_text("asked 'Café' and '' in run 2")).to_be_visible()
    expect(options(page)).to_have_count(0)
    expect(box(page)).to_have_value("Café")


def test_enter_submits_what_is_typed_and_escape_only_closes(page):
    box(page).press_sequentially("ca")
    expect(options(page)).to_have_count(5)
    box(page).press("Escape")
    expect(options(page)).to_have_count(0)
    expect(box(page)).to_have_value("ca")
    box(page).press("Enter")
    expect(page.get_by_text("asked 'ca' and '' in run 2")).to_be_visible()


def test_click_on_a_suggestion_submits_it_and_the_box_follows_the_page(page):
    box(page).press_sequentially("new")
    options(page).filter(has_text="new york").click()
    expect(page.get_by_text("asked 'new_york'")).to_be_visible()
    page.get_by_role("button", name="Travel").click()
    expect(page.get_by_text("asked 'carpet'")).to_be_visible()
    expect(box(page)).to_have_value("carpet")


def test_several_words_are_completed_one_by_one_and_leaving_submits_them(page):
    words = box(page, "Words")
    words.press_sequentially("car")
    options(page).filter(has_text="carpet").click()
    expect(words).to_have_value("carpet, ")
    words.press_sequentially("the")
    expect(options(page)).to_have_text(["the"])
    words.press("Tab")
    expect(page.get_by_text(re.compile("asked '' and 'carpet, the' in run 2"))).to_be_visible()


def test_box_is_a_text_box_that_names_its_list(page):
    expect(box(page)).to_have_attribute("type", "text")
    expect(box(page)).to_have_attribute("aria-autocomplete", "list")
    assert box(page).get_attribute("role") is None and box(page).get_attribute("list") is None
    box(page).fill("ca")
    assert box(page).get_attribute("aria-controls") == page.get_by_role("listbox").get_attribute("id")

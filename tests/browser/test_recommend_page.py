"""The Recommend page in a real browser: from choosing titles to "because you chose", and on to the neighbours."""

import re

import pytest
from helpers.apps import start_app
from helpers.journeys import LONG
from helpers.taste_runs import taste_lab
from playwright.sync_api import expect

pytestmark = pytest.mark.slow  # trains, and drives an app


@pytest.fixture
def recommending(tmp_path, chromium):
    """A workspace with a run that recommends, and the address of its own app: the shared one begins with words."""
    lab = taste_lab(tmp_path, "als")
    process, url = start_app(tmp_path)
    yield lab, url
    process.terminate()
    process.wait(timeout=20)


@pytest.mark.timeout(300)
def test_titles_are_chosen_and_recommendations_say_which_of_them_they_rest_on(recommending, context):
    lab, app = recommending
    run = lab.run("als")
    first, second = lab.run_interactions(run).vocabulary.words[3:5]
    page = context.new_page()
    page.goto(f"{app}/recommend?run={run.id}")
    expect(page.get_by_role("heading", name="Recommended", exact=True)).to_be_visible(timeout=LONG)
    expect(page.get_by_text("because you chose")).to_have_count(10)
    page.get_by_role("radio", name="Somebody new").or_(page.get_by_role("button", name="Somebody new")).first.click()
    expect(page.get_by_role("heading", name="This person likes 3 items")).to_be_visible()
    box = page.get_by_role("combobox", name=re.compile("Items that this person likes"))
    page.get_by_role("button", name=re.compile("Clear")).first.click()
    expect(page.get_by_text("Choose at least one item that this person likes.")).to_be_visible()
    for title, said in ((first, "1 item"), (second, "2 items")):
        box.fill(title)
        page.get_by_role("option", name=title, exact=True).click()
        page.keyboard.press("Escape")  # an open list hides the rest of the page from those who listen
        expect(page.get_by_role("heading", name=f"This person likes {said}", exact=True)).to_be_visible()
    rows, _ = lab.recommend(run, chosen=[first, second])
    reasons = page.get_by_text(re.compile("^because you chose"))
    best = rows[0]["because"][0]
    expect(reasons.first).to_contain_text(f"{best['title']} ({100 * best['share'] / rows[0]['score']:.0f}\u00a0%)")
    page.get_by_role("button", name=rows[0]["title"], exact=True).click()
    expect(page.get_by_text("Together they add up to the score")).to_be_visible()
    page.get_by_role("button", name="Nearest items").click()
    expect(page.get_by_role("heading", name="Neighbours", level=1)).to_be_visible(timeout=LONG)
    expect(page.get_by_text(f"Nearest to “{rows[0]['title']}”")).to_be_visible(timeout=LONG)

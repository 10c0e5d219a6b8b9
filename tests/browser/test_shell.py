"""The frame around every page: its address on a fresh server, the rail, the menu of a phone, the way past both."""

import pytest
from helpers.apps import start_app
from helpers.journeys import LONG
from playwright.sync_api import expect

from embedlab.ui.parts.theme import PAGES

TITLES = [title for listed in PAGES.values() for _, title, _ in listed if title != "Start"]
PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Mobile Safari/537.36"
)

INSIDE = """() => [...document.querySelectorAll("[data-testid=stSidebar] a")].every((link) => {
  const box = link.getBoundingClientRect();
  return box.left >= 0 && box.right <= 72 && box.height >= 24 && box.bottom <= 720;
})"""


@pytest.fixture
def fresh(chromium, tmp_path):
    """The address of an app that nobody has visited."""
    process, url = start_app(tmp_path)
    yield url
    process.terminate()
    process.wait(timeout=20)


def open_address(context, url: str, title: str):
    page = context.new_page()
    page.goto(f"{url}/{title.lower()}")
    expect(page.get_by_role("heading", name=title, exact=True, level=1)).to_be_visible(timeout=LONG)
    expect(page.get_by_text("Page not found")).to_have_count(0)
    expect(page.get_by_test_id("stSidebar").get_by_role("link", name=title)).to_have_attribute("aria-current", "page")
    assert page.url.partition("?")[0] == f"{url}/{title.lower()}"


@pytest.mark.slow
@pytest.mark.parametrize("title", ["Corpora", "Benchmarks"])
def test_first_visitor_of_a_server_may_come_by_the_address_of_a_page(title, fresh, context):
    open_address(context, fresh, title)


@pytest.mark.slow
@pytest.mark.parametrize("title", TITLES)
def test_every_page_opens_by_its_own_address(title, app, context):
    open_address(context, app, title)


@pytest.mark.slow
def test_rail_is_narrow_and_names_every_page(app, context):
    page = context.new_page()
    page.goto(f"{app}/runs")
    rail = page.get_by_test_id("stSidebar")
    expect(rail.locator("a p")).to_have_text(["Start", *TITLES], timeout=LONG)
    page.wait_for_function(INSIDE)  # once the style has been applied
    expect(rail.get_by_role("link", name="Runs")).to_have_attribute("aria-current", "page")


@pytest.mark.slow
def test_menu_of_a_phone_opens_leads_to_a_page_and_closes(app, browser):
    visitor = browser.new_context(viewport={"width": 390, "height": 844}, user_agent=PHONE, has_touch=True)
    page = visitor.new_page()
    page.goto(f"{app}/runs")
    expect(page.get_by_role("heading", name="Runs", level=1)).to_be_in_viewport(timeout=LONG)
    page.get_by_role("button", name="Expand sidebar").click()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Train").click()
    expect(page.get_by_role("heading", name="Train", exact=True, level=1)).to_be_in_viewport(timeout=LONG)
    expect(page.get_by_role("button", name="Expand sidebar")).to_be_visible()
    visitor.close()


@pytest.mark.slow
def test_first_tab_stop_leads_past_the_navigation(app, context):
    page = context.new_page()
    page.goto(f"{app}/runs")
    expect(page.get_by_role("heading", name="Runs", level=1)).to_be_visible(timeout=LONG)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to main content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()

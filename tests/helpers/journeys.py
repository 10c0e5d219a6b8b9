"""Steps of a person in the browser: go to a page, add a corpus, train."""

import re

from playwright.sync_api import Page, expect

LONG = 180_000


def go(page: Page, name: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=name, exact=True, level=1)).to_be_visible(timeout=LONG)


def field(page: Page, name: str):
    return page.get_by_role("textbox", name=name, exact=True)


def add_corpus(page: Page, url: str, name: str, text: str) -> None:
    send_corpus(page, url, name, text)
    expect_corpus(page)


def send_corpus(page: Page, url: str, name: str, text: str) -> None:
    page.goto(f"{url}/corpora")
    expect(page.get_by_role("heading", name="Corpora", level=1)).to_be_visible(timeout=LONG)
    page.get_by_role("radio", name="Add your own").or_(page.get_by_role("button", name="Add your own")).first.click()
    page.locator("input[type=file]").set_input_files(
        {"name": f"{name}.txt", "mimeType": "text/plain", "buffer": text.encode()}
    )
    field(page, "Name of the corpus").fill(name)
    field(page, "Name of the corpus").press("Tab")
    page.get_by_role("button", name="Add corpus").click()


def expect_corpus(page: Page) -> None:
    expect(page.get_by_text(re.compile(r"documents, [\d,]+ tokens"))).to_be_visible(timeout=LONG)


def train(page: Page, run_name: str) -> None:
    go(page, "Train")
    field(page, "Name of the run").fill(run_name)
    field(page, "Name of the run").press("Tab")
    page.get_by_role("button", name="Train model").click()
    expect(page.get_by_role("link", name="See the map")).to_be_visible(timeout=LONG)


def lasso(page: Page) -> None:
    """Choose the lasso and draw a loop around most of the map."""
    stage = page.get_by_role("application")
    stage.get_by_role("button", name="Lasso").click()
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    corners = [(0.16, 0.03), (0.78, 0.03), (0.78, 0.88), (0.16, 0.88), (0.16, 0.04)]
    points = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in corners]
    page.mouse.move(*points[0])
    page.mouse.down()
    for x, y in points[1:]:
        page.mouse.move(x, y, steps=12)
    page.mouse.up()

"""Every page in both themes: no serious finding of axe-core, headings without a gap, and a walk by keyboard."""

import os

import pytest
from helpers.journeys import LONG
from helpers.paths import ROOT
from playwright.sync_api import Page, expect

from embedlab import Lab
from embedlab.ui.parts.theme import PAGES

pytestmark = pytest.mark.slow  # every page in two themes

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
NAMES = [title for listed in PAGES.values() for _, title, _ in listed]
SERIOUS = """async () => {
  const found = await axe.run({resultTypes: ["violations"]});
  return found.violations.filter((each) => ["serious", "critical"].includes(each.impact)).map((each) => [
    each.id, ...each.nodes.slice(0, 4).map((node) => `${node.target.flat().join(" ")}: ${node.html.slice(0, 160)}`)]);
}"""
HEADINGS = "() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((head) => Number(head.tagName[1]))"
FOCUSED = """() => {
  let at = document.activeElement;
  while (at.shadowRoot && at.shadowRoot.activeElement) at = at.shadowRoot.activeElement;
  const css = getComputedStyle(at), box = at.getBoundingClientRect();
  const outlined = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const around = at.parentElement && getComputedStyle(at.parentElement);
  const ring = outlined(css) || css.boxShadow !== "none" || Boolean(around && outlined(around));
  const label = at.labels && at.labels[0] && at.labels[0].textContent;
  const name = at.getAttribute("aria-label") || label || at.textContent || at.value || at.tagName;
  return {name: name.trim().slice(0, 60), tag: at.tagName, ring, top: box.top};
}"""


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core, as `npm ci` installs it."""
    if AXE.exists():
        return AXE.read_text(encoding="utf-8")
    if os.environ.get("EMBEDLAB_REQUIRE_BROWSER"):
        pytest.fail("axe-core is not installed: npm ci")
    pytest.skip("axe-core is not installed: npm ci")


@pytest.fixture(scope="module")
def shown(app, home) -> str:
    """The address of the shared app, with a labelled corpus, a run, its map and its scores to look at."""
    lab = Lab(home)
    lab.train("tastes", "als", name="tastes", dim=8, epochs=3)  # before the others, which the pages begin with
    run = lab.train(lab.add_corpus("polarity"), "word2vec", name="films", dim=12, epochs=3, min_count=1, workers=1)
    lab.map(run, "pca")
    lab.evaluate(run, ["wordsim353", "geometry"])
    return app


@pytest.fixture(scope="module", params=["light", "dark"])
def visit(request, shown, browser):
    """A page of the app in one theme, which goes from one page to the next as a visitor does."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme=request.param)
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(shown)
    yield page
    context.close()


def settled(page: Page, name: str) -> None:
    """Turn to a page and wait until its script has ended and nothing on it is stale."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_attached(timeout=LONG)
    at_rest(page)


def at_rest(page: Page) -> None:
    page.wait_for_function(
        "() => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
        " && !document.querySelector('[data-stale=true]')"
        " && !document.querySelector('[data-testid=stSkeleton]')"  # whose code is still on its way
    )


@pytest.mark.parametrize("name", NAMES)
def test_page_has_no_serious_finding_and_no_gap_between_headings(visit, axe, name):
    settled(visit, name)
    visit.evaluate(axe)
    found = visit.evaluate(SERIOUS)
    assert not found, "\n".join("\n  ".join(each) for each in found)
    levels = visit.evaluate(HEADINGS)
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False)), levels


def test_keyboard_reaches_the_skip_link_first_and_every_control_with_a_ring(shown, context):
    page = context.new_page()
    page.goto(f"{shown}/neighbours?word=film")
    expect(page.get_by_text("Nearest to “film”")).to_be_visible(timeout=LONG)
    expect(page.get_by_test_id("stSkipToContent")).to_be_attached()
    at_rest(page)
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)["name"] == "Skip to main content"
    assert page.evaluate(FOCUSED)["top"] >= 0
    page.keyboard.press("Enter")
    stops = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop["tag"] in ("BODY", "HTML") or stop["name"] == "Skip to main content":
            break
        stops.append(stop)
    names = [stop["name"] for stop in stops]
    assert "Start" not in names  # the link has led past the navigation
    for wanted in ("Word", "Nearest", "How many"):
        assert any(wanted in name for name in names), f"no {wanted} among {names}"
    assert not [stop for stop in stops if not stop["ring"]]

"""The Map page in a real browser: the share of the map, travelling, tags, what is placed, links, three dimensions."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

BOTH = "location.search.includes('view=') && location.search.includes('sel=')"


@pytest.fixture(scope="module")
def mapped(app, home, tmp_path_factory):
    """A run of 60 random vectors with two maps of 40 words, flat and in 3-D: (address, run, map, map)."""
    from embedlab import Lab
    from embedlab.jobs.map_specs import MapSpec

    lab = Lab(home)
    file = tmp_path_factory.mktemp("mapped") / "vectors.txt"
    vectors = np.random.default_rng(0).normal(size=(60, 8))
    lines = [f"w{i} " + " ".join(f"{value:.4f}" for value in row) for i, row in enumerate(vectors)]
    file.write_text("\n".join(["60 8", *lines]), encoding="utf-8")
    run = lab.import_vectors(file)
    for dims in (2, 3):
        lab.map(run, "pca", limit=40, dims=dims)
    return app, run, *(MapSpec(run.id, "pca", limit=40, dims=dims).id for dims in (2, 3))


def opened(page: Page, url: str):
    page.goto(url)
    stage = page.get_by_role("application").first
    stage.wait_for(timeout=60_000)
    page.wait_for_function("stage => stage.map?.stats.first", arg=stage.element_handle())
    return stage


def click(page: Page, stage, i: int) -> None:
    box = stage.bounding_box()
    x, y = stage.evaluate(
        "(stage, i) => { const p = stage.map.scene.place(stage.map.view, i); return [p.sx, p.sy]; }", i
    )
    page.mouse.click(box["x"] + x, box["y"] + y)


def lacking(run) -> int:
    """A drawn word some of whose nearest neighbours are not drawn."""
    near = [[run.embedding.ids[n.word] for n in run.embedding.neighbours(f"w{i}", k=10)] for i in range(40)]
    return next(i for i, rows in enumerate(near) if sum(row >= 40 for row in rows) > 2)


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height", "least"), [(1280, 720, 0.65), (390, 844, 0.6)])
def test_map_takes_most_of_the_window(mapped, browser, width, height, least):
    url, run, flat, _ = mapped
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    opened(page, f"{url}/map?run={run.id}&map={flat}")
    box = page.get_by_test_id("map-canvas").bounding_box()
    seen = min(box["y"] + box["height"], height) - box["y"]
    assert box["width"] * seen >= least * width * height
    assert box["y"] >= 0 and box["x"] + box["width"] <= width + 1
    context.close()


@pytest.mark.slow
def test_neighbours_are_travelled_and_the_search_finds_any_spelling(mapped, context):
    url, run, flat, _ = mapped
    page = context.new_page()
    stage = opened(page, f"{url}/map?run={run.id}&map={flat}")
    box = page.get_by_role("textbox", name="Search")
    box.fill("W7")
    box.press("Enter")
    expect(page.get_by_role("heading", name="w7", exact=True)).to_be_visible()
    nearest = run.embedding.neighbours("w7", k=10)[0].word
    page.get_by_role("list", name="Nearest to w7").get_by_role("button").first.click()
    expect(page.get_by_role("heading", name=nearest, exact=True)).to_be_visible()
    row = run.embedding.ids[nearest]
    page.wait_for_function(
        "([stage, i]) => stage.map.scene.chosen.length === 1 && (i >= 40 || stage.map.scene.chosen[0] === i)",
        arg=[stage.element_handle(), row],
    )
    expect(box).to_have_value("")


@pytest.mark.slow
def test_chip_on_the_map_opens_trust(mapped, context):
    url, run, flat, _ = mapped
    page = context.new_page()
    opened(page, f"{url}/map?run={run.id}&map={flat}")
    page.get_by_role("button", name="neighbours kept").click()
    expect(page.get_by_role("tab", name="Trust")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("button", name="Would noise look like this too?")).to_be_visible()


def test_missing_neighbours_are_put_on_the_map_and_the_view_stays(mapped, context):
    url, run, flat, _ = mapped
    page, i = context.new_page(), lacking(run)
    stage = opened(page, f"{url}/map?run={run.id}&map={flat}&view=0.02,0.02,0.9")
    view = stage.evaluate("stage => stage.map.view.toArray()")
    click(page, stage, i)
    expect(page.get_by_role("heading", name=f"w{i}", exact=True)).to_be_visible()
    page.wait_for_function(
        "stage => stage.map.scene.n > 40 && stage.map.scene.chosen.length === 1", arg=stage.element_handle()
    )
    assert stage.evaluate("stage => [stage.map.view.toArray(), stage.map.scene.chosen]") == [view, [i]]
    joined = stage.evaluate("stage => stage.map.about.links.to")
    assert len(joined) == 10 and max(joined) >= 40, "lines to those that are not drawn, too"
    page.wait_for_function(BOTH)

    click(page, stage, 40)  # the first that was put there
    page.wait_for_function("stage => stage.map.scene.chosen[0] >= 40", arg=stage.element_handle())
    assert stage.evaluate("stage => stage.map.view.toArray()") == view


@pytest.mark.slow
def test_words_that_are_not_drawn_are_placed_by_name(mapped, context):
    url, run, flat, _ = mapped
    page = context.new_page()
    stage = opened(page, f"{url}/map?run={run.id}&map={flat}")
    page.get_by_role("tab", name="Settings").click()
    page.get_by_text("Place more words").click()
    page.get_by_role("textbox", name="Words, with commas between").fill("w50, w3, nothing")
    page.get_by_role("textbox", name="Words, with commas between").press("Enter")
    expect(page.get_by_text("Not among the words of this run: nothing.")).to_be_visible()
    expect(page.get_by_text("Drawn already, so only ringed: w3.")).to_be_visible()
    page.wait_for_function("stage => stage.map.labels.some(label => label.text === 'w50')", arg=stage.element_handle())
    page.wait_for_function("stage => stage.map.highlight.includes(3)", arg=stage.element_handle())


@pytest.mark.slow
def test_map_in_three_dimensions_is_clicked_keeps_its_turn_and_a_link_shows_both(mapped, context):
    url, run, _, solid = mapped
    page, i = context.new_page(), lacking(run)
    stage = opened(page, f"{url}/map?run={run.id}&map={solid}")
    box = stage.bounding_box()
    before = stage.evaluate("stage => stage.map.view.toArray()")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 90, y + 10, steps=4)
    page.mouse.up()
    page.wait_for_function("location.search.includes('view=')")
    turned = stage.evaluate("stage => stage.map.view.toArray()")
    assert len(turned) == 6 and turned != before

    click(page, stage, i)
    heading = page.locator(".st-key-map_panel :is(h2, h3)").first
    expect(heading).not_to_have_text("Click a word")
    chosen = heading.inner_text()
    page.wait_for_function("stage => stage.map.about.links?.to.length === 10", arg=stage.element_handle())
    page.wait_for_function(BOTH)

    again = context.new_page()
    other = opened(again, page.url)
    expect(again.get_by_role("heading", name=chosen, exact=True)).to_be_visible(timeout=60_000)
    assert other.evaluate("stage => stage.map.view.toArray()") == pytest.approx(turned, abs=0.05)

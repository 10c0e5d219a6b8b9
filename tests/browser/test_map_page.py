"""The Map page in a real browser: what is put on a finished map, what stays in view, and maps in three dimensions."""

import numpy as np
import pytest
from helpers.apps import start_app
from playwright.sync_api import Page, expect

# What Plotly says of a click on a point, between the button's way down and up.
CLICK = """(host, row) => {
  const at = { clientX: 10, clientY: 10, bubbles: true };
  host.dispatchEvent(new PointerEvent("pointerdown", at));
  host.emit("plotly_click", { points: [{ customdata: row }] });
  host.dispatchEvent(new PointerEvent("pointerup", at));
}"""
BOTH = "location.search.includes('view=') && location.search.includes('sel=')"


@pytest.fixture(scope="module")
def mapped(tmp_path_factory, chromium):
    """An app on a run of 60 random vectors with two maps of 40 words, flat and in 3-D: (address, run, map, map)."""
    from embedlab import Lab
    from embedlab.jobs.map_specs import MapSpec

    home = tmp_path_factory.mktemp("mapped")
    lab = Lab(home)
    vectors = np.random.default_rng(0).normal(size=(60, 8))
    lines = [f"w{i} " + " ".join(f"{value:.4f}" for value in row) for i, row in enumerate(vectors)]
    (home / "vectors.txt").write_text("\n".join(["60 8", *lines]), encoding="utf-8")
    run = lab.import_vectors(home / "vectors.txt")
    for dims in (2, 3):
        lab.map(run, "pca", limit=40, dims=dims)
    process, url = start_app(home)
    yield url, run, *(MapSpec(run.id, "pca", limit=40, dims=dims).id for dims in (2, 3))
    process.terminate()
    process.wait(timeout=20)


def opened(page: Page, url: str):
    page.goto(url)
    stage = page.get_by_role("application").first
    stage.wait_for(timeout=60_000)
    page.wait_for_function("stage => stage.map?.stats.first", arg=stage.element_handle())
    return stage


def click(page: Page, stage, i: int) -> None:
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    x, y = stage.evaluate(
        "(stage, i) => [stage.map.view.screenX(stage.map.scene.x(i)), stage.map.view.screenY(stage.map.scene.y(i))]", i
    )
    page.mouse.click(box["x"] + x, box["y"] + y)


def lacking(run) -> int:
    """A drawn word some of whose nearest neighbours are not drawn."""
    near = [[run.embedding.ids[n.word] for n in run.embedding.neighbours(f"w{i}", k=10)] for i in range(40)]
    return next(i for i, rows in enumerate(near) if sum(row >= 40 for row in rows) > 2)


def test_missing_neighbours_are_put_on_the_map_and_the_view_stays(mapped, context):
    url, run, flat, _ = mapped
    page, i = context.new_page(), lacking(run)
    stage = opened(page, f"{url}/map?run={run.id}&map={flat}&view=0.02,0.02,0.9")
    view = stage.evaluate("stage => stage.map.view.toArray()")
    click(page, stage, i)
    expect(page.get_by_text("1 word selected")).to_be_visible()
    page.wait_for_function(
        "stage => stage.map.scene.n > 40 && stage.map.scene.chosen.length === 1", arg=stage.element_handle()
    )
    assert stage.evaluate("stage => [stage.map.view.toArray(), stage.map.scene.chosen]") == [view, [i]]
    joined = stage.evaluate("stage => stage.map.about.links.to")
    assert len(joined) == 10 and max(joined) >= 40, "lines to those that are not drawn, too"
    page.wait_for_function(BOTH)

    click(page, stage, 40)  # the first that was put there
    expect(page.get_by_text("1 word selected")).to_be_visible()
    page.wait_for_function("stage => stage.map.scene.chosen[0] >= 40", arg=stage.element_handle())
    assert stage.evaluate("stage => stage.map.view.toArray()") == view


def test_words_that_are_not_drawn_are_placed_by_name(mapped, context):
    url, run, flat, _ = mapped
    page = context.new_page()
    stage = opened(page, f"{url}/map?run={run.id}&map={flat}")
    page.get_by_role("button", name="Place more words").click()
    page.get_by_role("textbox", name="Words, with commas between").fill("w50, w3, nothing")
    page.get_by_role("textbox", name="Words, with commas between").press("Enter")
    expect(page.get_by_text("Not among the words of this run: nothing.")).to_be_visible()
    expect(page.get_by_text("Drawn already, so only ringed: w3.")).to_be_visible()
    page.wait_for_function("stage => stage.map.labels.some(label => label.text === 'w50')", arg=stage.element_handle())
    page.wait_for_function("stage => stage.map.highlight.includes(3)", arg=stage.element_handle())


def test_map_in_three_dimensions_tells_of_clicks_keeps_its_turn_and_a_link_shows_both(mapped, context):
    url, run, _, solid = mapped
    page, i = context.new_page(), lacking(run)
    page.goto(f"{url}/map?run={run.id}&map={solid}")
    host = page.locator(".em-solid")
    host.locator("canvas").first.wait_for(timeout=60_000)
    page.wait_for_function("host => host.deaf", arg=host.element_handle())
    eye = "host => Object.values(host._fullLayout.scene._scene.getCamera().eye)"
    box = host.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + 200
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 90, y + 10, steps=4)
    page.mouse.up()
    page.wait_for_function("location.search.includes('view=')")
    page.wait_for_timeout(1500)  # it comes to rest
    turned = host.evaluate(eye)
    expect(page.get_by_text("Nothing selected")).to_be_visible()

    host.evaluate(CLICK, i)
    expect(page.get_by_text("1 word selected")).to_be_visible()
    page.wait_for_function("host => host.data.some(trace => trace.mode === 'lines')", arg=host.element_handle())
    assert host.evaluate(eye) == pytest.approx(turned, abs=1e-3)
    page.wait_for_function(BOTH)

    again = context.new_page()
    again.goto(page.url)
    expect(again.get_by_text("1 word selected")).to_be_visible(timeout=60_000)
    other = again.locator(".em-solid")
    again.wait_for_function("host => host.deaf", arg=other.element_handle())
    assert other.evaluate(eye) == pytest.approx(turned, abs=1e-3)

    host.evaluate(CLICK, i)  # again: it is let go
    expect(page.get_by_text("Nothing selected")).to_be_visible()

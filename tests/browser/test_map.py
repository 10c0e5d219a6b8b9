"""The map in a real browser: what the lasso selects, what is named, what is sent, and a page that stands alone."""

import re
from pathlib import Path

import numpy as np
import pytest
from helpers.apps import start_app
from playwright.sync_api import Page, expect

from embedlab.plots.webmap import PointCloud, View, map_page
from embedlab.projections.colouring.colours import frequency_colour

N = 300
WRITTEN = """window.written = [];
const write = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
  window.written.push([text, x, y]); return write.call(this, text, x, y); };"""
WITHOUT_WEBGL = """const plain = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind.startsWith("webgl") ? null : plain.call(this, kind, ...more); };"""
INKED = """stage => {
  const { map } = stage;
  map.draw();
  const { canvas } = map.renderer;
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  let inked = 0;
  for (let i = 3; i < data.length; i += 4) inked += data[i] > 0;
  return inked;
}"""


@pytest.fixture(scope="module")
def map_app(tmp_path_factory, chromium):
    home = tmp_path_factory.mktemp("map")
    process, url = start_app(home, Path(__file__).with_name("map_app.py"))
    yield url
    process.terminate()
    process.wait(timeout=20)


def opened(page: Page, url: str):
    """The stage of the map, once it is drawn and named."""
    page.goto(url)
    stage = page.get_by_role("application").first
    expect(stage).to_be_visible(timeout=60_000)
    page.wait_for_function(
        "stage => stage.map.stats.first && stage.map.labels.length > 0", arg=stage.element_handle(), timeout=30_000
    )
    stage.scroll_into_view_if_needed()
    return stage


def at(stage, i: int) -> tuple[float, float]:
    """Where on the screen point i is."""
    box = stage.bounding_box()
    x, y = stage.evaluate(
        "(stage, i) => [stage.map.view.screenX(stage.map.scene.x(i)), stage.map.view.screenY(stage.map.scene.y(i))]", i
    )
    return box["x"] + x, box["y"] + y


def lasso(page: Page, stage, corners: list[tuple[float, float]]) -> None:
    stage.get_by_role("button", name="Lasso").click()
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in [*corners[1:], corners[0]]:
        page.mouse.move(*corner, steps=8)
    page.mouse.up()


def test_lasso_selects_the_points_inside_and_escape_lets_them_go(map_app, context):
    page = context.new_page()
    stage = opened(page, map_app)
    (left, top), (right, bottom) = at(stage, 41), at(stage, 3)
    lasso(page, stage, [(left - 8, top - 8), (right + 8, top - 8), (right + 8, bottom + 8), (left - 8, bottom + 8)])
    expect(page.get_by_text("Chosen: 1 2 3 21 22 23 41 42 43.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Chosen: .")).to_be_visible()


@pytest.mark.slow
def test_hover_shows_the_word_its_count_and_click_selects_it(map_app, context):
    page = context.new_page()
    stage = opened(page, map_app)
    page.mouse.move(*at(stage, 107))
    expect(stage.locator(".em-tip")).to_have_text(re.compile("word107193 times"))
    page.mouse.down()
    page.mouse.up()
    expect(page.get_by_text("Chosen: 107.")).to_be_visible()


@pytest.mark.slow
def test_search_rings_and_names_its_hit_and_brings_it_into_view(map_app, context):
    page = context.new_page()
    stage = opened(page, f"{map_app}/?view=0.9,0.6,8")
    assert stage.evaluate("stage => stage.map.inView(0)") is False
    page.get_by_role("textbox", name="Find").fill("0")
    page.get_by_role("textbox", name="Find").press("Enter")
    page.wait_for_function(
        "stage => stage.map.inView(0) && stage.map.labels[0].text === 'word0'", arg=stage.element_handle()
    )
    assert stage.evaluate("stage => [stage.map.highlight, stage.map.labels[0].weight]") == [[0], 700]


@pytest.mark.slow
def test_zoom_names_other_points_never_one_over_another(map_app, context):
    page = context.new_page()
    stage = opened(page, f"{map_app}/?show=regions")
    named = "stage => stage.map.labels.map(label => label.text)"
    before = stage.evaluate(named)
    assert stage.evaluate("stage => stage.map.regions.map(region => region.text)") == [
        "West",
        "East",
        "North-western corner",
    ]
    stage.focus()
    page.mouse.move(*at(stage, 150))
    for _ in range(3):
        page.mouse.wheel(0, -200)
    page.wait_for_function("stage => stage.map.view.zoom > 3.5 && !stage.map.moving", arg=stage.element_handle())
    after = stage.evaluate(named)
    assert set(after) - set(before) and stage.evaluate("stage => stage.map.regions.length") == 0
    boxes = stage.evaluate("stage => stage.map.labels.map(label => label.box)")
    assert not [
        1 for i, a in enumerate(boxes) for b in boxes[:i] if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]
    page.wait_for_url(re.compile(r"view="))
    again = opened(context.new_page(), page.url)
    assert again.evaluate("stage => stage.map.view.toArray()") == stage.evaluate("stage => stage.map.view.toArray()")


@pytest.mark.slow
@pytest.mark.parametrize("prepare", ["", WITHOUT_WEBGL], ids=["webgl", "canvas"])
def test_no_point_lies_under_the_tools_at_first_and_points_are_drawn_where_a_click_finds_them(
    map_app, context, prepare
):
    page = context.new_page()
    if prepare:
        page.add_init_script(prepare)
    page.set_viewport_size({"width": 390, "height": 800})
    stage = opened(page, map_app)
    tools = stage.get_by_role("toolbar", name="Map tools").bounding_box()
    places = [at(stage, i) for i in range(N)]
    assert min(x for x, _ in places) > tools["x"] + tools["width"] - 2
    inked = stage.evaluate(
        """(stage, i) => {
      const { map } = stage, { canvas } = map.renderer;
      map.draw();
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
      copy.drawImage(canvas, 0, 0);
      const at = (value) => Math.round(value * map.ratio);
      return copy.getImageData(at(map.view.screenX(map.scene.x(i))), at(map.view.screenY(map.scene.y(i))), 1,
      1).data[3];
    }""",
        int(np.argmin([x for x, _ in places])),
    )
    assert inked > 0


@pytest.mark.slow
def test_names_of_regions_keep_clear_of_the_tools_on_a_phone(map_app, context):
    page = context.new_page()
    page.set_viewport_size({"width": 390, "height": 800})
    stage = opened(page, f"{map_app}/?show=regions")
    boxes = {region["text"]: region["box"] for region in stage.evaluate("stage => stage.map.regions")}
    tools, frame = stage.get_by_role("toolbar", name="Map tools").bounding_box(), stage.bounding_box()
    left, top, right, bottom = boxes["North-western corner"]
    assert top < tools["y"] - frame["y"] + tools["height"], "beside the tools, or this shows nothing"
    assert left >= tools["x"] + tools["width"] - frame["x"] - 0.5 and right <= frame["width"]
    shift = stage.evaluate("stage => stage.map.regions.find(region => region.text.startsWith('North')).shift")
    assert shift > 0, "moved inwards"


@pytest.mark.slow
def test_axes_have_names_and_numbers_where_the_map_has_them(map_app, context):
    page = context.new_page()
    page.add_init_script(WRITTEN)
    stage = opened(page, f"{map_app}/?show=axes")
    page.wait_for_function("window.written.some(([text]) => text === 'Second axis')")
    written = page.evaluate("window.written")
    height = stage.evaluate("stage => stage.map.view.height")
    across = {float(text): x for text, x, y in written if y == height - 22}
    upwards = {float(text): y for text, x, y in written if x == 22 and re.fullmatch(r"-?[\d.]+", text)}
    assert {"First axis", "Second axis"} <= {text for text, *_ in written}
    # Point i stands at (i % 20, i // 20) in the numbers of the map itself.
    assert len(across) > 3 and len(upwards) > 1
    for value, x in across.items():
        assert x == pytest.approx(
            stage.evaluate("(stage, v) => stage.map.view.screenX((v - 9.5) / 9.5)", value), abs=0.01
        )
    for value, y in upwards.items():
        if 0 <= value <= 14 and value % 1 == 0:
            assert y + 3 == pytest.approx(
                stage.evaluate("(stage, i) => stage.map.view.screenY(stage.map.scene.y(i))", int(value) * 20), abs=0.5
            )


@pytest.mark.slow
def test_another_colour_sends_its_two_bytes_a_point_and_nothing_else(map_app, context):
    page = context.new_page()
    sent = []
    page.on("response", lambda answer: sent.append(answer) if answer.url.endswith(".bin") else None)
    stage = opened(page, map_app)
    names = len("\n".join(f"word{i}" for i in range(N)))
    assert sorted(len(answer.body()) for answer in sent) == sorted([8 * N, 2 * N, names])
    sent.clear()
    page.get_by_test_id("stButtonGroup").get_by_text("column").click()
    expect(stage.locator("..").get_by_role("button", name="left")).to_be_visible()
    assert [len(answer.body()) for answer in sent] == [2 * N]
    sent.clear()
    page.get_by_test_id("stButtonGroup").get_by_text("count").click()
    expect(stage.locator("..").get_by_role("button", name="left")).to_have_count(0)
    assert sent == []


@pytest.mark.slow
def test_legend_hides_a_category_from_hover_and_names(map_app, context):
    page = context.new_page()
    stage = opened(page, map_app)
    page.get_by_test_id("stButtonGroup").get_by_text("column").click()
    stage.locator("..").get_by_role("button", name="left").click()
    page.wait_for_function("stage => stage.map.labels.every(label => label.i % 20 > 9)", arg=stage.element_handle())
    page.mouse.move(*at(stage, 107))
    expect(stage.locator(".em-tip")).to_be_hidden()


@pytest.mark.slow
def test_keyboard_pans_zooms_goes_from_name_to_name_and_selects(map_app, context):
    page = context.new_page()
    stage = opened(page, map_app)
    stage.focus()
    for key in ("ArrowRight", "+", "+"):
        page.keyboard.press(key)
    x, zoom = stage.evaluate("stage => [stage.map.view.x, stage.map.view.zoom]")
    assert x > 0 and zoom == pytest.approx(2.25)
    page.keyboard.press("0")
    page.wait_for_function("stage => stage.map.view.zoom === 1 && !stage.map.moving", arg=stage.element_handle())
    first = stage.evaluate("stage => stage.map.labels[0].i")
    page.keyboard.press("Enter")
    live = stage.locator("..").locator("[aria-live]")
    expect(live).to_contain_text(f"word{first}")
    places = {i: at(stage, i) for i in stage.evaluate("stage => stage.map.stops()")}
    page.keyboard.press("ArrowUp" if places[first][1] > 300 else "ArrowDown")
    second = stage.evaluate("stage => stage.map.focused")
    assert second != first and abs(places[second][1] - places[first][1]) > abs(places[second][0] - places[first][0])
    expect(live).to_contain_text(f"word{second}")
    assert stage.evaluate("stage => stage.map.view.toArray()") is None, "going from name to name does not pan"
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"Chosen: {second}.")).to_be_visible()
    page.keyboard.press("Delete")
    expect(page.get_by_text("Chosen: .")).to_be_visible()


@pytest.mark.slow
def test_map_is_one_stop_of_tab_and_escape_leaves_it_forwards(map_app, context):
    page = context.new_page()
    stage = opened(page, f"{map_app}/?show=fill")
    inside = "stage => stage.matches(':focus-within')"
    page.get_by_role("textbox", name="Find").focus()
    page.keyboard.press("Tab")
    expect(stage).to_be_focused()
    page.keyboard.press("Tab")
    assert stage.evaluate(inside) is False, "tools, chip and legend are no stops of their own"
    page.keyboard.press("Shift+Tab")
    expect(stage).to_be_focused()
    page.keyboard.press("t")
    expect(stage.get_by_role("button", name="Pan")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert stage.evaluate("stage => stage.map.tool") == "lasso"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(stage.get_by_role("button", name="Occurrences")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(stage.get_by_role("button", name="Look twice")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Chip: now")).to_be_visible()
    page.keyboard.press("Escape")
    expect(stage).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"Chosen: \d+\."))).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="After the map")).to_be_focused()
    expect(stage.locator("..").locator("[aria-live]")).to_have_text("Left the map. The focus is on After the map.")
    expect(page.get_by_text(re.compile(r"Chosen: \d+\."))).to_be_visible()


@pytest.mark.slow
def test_points_with_room_around_them_are_named_and_names_stay_while_panning(map_app, context):
    page = context.new_page()
    stage = opened(page, map_app)
    named = "stage => stage.map.labels.map(label => label.text)"
    stage.evaluate("stage => { stage.map.view.centre(0, 0, 4); stage.map.settle(); }")
    page.wait_for_function("stage => !stage.map.moving && stage.map.labelled.zoom === 4", arg=stage.element_handle())
    seen = [i for i in range(N) if stage.evaluate("(stage, i) => stage.map.inView(i)", i)]
    # Points lie far apart, so that all of them have room, but for those whose name would leave the map.
    assert len(stage.evaluate(named)) > 0.8 * len(seen) > 8
    before = set(stage.evaluate(named))
    stage.evaluate("stage => stage.map.pan(-130, 40)")
    page.wait_for_function("stage => !stage.map.moving", arg=stage.element_handle())
    inside = "(stage, i) => { const { sx, sy } = stage.map.scene.place(stage.map.view, i);"
    inside += " return sx > 80 && sy > 80 && sx < stage.clientWidth - 80 && sy < stage.clientHeight - 80; }"
    stay = {name for name in before if stage.evaluate(inside, int(name.removeprefix("word")))}
    assert stay and stay <= set(stage.evaluate(named))


@pytest.mark.slow
def test_points_glide_to_new_places_or_stand_there_at_once(map_app, browser):
    for motion in ("no-preference", "reduce"):
        context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion=motion)
        page = context.new_page()
        stage = opened(page, f"{map_app}/?show=glide")
        before = stage.evaluate("stage => [stage.map.scene.x(19), stage.map.scene.y(19)]")
        stage.evaluate("""stage => {
          window.seen = [];
          const look = () => {
            const { scene } = stage.map;
            if (scene.to || window.seen.length) window.seen.push(scene.x(19));
            if (window.seen.length < 500) requestAnimationFrame(look);
          };
          look();
        }""")
        page.get_by_role("button", name="Next layout").click()
        page.wait_for_function(
            "stage => stage.map.scene.y(19) > 0.5 && !stage.map.scene.to", arg=stage.element_handle()
        )
        after = stage.evaluate("stage => [stage.map.scene.x(19), stage.map.scene.y(19)]")
        # (19, 0) of 20 x 15 becomes (0, 19) of 15 x 20.
        np.testing.assert_allclose([before, after], [[1, -7 / 9.5], [-7 / 9.5, 1]], rtol=1e-5)
        between = [x for x in page.evaluate("window.seen") if -0.73 < x < 0.99]
        assert bool(between) is (motion == "no-preference")
        assert stage.evaluate("stage => stage.map.view.toArray()") is None
        context.close()


@pytest.mark.slow
def test_browser_keeps_its_own_shortcuts_and_capitals_do_what_the_buttons_say(map_app, context):
    page = context.new_page()
    stage = opened(page, map_app)
    stage.focus()
    page.evaluate("addEventListener('keydown', event => { window.taken = event.defaultPrevented; })")
    for key in ("Control+-", "Control+0", "Control+l", "Control+b"):
        page.keyboard.press(key)
        assert page.evaluate("window.taken") is False, key
    assert stage.evaluate("stage => [stage.map.view.zoom, stage.map.tool]") == [1, "pan"]
    page.keyboard.press("Shift+L")
    assert stage.evaluate("stage => stage.map.tool") == "lasso" and page.evaluate("window.taken") is True


@pytest.mark.slow
def test_legend_keeps_the_focus_and_shows_one_category_alone_by_keyboard(map_app, context):
    page = context.new_page()
    stage = opened(page, map_app)
    page.get_by_test_id("stButtonGroup").get_by_text("column").click()
    left, right = (stage.locator("..").get_by_role("button", name=name) for name in ("left", "right"))
    left.focus()
    for off in ([0], []):
        page.keyboard.press("Enter")
        assert stage.evaluate("stage => [...stage.map.scene.off]") == off
        expect(left).to_be_focused()
        expect(left).to_have_attribute("aria-pressed", str(not off).lower())
    page.keyboard.press("Tab")
    expect(right).to_be_focused()
    for off in ([0], []):
        page.keyboard.press("Shift+Enter")
        assert stage.evaluate("stage => [...stage.map.scene.off]") == off


@pytest.mark.slow
def test_wheel_scrolls_the_page_until_the_map_is_in_use_or_ctrl_is_held(map_app, context):
    page = context.new_page()
    page.set_viewport_size({"width": 1000, "height": 500})
    stage = opened(page, map_app)
    zoom, scrolled = "stage => stage.map.view.zoom", "document.querySelector('[data-testid=stMain]').scrollTop"
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop = 0")
    page.mouse.move(*at(stage, 288))
    page.mouse.wheel(0, 60)
    page.wait_for_function(f"{scrolled} > 30")
    expect(stage.locator(".em-shown")).to_have_text("Click the map to zoom with the wheel, or hold Ctrl")
    assert stage.evaluate(zoom) == 1
    expect(stage.locator(".em-shown")).to_have_count(0)  # the hint fades
    page.keyboard.down("Control")
    page.mouse.wheel(0, -60)
    page.wait_for_function("stage => stage.map.view.zoom > 1", arg=stage.element_handle())
    page.keyboard.up("Control")
    page.mouse.down()
    page.mouse.up()
    before, place = stage.evaluate(zoom), page.evaluate(scrolled)
    page.mouse.wheel(0, -60)
    page.wait_for_function("([stage, before]) => stage.map.view.zoom > before", arg=[stage.element_handle(), before])
    assert page.evaluate(scrolled) == place


@pytest.mark.slow
def test_one_finger_scrolls_the_page_two_move_the_map_and_a_tap_takes_it_in_hand(map_app, browser):
    context = browser.new_context(viewport={"width": 390, "height": 600}, has_touch=True, is_mobile=True)
    page = context.new_page()
    stage = opened(page, map_app)
    fingers = context.new_cdp_session(page)

    def drag(*starts, by: tuple[float, float]) -> None:
        for share in (None, *np.linspace(0, 1, 9), 1.0):
            places = [
                (x + by[0] * (share or 0), y + by[1] * (share or 0) * (-1 if k else 1))
                for k, (x, y) in enumerate(starts)
            ]
            fingers.send(
                "Input.dispatchTouchEvent",
                {
                    "type": "touchStart" if share is None else "touchMove",
                    "touchPoints": [{"x": x, "y": y, "id": k} for k, (x, y) in enumerate(places)],
                },
            )
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def state() -> tuple[list, float]:
        return stage.evaluate("stage => stage.map.view.toArray()"), page.evaluate(
            "document.querySelector('[data-testid=stMain]').scrollTop"
        )

    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop = 150")
    box = stage.bounding_box()
    x, y = box["x"] + 150, box["y"] + 200
    drag((x, y), by=(0, -90))
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop > 190")
    assert state()[0] is None
    page.wait_for_timeout(600)  # the page comes to rest
    place, y = state()[1], stage.bounding_box()["y"] + 200
    drag((x, y - 20), (x + 40, y + 20), by=(0, -60))  # apart: zooms
    page.wait_for_function("stage => stage.map.view.zoom > 1.5", arg=stage.element_handle())
    assert state()[1] == place
    page.touchscreen.tap(x, y)
    before = state()[0]
    drag((x, y), by=(50, 60))
    page.wait_for_function(
        "([stage, x]) => Math.abs(stage.map.view.x - x) > 0.05", arg=[stage.element_handle(), before[0]]
    )
    assert state()[1] == place
    context.close()


@pytest.mark.slow
def test_places_that_come_again_keep_view_and_selection_and_are_not_asked_for_again(map_app, context):
    page = context.new_page()
    stage = opened(page, map_app)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    found = stage.evaluate("""async stage => {
      const { map } = stage, { about } = map;
      map.view.centre(0.2, 0.1, 3);
      map.scene.choose([4]);
      for (let k = 0; k < 60; k++)
        await map.set({ ...about, colour: { ...about.colour, codes: `${about.colour.codes}?${k}` } });
      await map.set({ ...about, positions: `${about.positions}?again` });
      return [map.view.zoom, map.scene.chosen, about.positions];
    }""")
    assert found[:2] == [3, [4]]
    assert [url.split("?")[1] for url in asked if found[2] in url] == ["again"]


@pytest.mark.slow
def test_hover_tells_how_many_neighbours_the_map_keeps(map_app, context):
    page = context.new_page()
    sent = []
    page.on("response", lambda answer: sent.append(answer) if answer.url.endswith(".bin") else None)
    stage = opened(page, f"{map_app}/?show=kept")
    assert N not in [len(answer.body()) for answer in sent], "only when it is wanted"
    page.mouse.move(*at(stage, 107))
    expect(stage.locator(".em-tip")).to_contain_text("keeps 11 of 15 neighbours")


@pytest.mark.slow
def test_another_theme_paints_the_map_anew(map_app, context):
    page = context.new_page()
    page.emulate_media(color_scheme="light")
    stage = opened(page, map_app)
    ground = (
        "stage => [stage.map.theme.dark, stage.map.theme.paper === "
        "getComputedStyle(stage).getPropertyValue('--st-background-color').trim()]"
    )
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(
            "([stage, dark]) => stage.map.theme.dark === dark", arg=[stage.element_handle(), scheme == "dark"]
        )
        assert stage.evaluate(ground)[1]


@pytest.mark.slow
def test_points_are_drawn_with_webgl_and_without(map_app, browser):
    inked = {}
    for name, script in (("webgl", ""), ("canvas", WITHOUT_WEBGL)):
        context = browser.new_context(viewport={"width": 1000, "height": 800})
        context.add_init_script(script)
        stage = opened(context.new_page(), map_app)
        assert stage.evaluate("stage => stage.map.renderer.name") == name
        inked[name] = stage.evaluate(INKED)
        context.close()
    assert inked["webgl"] > N * 20
    assert inked["canvas"] == pytest.approx(inked["webgl"], rel=0.4)


@pytest.mark.slow
def test_two_maps_share_a_selection(map_app, context):
    page = context.new_page()
    first = opened(page, f"{map_app}/?show=two")
    second = page.get_by_role("application").nth(1)
    for stage, i in ((first, 33), (second, 155)):
        page.mouse.click(*at(stage, i))
        expect(page.get_by_text(f"Chosen: {i}.")).to_be_visible()
        for other in (first, second):
            page.wait_for_function(
                "([stage, i]) => String(stage.map.scene.chosen) === String(i)", arg=[other.element_handle(), i]
            )


@pytest.mark.slow
def test_map_changes_into_another_one(map_app, context):
    page = context.new_page()
    stage = opened(page, f"{map_app}/?show=morph")
    before = stage.evaluate("stage => [stage.map.scene.x(19), stage.map.scene.y(19)]")
    stage.get_by_role("slider", name="From first to second").fill("1")
    after = stage.evaluate("stage => [stage.map.scene.x(19), stage.map.scene.y(19)]")
    # (19, 0) becomes (0, 19), seen from the middle of the first map, (9.5, 7).
    np.testing.assert_allclose(before, [1, -7 / 9.5], rtol=1e-6)
    np.testing.assert_allclose(after, [-1, 12 / 9.5], rtol=1e-6)


@pytest.mark.slow
def test_page_of_its_own_opens_without_a_network_and_searches(tmp_path, context):
    rng = np.random.default_rng(0)
    points = PointCloud(
        rng.normal(size=(2000, 2)), [f"<b>{i}</b>" for i in range(2000)], counts=np.arange(2000)[::-1] + 1
    )
    file = tmp_path / "map.html"
    file.write_text(
        map_page(points, View(title="A map"), page_title="A map", colours=[frequency_colour(points.counts)]),
        encoding="utf-8",
    )
    context.set_offline(True)
    page = context.new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "request",
        lambda request: (
            problems.append(request.url) if not request.url.startswith(("file:", "data:", "blob:")) else None
        ),
    )
    stage = opened(page, file.as_uri())
    page.get_by_role("searchbox", name="Search the map").fill("<b>1234<")
    page.wait_for_function("stage => String(stage.map.highlight) === '1234'", arg=stage.element_handle())
    page.get_by_role("searchbox", name="Search the map").press("Enter")
    page.wait_for_function("stage => stage.map.view.zoom > 3.9 && !stage.map.moving", arg=stage.element_handle())
    page.mouse.move(*at(stage, 1234))
    expect(stage.locator(".em-tip strong")).to_have_text("<b>1234</b>")
    assert problems == []


@pytest.mark.slow
def test_map_fills_the_window_to_its_lower_edge_and_its_chip_is_told(map_app, context):
    page = context.new_page()
    for width, height in ((1280, 720), (1100, 900), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        if width == 1280:
            stage = opened(page, f"{map_app}/?show=fill")
        top = stage.evaluate(
            "stage => stage.getBoundingClientRect().top + stage.closest('.em-frame').ownerDocument"
            ".querySelector('[data-testid=stMain]').scrollTop"
        )
        page.wait_for_function(
            "([stage, least]) => Math.abs(stage.clientHeight - least) < 2",
            arg=[stage.element_handle(), max(height - top, 0.6 * height)],
        )
        canvas, frame = page.get_by_test_id("map-canvas").bounding_box(), stage.bounding_box()
        assert canvas == frame
    expect(stage.locator("..").get_by_text("Grid", exact=True)).to_be_hidden()
    expect(page.get_by_text("300 of 900 words")).to_be_visible()
    expect(page.get_by_text("Chip: never")).to_be_visible()
    stage.get_by_role("button", name="Look twice").click()
    expect(page.get_by_text("Chip: now")).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize("renderer", ["", "canvas"])
def test_map_in_three_dimensions_turns_by_dragging_and_selects_by_projected_place(map_app, context, renderer):
    page = context.new_page()
    stage = opened(page, f"{map_app}/?show=solid&renderer={renderer}")
    assert stage.evaluate("stage => stage.map.renderer.name") == (renderer or "webgl")
    box = stage.bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def drag(shift: bool) -> tuple[list, list]:
        state = "stage => { const { x, y, z, yaw, pitch } = stage.map.view; return [[x, y, z], [yaw, pitch]]; }"
        before = stage.evaluate(state)
        page.mouse.move(*middle)
        if shift:
            page.keyboard.down("Shift")
        page.mouse.down()
        page.mouse.move(middle[0] + 50, middle[1] + 20, steps=5)
        page.mouse.up()
        page.keyboard.up("Shift")
        page.wait_for_function("stage => !stage.map.moving", arg=stage.element_handle())
        after = stage.evaluate(state)
        return np.subtract(after[0], before[0]), np.subtract(after[1], before[1])

    moved, turned = drag(shift=False)
    np.testing.assert_allclose(moved, 0)
    np.testing.assert_allclose(turned, [20, 8])
    moved, turned = drag(shift=True)
    assert np.abs(moved).max() > 0.01 and np.abs(turned).max() == 0
    page.wait_for_url(re.compile("view="))
    numbers = [float(part) for part in re.search(r"view=([^&]*)", page.url)[1].replace("%2C", ",").split(",")]
    assert numbers == stage.evaluate("stage => stage.map.view.toArray()") and len(numbers) == 6
    # Points are drawn where the projection says, and the lasso takes those that lie in it on the screen.
    places = np.array(
        stage.evaluate("""stage => {
      const { map } = stage;
      const placed = (i) => { const { sx, sy } = map.scene.place(map.view, i); return [sx, sy]; };
      return Array.from({ length: map.scene.n }, (_, i) => placed(i));
    }""")
    )
    corner = places[:, 0] < np.quantile(places[:, 0], 0.12)
    left, right = places[corner, 0].min() - 6, places[corner, 0].max() + 0.01
    lasso(page, stage, [(box["x"] + x, box["y"] + y) for x, y in ((left, 60), (right, 60), (right, 490), (left, 490))])
    inside = np.flatnonzero(corner & (places[:, 1] > 60) & (places[:, 1] < 490))
    expect(page.get_by_text(f"Chosen: {' '.join(map(str, inside))}.")).to_be_visible()
    again = opened(context.new_page(), page.url)
    assert again.evaluate("stage => stage.map.view.toArray()") == numbers
    assert again.evaluate(INKED) > 300


@pytest.mark.slow
def test_nearer_points_are_larger_and_cover_farther_ones(map_app, context):
    page = context.new_page()
    stage = opened(page, f"{map_app}/?show=solid")
    order = stage.evaluate("stage => [...stage.map.scene.backToFront(stage.map.view, 1)]")
    depth = stage.evaluate("stage => [...stage.map.scene.screen(stage.map.view).depth]")
    assert sorted(order) == list(range(N))
    assert np.diff(np.array(depth)[order]).min() > -(max(depth) - min(depth)) / 4000
    near, far = (
        stage.evaluate("(stage, i) => stage.map.scene.place(stage.map.view, i).near", int(i))
        for i in (np.argmax(depth), np.argmin(depth))
    )
    assert near > 1.1 > 0.9 > far

"""The film player in a real browser, on a page of its own: moments, playing, the lists of neighbours, gliding."""

import base64

import numpy as np
import pytest
from helpers.small_film import small_film
from playwright.sync_api import Page, expect

from embedlab import plots
from embedlab.plots.film.figures import PLAYER
from embedlab.projections.film_planes import replay

pytestmark = pytest.mark.slow  # plays films

SHOW = """async ([source, data]) => {
  const module = window.player ??= await import("data:text/javascript;base64," + source);
  const host = document.querySelector("#host");
  window.close = module.default({data, parentElement: host});
  window.film = host.__film;
}"""


@pytest.fixture
def film(tmp_path):
    return small_film(tmp_path)


@pytest.fixture
def page(context) -> Page:
    opened = context.new_page()
    opened.set_content("<div id='host' style='width: 900px'><div class='film'></div></div>")
    return opened


def show(page: Page, data: dict) -> None:
    page.evaluate(SHOW, [base64.b64encode(PLAYER.read_bytes()).decode(), data])


def whole(film, **more) -> dict:
    return plots.film_data(film, replay(film.vectors), range(len(film)), id="a film") | more


def live(film, frame: int) -> dict:
    return plots.film_data(film, replay(film.vectors)[frame : frame + 1], [frame], id="a film")


def positions(page: Page) -> np.ndarray:
    return np.array(page.evaluate("[...film.positions(performance.now())]")).reshape(-1, 2)


def neighbours(page: Page, probe: int) -> list[str]:
    return page.locator(".probe").nth(probe).locator("li span:first-child").all_inner_texts()


def seek(page: Page, share: float) -> None:
    page.locator("input[type=range]").evaluate(
        "(slider, share) => {slider.value = share; slider.oninput();}", str(share)
    )


def test_whole_film_stands_at_its_end_with_the_neighbours_of_the_end(page, film):
    show(page, whole(film))
    expect(page.locator(".bar")).to_be_visible()
    assert page.locator(".moment").inner_text() == "100 % of training"
    assert page.locator(".probe h4").all_inner_texts() == ["film", "plot"]
    assert neighbours(page, 0) == [word for word, _ in film.neighbours[2]["film"]]
    assert page.locator("canvas").get_attribute("aria-label") == "Map of 10 words at 100 % of training"
    np.testing.assert_allclose(positions(page), replay(film.vectors)[2], atol=1e-3)


def test_slider_moves_words_between_the_moments_and_lists_those_of_the_last(page, film):
    show(page, whole(film))
    places = replay(film.vectors)
    for share, expected, frame in (
        (0, places[0], 0),
        (0.25, (places[0] + places[1]) / 2, 0),
        (0.5, places[1], 1),
        (0.9, 0.2 * places[1] + 0.8 * places[2], 1),
    ):
        seek(page, share)
        np.testing.assert_allclose(positions(page), expected, atol=1e-3)
        assert page.locator(".moment").inner_text() == f"{100 * share:.0f} % of training"
        assert neighbours(page, 1) == [word for word, _ in film.neighbours[frame]["plot"]]


def test_play_begins_again_pauses_and_ends_at_the_end(page, film):
    show(page, whole(film))
    button = page.locator("button.play")
    button.click()
    expect(button).to_have_text("Pause")
    page.wait_for_function("film.at > 0 && film.at < 1")
    button.click()
    expect(button).to_have_text("Play")
    stopped = page.evaluate("film.at")
    assert 0 < stopped < 1
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("film.at") == stopped
    seek(page, 0.99)
    button.click()
    page.wait_for_function("film.at === 1 && !film.playing")
    expect(button).to_have_text("Play")


def test_film_that_plays_by_itself_keeps_still_for_those_who_ask_for_less_motion(browser, film):
    for wish, playing in (("no-preference", True), ("reduce", False)):
        page = browser.new_page(reduced_motion=wish)
        page.set_content("<div id='host' style='width: 900px'><div class='film'></div></div>")
        show(page, whole(film, autoplay=True))
        assert page.evaluate("film.playing") is playing
        page.close()


def test_word_chosen_by_click_or_key_stands_out_until_chosen_again(page, film):
    show(page, whole(film))
    first, second = page.locator(".probe").nth(0), page.locator(".probe").nth(1)
    first.click()
    assert (first.get_attribute("aria-pressed"), second.get_attribute("aria-pressed")) == ("true", "false")
    second.press("Enter")
    assert (first.get_attribute("aria-pressed"), second.get_attribute("aria-pressed")) == ("false", "true")
    second.press(" ")
    assert page.evaluate("film.focus") is None and "chosen" not in page.locator(".lists").get_attribute("class")


def test_live_film_glides_from_moment_to_moment_without_a_slider(page, film):
    places = replay(film.vectors)
    show(page, live(film, 0))
    expect(page.locator(".bar")).to_be_hidden()
    np.testing.assert_allclose(positions(page), places[0], atol=1e-3)
    page.wait_for_function("film.shown")
    show(page, live(film, 1))
    assert page.locator("canvas").get_attribute("aria-label") == "Map of 10 words at 50 % of training"
    page.wait_for_function("performance.now() - film.began > 1100")
    np.testing.assert_allclose(positions(page), places[1], atol=1e-3)
    assert neighbours(page, 0) == [word for word, _ in film.neighbours[1]["film"]]
    show(page, whole(film))
    expect(page.locator(".bar")).to_be_visible()


def test_another_film_in_the_same_place_begins_anew(page, film):
    show(page, whole(film))
    seek(page, 0.5)
    page.locator(".probe").first.click()
    show(page, whole(film) | {"id": "another"})
    assert page.evaluate("[film.at, film.focus, film.playing]") == [1, None, False]


def test_words_are_drawn_and_their_names_lie_apart(page, film):
    show(page, whole(film))
    page.wait_for_function("film.shown && [...film.fades.values()].filter((fade) => fade === 1).length > 4")
    inked = page.evaluate(
        "film.pen.getImageData(0, 0, film.canvas.width, film.canvas.height).data.some((value) => value)"
    )
    boxes = page.evaluate(
        """() => {
          const at = film.data.words.map((_, i) => film.place(film.shown, i));
          return [...film.fades].filter(([, fade]) => fade === 1).map(([id]) => {
            const strong = film.data.probes.includes(film.data.words[id]), side = film.sides.get(id) ?? 1;
            film.pen.font = film.font(strong ? 13 : 11.5, strong ? 700 : 400);
            const wide = film.pen.measureText(film.data.words[id]).width, gap = strong ? 10 : 6, [x, y] = at[id];
            return [side > 0 ? x + gap : x - gap - wide, y - 5, side > 0 ? x + gap + wide : x - gap, y + 5];
          });
        }"""
    )
    assert inked and len(boxes) > 4
    over = [
        (a, b)
        for i, a in enumerate(boxes)
        for b in boxes[:i]
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]
    assert over == []

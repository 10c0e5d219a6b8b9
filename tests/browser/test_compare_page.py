"""Two runs compared in a real browser: one selection on both maps, and why two words are near."""

import pytest
from conftest import start_app
from playwright.sync_api import expect
from topics import topics_text

from embedlab import Lab


@pytest.fixture(scope="module")
def compared(tmp_path_factory, chromium):
    """(address, id of the newer run) of an app with two small runs that have been compared."""
    home = tmp_path_factory.mktemp("compared")
    (home / "topics.txt").write_text(topics_text(seed=3, n_sentences=400), encoding="utf-8")
    lab = Lab(home / "workspace")
    corpus = lab.add_corpus(home / "topics.txt", name="topics")
    runs = [lab.train(corpus, "word2vec", name=f"window {window}", window=window, dim=10, epochs=5, min_count=1) for window in (2, 5)]
    lab.compare_maps(*runs)
    process, url = start_app(home / "workspace")
    yield url, runs[1].id
    process.terminate()
    process.wait(timeout=20)


def test_a_word_chosen_on_one_map_is_chosen_on_the_other(compared, context):
    page = context.new_page()
    page.goto(f"{compared[0]}/compare")
    stages = page.get_by_role("application")
    expect(stages).to_have_count(2)
    first, second = stages.nth(0), stages.nth(1)
    page.wait_for_function("stage => stage.map.stats.first && stage.map.labels.length > 0", arg=first.element_handle())
    first.scroll_into_view_if_needed()
    i = first.evaluate("stage => stage.map.labels[0].i")
    box, (x, y) = first.bounding_box(), first.evaluate("(stage, i) => [stage.map.view.screenX(stage.map.scene.x(i)), stage.map.view.screenY(stage.map.scene.y(i))]", i)
    page.mouse.click(box["x"] + x, box["y"] + y)
    page.wait_for_function("([stage, i]) => String(stage.map.scene.chosen) === String(i)", arg=[second.element_handle(), i])
    expect(page.get_by_text("of 10 nearest neighbours", exact=False).first).to_be_visible()


def test_two_words_of_a_topic_share_contexts_and_have_sentences(compared, context):
    page = context.new_page()
    page.goto(f"{compared[0]}/neighbours?run={compared[1]}")
    page.get_by_text("Why near", exact=True).click()
    expect(page.get_by_role("textbox", name="Other word", exact=True)).to_be_visible()
    expect(page.get_by_role("textbox", name="Word", exact=True)).to_have_count(1)  # that of the side before has gone
    for name, word in (("Word", "cat"), ("Other word", "dog")):
        page.get_by_role("textbox", name=name, exact=True).fill(word)
        page.get_by_role("textbox", name=name, exact=True).press("Enter")
    expect(page.get_by_text("Why “cat” and “dog” are near")).to_be_visible()
    expect(page.get_by_text("Adds to the similarity")).to_be_visible()
    expect(page.locator(".said mark").first).to_be_visible()

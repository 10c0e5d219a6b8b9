"""Two runs compared in a real browser: one selection on both maps, and why two words are near."""

import re

import pytest
from helpers.topics_text import topics_text
from playwright.sync_api import expect

from embedlab import Lab

pytestmark = pytest.mark.slow  # two maps side by side


@pytest.fixture(scope="module")
def compared(app, home, tmp_path_factory):
    """(address of the app, ids of two small runs that have been compared, the newer one last)."""
    text = tmp_path_factory.mktemp("compared") / "topics.txt"
    text.write_text(topics_text(seed=3, n_sentences=400), encoding="utf-8")
    lab = Lab(home)
    corpus = lab.add_corpus(text, name="topics")
    runs = [
        lab.train(corpus, "word2vec", name=f"window {window}", window=window, dim=10, epochs=5, min_count=1)
        for window in (2, 5)
    ]
    lab.compare_maps(*runs)
    lab.map(runs[1], "pca")
    return app, *(run.id for run in runs)


def test_a_word_chosen_on_one_map_is_chosen_on_the_other(compared, context):
    page = context.new_page()
    page.goto("{}/compare?pair={}.{}".format(*compared))
    stages = page.get_by_role("application")
    expect(stages).to_have_count(2)
    first, second = stages.nth(0), stages.nth(1)
    page.wait_for_function("stage => stage.map.stats.first && stage.map.labels.length > 0", arg=first.element_handle())
    first.scroll_into_view_if_needed()
    i = first.evaluate("stage => stage.map.labels[0].i")
    box, (x, y) = (
        first.bounding_box(),
        first.evaluate(
            "(stage, i) => [stage.map.view.screenX(stage.map.scene.x(i)), "
            "stage.map.view.screenY(stage.map.scene.y(i))]",
            i,
        ),
    )
    page.mouse.click(box["x"] + x, box["y"] + y)
    page.wait_for_function(
        "([stage, i]) => String(stage.map.scene.chosen) === String(i)", arg=[second.element_handle(), i]
    )
    expect(page.get_by_text("of 10 nearest neighbours", exact=False).first).to_be_visible()


def test_morph_leads_from_one_map_to_the_other_and_a_chosen_row_stays_the_word_that_was_chosen(compared, context):
    page = context.new_page()
    page.goto("{}/compare?pair={}.{}".format(*compared))
    table = page.get_by_test_id("stDataFrame")
    table.scroll_into_view_if_needed()
    table.click(position={"x": 15, "y": 35 * 2 + 17})  # the box before the second word
    said = page.locator(".both p b")
    expect(said).to_have_count(1)
    word = said.inner_text()
    page.get_by_text("Stayed most", exact=True).click()
    page.get_by_text("Morph", exact=True).click()
    stage = page.get_by_role("application")
    expect(stage).to_have_count(1)
    page.wait_for_function(
        "stage => stage.map.stats.first && stage.map.about.links && !stage.map.moving", arg=stage.element_handle()
    )
    expect(said).to_have_text(word)
    assert stage.evaluate("stage => stage.map.names.get(stage.map.about.links.from)") == word
    ringed = "stage => stage.map.labels.filter(label => label.sure).map(label => label.i)"
    first, second = stage.evaluate("stage => [stage.map.about.links.to, stage.map.about.links.then]")
    assert set(first) != set(second) and set(stage.evaluate(ringed)) <= {
        *first,
        stage.evaluate("stage => stage.map.about.links.from"),
    }
    before = stage.evaluate("stage => [stage.map.scene.x(0), stage.map.scene.y(0)]")
    stage.get_by_role("button", name="Play the change (P)").click()
    page.wait_for_function("stage => stage.map.scene.t === 1 && !stage.map.moving", arg=stage.element_handle())
    assert (
        stage.evaluate("stage => [stage.map.scene.x(0), stage.map.scene.y(0)]")
        == stage.evaluate("stage => [...stage.map.scene.to.slice(0, 2)]")
        != before
    )
    assert set(stage.evaluate(ringed)) <= {*second, stage.evaluate("stage => stage.map.about.links.from")}


def test_downloaded_map_opens_offline_and_its_lasso_selects(compared, context, tmp_path):
    page = context.new_page()
    page.goto(f"{compared[0]}/map?run={compared[2]}")
    page.get_by_label("Projection", exact=True).get_by_text("PCA", exact=True).click()
    page.get_by_role("tab", name="Settings").click()
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download").click()
    taken.value.save_as(tmp_path / "map.html")
    context.set_offline(True)
    page = context.new_page()
    page.goto((tmp_path / "map.html").as_uri())
    stage = page.get_by_role("application")
    page.wait_for_function("stage => stage.map.stats.first && stage.map.labels.length > 0", arg=stage.element_handle())
    stage.get_by_role("button", name="Lasso").click()
    box = stage.bounding_box()
    left, right, top, bottom = box["x"] + 3, box["x"] + box["width"] / 2, box["y"] + 3, box["y"] + box["height"] - 3
    page.mouse.move(left, top)
    page.mouse.down()
    for corner in ((right, top), (right, bottom), (left, bottom), (left, top)):
        page.mouse.move(*corner, steps=5)
    page.mouse.up()
    chosen, inside = stage.evaluate(
        """(stage, right) => {
      const { map } = stage;
      return [map.scene.chosen, [...Array(map.scene.n).keys()].filter((i) => map.view.screenX(map.scene.x(i)) < right)];
    }""",
        right - box["x"],
    )
    assert chosen == inside and 0 < len(chosen) < stage.evaluate("stage => stage.map.scene.n")
    expect(stage.locator("..").locator("[aria-live]")).to_have_text(f"{len(chosen)} selected")


def test_two_words_of_a_topic_share_contexts_and_have_sentences(compared, context):
    page = context.new_page()
    page.goto(f"{compared[0]}/neighbours?run={compared[2]}")
    page.get_by_role("radio", name="Why near").click()
    expect(page.get_by_role("textbox", name="Other word", exact=True)).to_be_visible()
    for name, word in (("Word", "cat"), ("Other word", "dog")):
        page.get_by_role("textbox", name=name, exact=True).fill(word)
        page.get_by_role("textbox", name=name, exact=True).press("Enter")
        expect(page).to_have_url(re.compile("word=cat"))
    expect(page.get_by_text("Why “cat” and “dog” are near")).to_be_visible()
    expect(page.get_by_text("Adds to the similarity")).to_be_visible()
    expect(page.locator(".said mark").first).to_be_visible()

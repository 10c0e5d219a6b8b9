"""The page Corpora: sizes, words, curves, training pairs, and the preview of a text of one's own."""

from helpers.pages_shown import texts


def test_corpora_page_shows_sizes_words_curves_pairs_and_documents(open_page, filled):
    page = open_page("corpora", filled.home)
    assert page.metric[0].value == "200"
    for side in ("Zipf and coverage", "Training pairs", "Documents"):
        page.segmented_control(key="corpus_side").set_value(side).run()
        assert not page.exception, side
    assert set(page.dataframe[-1].value["Label"]) == {"neg"}


def test_corpora_page_makes_pairs_of_a_typed_sentence(open_page, filled):
    page = open_page("corpora", filled.home)
    page.segmented_control(key="corpus_side").set_value("Training pairs").run()
    page.text_input(key="pairs_sentence").set_value("one two three").run()
    page.slider(key="pairs_window").set_value(1).run()
    assert page.dataframe[-2].value.values.tolist() == [
        ["one", "two"],
        ["two", "one"],
        ["two", "three"],
        ["three", "two"],
    ]


def test_corpora_page_previews_pasted_text(open_page, tmp_path):
    page = open_page("corpora", tmp_path)
    page.segmented_control(key="corpora_view").set_value("Add your own").run()
    page.segmented_control(key="source").set_value("Paste text").run()
    page.text_area(key="pasted").set_value("The Cat sat.\nThe dog ran.").run()
    assert not page.exception
    assert "6 tokens kept, 0 dropped" in texts(page)
    page.selectbox(key="prep.stopwords").set_value("english").run() if "prep.stopwords" in [
        s.key for s in page.selectbox
    ] else page.segmented_control(key="prep.stopwords").set_value("english").run()
    assert "4 tokens kept, 2 dropped" in texts(page)


def test_corpora_page_previews_phrases_and_rare_words_by_the_uploaded_text(open_page, tmp_path):
    page = open_page("corpora", tmp_path)
    page.segmented_control(key="corpora_view").set_value("Add your own").run()
    page.segmented_control(key="source").set_value("Paste text").run()
    page.text_area(key="pasted").set_value(
        "\n".join(["we saw new york today"] * 30 + ["a lone zebra came new today"] * 3)
    ).run()
    page.number_input(key="prep.min_count").set_value(5).run()
    assert not page.exception
    assert "15 tokens kept, 0 dropped" in texts(page)
    page.text_area[-1].set_value("a zebra saw new york").run()
    assert "3 tokens kept, 2 dropped" in texts(page)


def test_corpora_page_says_how_a_text_is_read_and_takes_another_way(open_page, tmp_path):
    page = open_page("corpora", tmp_path)
    page.segmented_control(key="corpora_view").set_value("Add your own").run()
    page.segmented_control(key="source").set_value("Paste text").run()
    page.text_area(key="pasted").set_value("an owl sleeps\tbird\na fox runs\tbeast\nrain falls\tsky\n").run()
    assert not page.exception and "Encoding ASCII" in texts(page)
    chosen = {box.label: box for box in page.selectbox}
    assert "Text" not in chosen
    chosen["Separator"].set_value("tab").run()
    assert not page.exception
    assert "read as a table separated by tab, without a header row" in texts(page)
    assert {box.label: box.value for box in page.selectbox}["Text"] == "column 1"


def test_corpus_is_deleted_by_name_and_brought_back(open_page, lab):
    lab.add_corpus("lee", name="News")
    page = open_page("corpora", lab.home)
    press(page, "Delete")
    assert "Delete “News”?" in texts(page)
    press(page, "Delete it")
    assert lab.corpora() == [] and "“News” is deleted" in texts(page)
    press(page, "Undo")
    assert [row["name"] for row in lab.corpora()] == ["News"] and page.metric[0].value == "300"


def press(page, label: str) -> None:
    next(found for found in page.button if found.label == label).click().run()
    assert not page.exception, page.exception

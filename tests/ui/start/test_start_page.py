"""The Start page: the path with its ticks, the doors, and a page that stands without the pretrained vectors."""

from helpers.pages_shown import texts

from embedlab.ui.start.path import steps


def test_steps_are_ticked_as_they_are_taken(lab, filled):
    assert [step.done for step in steps(lab)] == [False] * 5
    found = steps(filled)
    assert [step.name for step in found] == ["Data", "Train", "Map", "Ask", "Judge"]
    assert [step.done for step in found] == [True, True, True, False, True]
    assert "films" in found[3].next


def test_page_says_what_is_next(open_page, filled):
    page = open_page("start", filled.home)
    assert "1 Data ✓" in texts(page) and "Next: Ask films for neighbours." in texts(page)
    assert [header.value for header in page.header] == ["An embedding puts alike things near each other."]


def test_word_in_the_address_is_asked(open_page, filled):
    page = open_page("start", filled.home, link={"word": "paris"})
    assert page.subheader[0].value == "paris"
    assert "two random words, 0.02" in texts(page)


def test_spellings_of_an_unknown_word_can_be_clicked(open_page, filled):
    page = open_page("start", filled.home, link={"word": "elefant"})
    assert "not among the 50,000 words" in texts(page)
    next(button for button in page.button if button.label == "elephant").click().run()
    assert page.subheader[0].value == "elephant"


def test_analogy_button_shows_its_answer(open_page, filled):
    page = open_page("start", filled.home)
    next(button for button in page.button if button.label.startswith("paris")).click().run()
    assert page.subheader[0].value == "paris − france + japan" and "“tokyo”" in texts(page)


def test_without_the_package_the_page_stands_on_a_run(open_page, filled, tmp_path, monkeypatch):
    monkeypatch.setattr("embedlab.vectors.pretrained.PACKAGE", "no_such_package_of_vectors")
    page = open_page("start", filled.home)
    assert "the text of “films”" in texts(page)
    empty = open_page("start", tmp_path)
    assert "being trained" in texts(empty)

"""The page Neighbours: every question, why two words are near, and words that are not there."""

import numpy as np
from helpers.pages_shown import html_of, texts

from embedlab.ui.neighbours import begin
from embedlab.ui.neighbours.asked import listed_words
from embedlab.vectors.embedding import Embedding

QUESTIONS = ("Why near", "In context", "Analogy", "Similarity", "Odd one out", "Axes")


def asked(page, question: str):
    return page.segmented_control(key="pick_question").set_value(question).run()


def test_one_word_is_asked_every_question_and_stays_in_the_address(open_page, filled):
    page = open_page("neighbours", filled.home, link={"word": "movie"})
    assert "Nearest to “movie”" in texts(page)
    for question in QUESTIONS:
        asked(page, question)
        assert not page.exception and not page.warning, question
        assert (page.query_params["word"], page.query_params["question"]) == ("movie", question)
    asked(page, "In context")
    assert "“movie” in the corpus" in texts(page)


def test_link_opens_a_question_about_a_word(open_page, filled):
    page = open_page("neighbours", filled.home, link={"word": "film", "question": "In context"})
    assert "“film” in the corpus" in texts(page)


def test_words_in_other_spellings_are_answered(open_page, lab, tmp_path):
    path = tmp_path / "v.txt"
    path.write_text("4 2\nking 1 0\nqueen 0.9 0.1\nnew_york 0 1\nlondon 0.1 0.9\n")
    run = lab.import_vectors(path)
    assert "Nearest to “king”" in texts(open_page("neighbours", lab.home, word="King"))
    page = open_page("neighbours", lab.home, word="New York")
    assert "Nearest to “new\\_york”" in texts(page) and page.session_state["word"] == "new_york"
    assert listed_words(run, "King, New York") == ["king", "new_york"]
    assert listed_words(run, "king London new_york") == ["king", "London", "new_york"]


def test_neighbours_page_explains_a_pair_with_marked_sentences(open_page, filled):
    page = open_page("neighbours", filled.home, question="Why near", word="film", why_film="movie")
    assert [metric.label for metric in page.metric] == ["Vectors", "Contexts", "Side by side"]
    assert "Why “film” and “movie” are near" in texts(page) and "Counted over all" in texts(page)
    shown = html_of(page)
    assert (
        "<mark class='a'>film</mark>" in shown
        and "<mark class='b'>movie</mark>" in shown
        and "<mark class='c'>" in shown
    )
    page.session_state["why_film"] = "moviie"
    page.run()
    press(page, "movie")
    assert page.session_state["why_film"] == "movie" and "Why “film” and “movie” are near" in texts(page)
    page.session_state["why_film"] = "film"
    assert "given twice" in page.run().warning[0].value


def press(page, label: str) -> None:
    """Click the button of this name that was drawn last."""
    [found, *_] = [button for button in reversed(page.button) if button.label == label]
    found.click().run()
    assert not page.exception, page.exception


def test_neighbours_page_of_a_large_corpus_waits_for_its_index(open_page, lab, monkeypatch):
    from embedlab import jobs
    from embedlab.ui.neighbours import why

    monkeypatch.setattr(why, "AT_ONCE", 0)
    monkeypatch.setattr(jobs, "start", jobs.create)  # no workers here
    lab.train("polarity", "word2vec", name="films", dim=8, epochs=1, min_count=2, workers=1)
    page = open_page("neighbours", lab.home, question="Why near", word="film", why_film="movie")
    assert "Looking through" in texts(page) and "near" not in texts(page)
    page.run()
    queued = jobs.list_jobs(lab, kind="index")
    assert len(queued) == 1
    jobs.run_here(lab, queued[0].id)
    page.run()
    assert "Why “film” and “movie” are near" in texts(page)


def test_neighbours_page_of_imported_vectors_says_that_sentences_are_missing(open_page, tmp_path):
    from embedlab import Lab

    lab = Lab(tmp_path / "home")
    path = tmp_path / "v.txt"
    path.write_text("3 2\ncat 1 0\ndog 0.9 0.1\nbond 0 1\n")
    lab.import_vectors(path)
    page = open_page("neighbours", lab.home)
    assert "came without a corpus" in texts(page)
    asked(page, "Why near")
    assert not page.exception and "No corpus behind this run" in texts(page)


def test_unknown_word_is_answered_with_spellings_to_click(open_page, filled):
    page = open_page("neighbours", filled.home, word="filmm")
    assert "'filmm' is not among the" in texts(page) and not page.exception
    press(page, "film")
    assert "Nearest to “film”" in texts(page) and page.query_params["word"] == "film"


def test_other_words_are_offered_to_click(open_page, filled):
    page = open_page("neighbours", filled.home, word="film")
    offered = [button.label for button in page.button]
    assert len(offered) > 2 and "film" not in offered
    press(page, offered[0])
    assert page.session_state["word"] == offered[0]


def test_analogy_says_how_far_the_answers_are_apart(open_page, filled):
    page = open_page("neighbours", filled.home, word="film", question="Analogy", analogy_a="good", analogy_b="bad")
    assert texts(page).count("The first answer is ahead by") == 2


def test_whole_analogies_are_offered_to_click(open_page, lab, tmp_path):
    words = "king queen man woman prince princess boy girl father mother son daughter".split()
    lines = [f"{word} {i % 5} {i % 2} {(i * 7) % 11} 1" for i, word in enumerate(words)]
    (tmp_path / "v.txt").write_text("\n".join([f"{len(words)} 4", *lines]))
    lab.import_vectors(tmp_path / "v.txt")
    page = open_page("neighbours", lab.home, word="king", question="Analogy")
    offered = [button.label for button in page.button if button.label.endswith("?")]
    a, b, c = offered[0].replace(" : ?", "").replace(" = ", " : ").split(" : ")
    press(page, offered[0])
    assert (page.session_state["analogy_a"], page.session_state["analogy_b"], page.session_state["word"]) == (a, b, c)


def test_questions_begin_with_words_around_the_one_that_is_asked():
    words = ["the", "of", "time", "people", "king", "queen", "prince", "music", "police", "man", "woman", "boy", "girl"]
    run = Embedding(words, np.random.default_rng(1).standard_normal((len(words), 5), np.float32))
    assert "king" not in begin.pair_for(run, "king") and len(set(begin.pair_for(run, "king"))) == 2
    odd = begin.odd_ones(run, "king")
    assert odd[0] == "king" and len(set(odd)) == 4
    assert begin.several(run, "king", 8)[0] == "king" and len(begin.axes(run)) == 2
    assert not {"the", "of"} & set(begin.offered(run))

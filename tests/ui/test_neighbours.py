"""The page Neighbours: every question, why two words are near, and words that are not there."""

from helpers.pages_shown import html_of, texts


def test_neighbours_page_answers_every_question(open_page, filled):
    page = open_page("neighbours", filled.home)
    assert "Nearest to" in texts(page)
    for question in ("Analogy", "Odd one out", "Similarity", "Axes", "Why near", "In context"):
        page.segmented_control(key="question").set_value(question).run()
        assert not page.exception and not page.warning, question


def test_neighbours_page_says_what_each_neighbour_shares(open_page, filled):
    page = open_page("neighbours", filled.home, question="Neighbours", word="film", k=5)
    table = page.dataframe[0].value
    assert list(table.columns) == ["Word", "Cosine", "Shares", "Count"]
    assert table["Shares"].str.len().gt(0).all()
    assert "Choose a row to see why it is near" in texts(page)


def test_neighbours_page_explains_a_pair_with_marked_sentences(open_page, filled):
    page = open_page("neighbours", filled.home, question="Why near", why_a="film", why_b="movie")
    assert [metric.label for metric in page.metric] == ["Vectors", "Contexts", "Side by side"]
    assert "Why “film” and “movie” are near" in texts(page) and "Counted over all" in texts(page)
    shown = html_of(page)
    assert (
        "<mark class='a'>film</mark>" in shown
        and "<mark class='b'>movie</mark>" in shown
        and "<mark class='c'>" in shown
    )
    page.text_input(key="why_b").set_value("moviie").run()
    assert "movie" in page.warning[0].value and not page.exception
    page.text_input(key="why_b").set_value("film").run()
    assert "given twice" in page.warning[0].value


def test_neighbours_page_of_a_large_corpus_waits_for_its_index(open_page, lab, monkeypatch):
    from embedlab import jobs
    from embedlab.ui.neighbours import why

    monkeypatch.setattr(why, "AT_ONCE", 0)
    monkeypatch.setattr(jobs, "start", jobs.create)  # no workers here
    lab.train("polarity", "word2vec", name="films", dim=8, epochs=1, min_count=2, workers=1)
    page = open_page("neighbours", lab.home, question="Why near", why_a="film", why_b="movie")
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
    page.segmented_control(key="question").set_value("Why near").run()
    assert not page.exception and "No corpus behind this run" in texts(page)


def test_neighbours_page_answers_an_unknown_word_with_spellings(open_page, filled):
    page = open_page("neighbours", filled.home)
    page.text_input(key="word").set_value("filmm").run()
    assert "film" in page.warning[0].value and not page.exception

"""Two people on one workspace: what each chooses and types stays theirs, and what one deletes the other is told."""

import pytest
from helpers.pages_shown import texts
from helpers.small_runs import imported


def test_two_sessions_choose_and_type_apart(open_page, lab, tmp_path):
    first, second = imported(lab, tmp_path, "first"), imported(lab, tmp_path, "second", seed=1)
    one, two = open_page("neighbours", lab.home), open_page("neighbours", lab.home)
    one.selectbox[0].set_value(first.id).run()
    two.selectbox[0].set_value(second.id).run()
    one.session_state["word"], two.session_state["word"] = "w3", "w5"
    one.run(), two.run(), one.run()
    assert (one.session_state["run"], two.session_state["run"]) == (first.id, second.id)
    assert "Nearest to “w3”" in texts(one) and "Nearest to “w5”" in texts(two)


@pytest.mark.slow
def test_run_deleted_by_one_session_gives_the_other_the_next_run_without_an_error(open_page, lab, tmp_path):
    first, second = imported(lab, tmp_path, "first"), imported(lab, tmp_path, "second", seed=1)
    for name in ("map", "neighbours", "benchmarks"):
        page = open_page(name, lab.home, run=second.id)
        assert page.selectbox[0].value == second.id
        lab.delete_run(second.id)
        page.run()
        assert not page.exception and page.selectbox[0].value == first.id
        second = imported(lab, tmp_path, "second", seed=1)


@pytest.mark.slow
def test_last_run_deleted_by_one_session_gives_the_other_the_way_out(open_page, lab, tmp_path):
    run = imported(lab, tmp_path, "only")
    pages = [open_page(name, lab.home, run=run.id) for name in ("map", "neighbours", "benchmarks", "runs", "train")]
    lab.delete_run(run.id)
    for page in pages:
        page.run()
        assert not page.exception, page.exception
    assert all("No finished run yet" in texts(page) for page in pages[:3])


@pytest.mark.slow
def test_corpus_deleted_by_one_session_gives_the_other_the_next_one(open_page, lab):
    lee = lab.add_corpus("lee")
    page = open_page("train", lab.home, corpus=lee.id)
    lab.add_corpus("polarity")
    lab.delete_corpus(lee.id)
    page.run()
    assert not page.exception and page.selectbox[0].options[0].startswith("Film review sentences")

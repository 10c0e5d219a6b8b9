"""What is deleted is gone at once and for everyone, comes back whole, and goes for good after a day."""

from datetime import timedelta

import numpy as np
import pytest
from helpers.commands import run as command
from helpers.small_runs import imported

from embedlab.core.errors import NotFound
from embedlab.store import catalog as tables
from embedlab.store import trash
from embedlab.store.scores import add_benchmark, own_benchmarks, remove_benchmark


def test_run_comes_back_with_its_vectors_maps_and_scores(lab, tmp_path):
    run = imported(lab, tmp_path, "first")
    vectors = np.array(run.embedding.vectors)
    lab.map(run, "pca")
    lab.evaluate(run, ["geometry"])
    maps, scores = lab.maps(run.id), lab.scores(run_id=run.id)
    kept = run.folder / "scores" / f"{scores[0]['digest']}.json"
    items = kept.read_bytes()
    gone = lab.delete_run(run.id)
    assert not lab.runs() and not lab.maps(run.id) and not lab.scores(run_id=run.id) and not run.folder.exists()
    assert (gone.kind, gone.thing, gone.name) == ("run", run.id, "first")
    trash.restore(lab, gone.id)
    back = lab.run("first")
    np.testing.assert_array_equal(back.embedding.vectors, vectors)
    assert lab.maps(run.id) == maps and lab.scores(run_id=run.id) == scores
    assert lab.stored_map(run.id, maps[0]["id"]) is not None and kept.read_bytes() == items
    assert not trash.deleted(lab) and not list((lab.home / "trash").iterdir())


def test_corpus_comes_back(lab):
    corpus = lab.add_corpus("lee", name="News")
    lab.delete_corpus("News")
    assert not lab.corpora() and not corpus.folder.exists()
    lab.restore("corpus", "News")
    assert lab.corpus(corpus.id).name == "News" and lab.corpus(corpus.id).n_tokens == corpus.n_tokens


@pytest.mark.slow
def test_sweep_comes_back_with_its_trials(lab):
    from embedlab.sweeps import delete_sweep, list_sweeps, read_board

    board = lab.sweep(
        lab.add_corpus("lee"), vary={"dim": [2, 3]}, seeds=1, name="sizes", fixed={"word2vec": {"epochs": 1}}
    )
    delete_sweep(lab, board.id)
    assert not list_sweeps(lab) and not lab.runs(sweep=board.id)
    lab.restore("sweep", "sizes")
    assert [trial.measures for trial in read_board(lab, board.id).trials] == [trial.measures for trial in board.trials]


def test_benchmark_comes_back(lab):
    path = add_benchmark(lab, [("pairs.tsv", b"a\tb\t1\nc\td\t2\n")])
    remove_benchmark(lab, path)
    assert not own_benchmarks(lab)
    lab.restore("benchmark", "pairs.tsv")
    assert own_benchmarks(lab) == [path]


def test_what_a_job_left_after_the_deletion_does_not_hide_the_run(lab, tmp_path):
    run = imported(lab, tmp_path, "first")
    gone = lab.delete_run(run.id)
    (run.folder / "maps").mkdir(parents=True)
    trash.restore(lab, gone.id)
    assert len(lab.run(run.id).embedding) == 12


def test_it_goes_for_good_after_a_day(lab, tmp_path):
    old, new = imported(lab, tmp_path, "old"), imported(lab, tmp_path, "new")
    gone = lab.delete_run(old.id)
    two_days_ago = "2020-01-01T00:00:00.000+00:00"
    lab.catalog.update(tables.trash, gone.id, created=two_days_ago)
    lab.delete_run(new.id)
    assert [each.name for each in trash.deleted(lab)] == ["new"] and not (lab.home / "trash" / gone.id).exists()
    with pytest.raises(NotFound, match="kept for a day|There are 'new'"):
        lab.restore("run", "old")
    assert trash.empty(lab, kept=timedelta(0)) == 1 and not list((lab.home / "trash").iterdir())


def test_command_deletes_and_undoes(lab, tmp_path):
    run = imported(lab, tmp_path, "first")
    command(lab.home, "runs", "delete", "first")
    assert not lab.has_run(run.id)
    command(lab.home, "runs", "delete", "first", "--undo")
    assert lab.run("first").id == run.id

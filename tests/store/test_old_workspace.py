"""A workspace that version 0.1.0 made, before the layout of the package: all of it is there, and work goes on in it.

It holds the corpus Small (60 labelled texts), the runs "first" (Word2Vec, with three maps and its scores), "counted"
(GloVe) and "cut short" (Word2Vec, interrupted, with a checkpoint).
"""

import shutil
from pathlib import Path

import pytest

from embedlab import Lab, jobs
from embedlab.jobs.map_specs import MapSpec
from embedlab.store import catalog as tables
from embedlab.store.scores import stored_results

MADE = Path(__file__).with_name("workspace-0.1.zip")


@pytest.fixture
def old(tmp_path) -> Lab:
    shutil.unpack_archive(MADE, tmp_path / "ws")
    return Lab(tmp_path / "ws")


def test_corpus_is_listed_and_read(old):
    assert [row["name"] for row in old.corpora()] == ["Small"]
    corpus = old.corpus("Small")
    assert (corpus.n_documents, corpus.n_tokens, corpus.n_types) == (60, 650, 19)
    assert corpus.label_names == ["animal", "royal"] and len(corpus.tokens) == 650
    assert corpus.text(0) and corpus.vocabulary.words[0] == old.run("first").embedding.words[0]


def test_runs_are_listed_and_answer(old):
    assert {run.name: run.status for run in old.runs()} == {
        "first": "done",
        "counted": "done",
        "cut short": "interrupted",
    }
    for name in ("first", "counted"):
        embedding = old.run(name).embedding
        assert (len(embedding), embedding.dim) == (19, 8)
        near = embedding.neighbours(embedding.words[0], 3)
        assert len(near) == 3 and near[0].score >= near[1].score


def test_maps_are_listed_and_those_of_the_same_question_are_reused(old):
    run = old.run("first")
    rows = old.maps(run.id)
    assert sorted((row["spec"]["method"], row["spec"]["what"]) for row in rows) == [
        ("pca", "documents"),
        ("pca", "words"),
        ("umap", "words"),
    ]
    for row in rows:
        found = old.stored_map(run.id, row["id"])
        assert len(found) == found.coords.shape[0] and found.scores == row["scores"]
    path = next(old.map_path(run.id, row["id"]) for row in rows if row["spec"]["what"] == "documents")
    stamp = path.stat().st_mtime_ns
    again = old.map(run, "pca", what="documents", limit=50)
    assert path.stat().st_mtime_ns == stamp and len(again) == 50


def test_scores_are_listed(old):
    found = stored_results(old)
    assert len(found) == 8 and {run.name for run, _ in found} == {"first"}
    assert old.score_rows(old.run("first").id, "058487e807a1e3df")


def test_jobs_are_listed_and_found_by_their_question(old):
    assert {job.title: job.status for job in jobs.list_jobs(old)} == {
        "first": "done",
        "counted": "done",
        "cut short": "interrupted",
    }
    assert all(row["digest"] for row in old.catalog.rows(tables.jobs))
    run = old.run("first")
    assert jobs.newest(old, "train", {"run": run.id}).id == run.id
    assert jobs.newest(old, "map", MapSpec(run.id, "pca").json) is None


def test_interrupted_run_resumes_and_another_begins_from_a_finished_one(old):
    assert old.run("cut short").resumable_at is not None
    resumed = old.resume("cut short")
    assert resumed.status == "done" and resumed.embedding.dim == 4
    longer = old.train("Small", resumed.spec.model, name="longer", from_run=old.run("first"), epochs=1)
    assert longer.status == "done" and longer.spec.base == old.run("first").id
    assert longer.embedding.words == old.run("first").embedding.words


@pytest.mark.slow
@pytest.mark.parametrize("page", ["map", "runs", "neighbours", "corpora"])
def test_page_opens_on_it(old, open_page, page):
    shown = open_page(page, old.home)
    assert not shown.exception and not shown.error

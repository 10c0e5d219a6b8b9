"""Scores in a workspace: comparable, stored with their items, ranked; users' benchmarks; drivers of associations."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from helpers.commands import answer, run
from helpers.corpus_factory import make_corpus
from helpers.pages_shown import texts

from embedlab import Lab, jobs
from embedlab.core.errors import BadInput, BadSetting
from embedlab.core.progress import Cancelled
from embedlab.evaluation import load_benchmark
from embedlab.evaluation.files.loading import described
from embedlab.explain.associations import drivers
from embedlab.store.scores import (
    add_benchmark,
    difference,
    leaderboard,
    own_benchmarks,
    remove_benchmark,
    scored_alike,
    stored_results,
)
from embedlab.vectors.embedding import Embedding

N = 60


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Three imported runs: one follows the judgements, one does so badly and has more words, one equals the first."""
    lab = Lab(tmp_path_factory.mktemp("scores"))
    folder = lab.home / "files"
    folder.mkdir()
    rng = np.random.default_rng(1)
    truth = rng.standard_normal((2 * N, 10))
    words = [f"w{i}" for i in range(2 * N)]
    unit = truth / np.linalg.norm(truth, axis=1, keepdims=True)
    lines = [f"w{i} w{i + N} {unit[i] @ unit[i + N]:.4f}" for i in range(N)]
    (folder / "judged.txt").write_text("\n".join(lines))
    (folder / "asked.txt").write_text(": x\n" + "\n".join(f"w{i} w{i + 1} w{i + 2} w{i + 3}" for i in range(N)))
    runs = {
        "good": (words, truth),
        "bad": (words + ["extra"], np.concatenate([truth + 4 * rng.standard_normal(truth.shape), truth[:1]])),
        "good again": (words[:-5], truth[:-5]),
    }
    for name, (names, vectors) in runs.items():
        path = folder / f"{name}.txt"
        path.write_text(
            "\n".join(
                [f"{len(names)} 10"]
                + [f"{w} {' '.join(f'{x:.5f}' for x in v)}" for w, v in zip(names, vectors, strict=True)]
            )
        )
        lab.import_vectors(path, name=name)
    return lab


@pytest.fixture
def judged(lab) -> str:
    return str(lab.home / "files" / "judged.txt")


def test_runs_are_ranked_on_what_both_could_use(lab, judged):
    places = lab.rank(["bad", "good", "good again"], judged)
    assert [run.name for run, _ in places][-1] == "bad"
    assert [place.verdict for _, place in places] == ["best", "no difference shown", "behind the best"]
    by_name = {run.name: place for run, place in places}
    assert (by_name["good"].result.n_used, by_name["good again"].result.n_used) == (N, N - 5)
    twin = next(place for run, place in places if run.name.startswith("good") and place.difference)
    assert (twin.difference.difference, twin.difference.n, twin.difference.p) == (0, N - 5, 1)
    assert by_name["bad"].p < 0.01


def test_shared_words_make_another_ranking(lab, judged):
    own, shared = (lab.rank(["good", "bad", "good again"], judged, vocabulary=mode) for mode in ("own", "shared"))
    assert {place.result.n_used for _, place in shared} == {N - 5} != {place.result.n_used for _, place in own}
    assert {place.result.vocabulary["words"] for _, place in shared} == {2 * N - 5}
    assert shared[0][1].result.digest != own[0][1].result.digest
    runs = [lab.run(name) for name in ("good", "bad", "good again")]
    assert scored_alike(lab, runs, judged, vocabulary="shared") == shared[0][1].result.digest
    assert scored_alike(lab, runs, judged) == own[0][1].result.digest
    assert scored_alike(lab, runs[:2], judged) == own[0][1].result.digest  # all own words: any of them compare
    assert scored_alike(lab, runs[:2], judged, vocabulary="shared") is None  # these two share more words than the three


def test_options_are_not_mixed(lab):
    asked = str(lab.home / "files" / "asked.txt")
    runs = [lab.run(name) for name in ("good", "bad")]
    add, plain = (lab.rank(runs, asked, options={"analogy": method}) for method in ("add", "plain"))
    assert scored_alike(lab, runs, asked) == add[0][1].result.digest
    assert (
        scored_alike(lab, runs, asked, options={"analogy": "plain"})
        == plain[0][1].result.digest
        != add[0][1].result.digest
    )
    assert scored_alike(lab, runs, asked, options={"analogy": "mul"}) is None


def test_another_file_of_the_same_name_is_not_mixed_up(lab, judged, tmp_path):
    lab.rank(["good", "bad"], judged)
    other = tmp_path / "judged.txt"
    other.write_text("w0 w1 3\nw2 w3 1\nw4 w5 2\n")
    assert scored_alike(lab, [lab.run("good"), lab.run("bad")], str(other)) is None


def test_stored_scores_compare_later(lab, judged):
    lab.rank(["good", "bad"], judged)
    good, bad = lab.run("good"), lab.run("bad")
    digest = scored_alike(lab, [good, bad], judged)
    assert difference(lab, good, bad, digest).shown and difference(lab, good, good, digest).p == 1
    assert {run.name for run, _ in leaderboard(lab, digest)} >= {"good", "bad"}
    assert all(
        result.rows == [] for _, result in stored_results(lab, run_id=good.id)
    )  # the items are in files of their own
    with pytest.raises(BadInput, match="'good' has not been scored on this benchmark"):
        difference(lab, good, bad, "nowhere")


def test_questions_that_cannot_be_asked(lab, judged):
    with pytest.raises(BadInput, match="needs two different runs; got 1"):
        lab.rank(["good", "good"], judged)
    with pytest.raises(BadSetting, match="'own' or 'shared'; got 'both'"):
        lab.rank(["good", "bad"], judged, vocabulary="both")
    with pytest.raises(BadInput, match="There is no benchmark or file 'none'"):
        lab.rank(["good", "bad"], "none")
    with pytest.raises(BadInput, match="good: Document classification needs a corpus with labels"):
        lab.rank(["good", "bad"], "classification")


def test_ranking_is_a_job_that_can_be_cancelled(lab, judged):
    ids = [lab.run(name).id for name in ("good", "bad")]
    id = jobs.create(lab, "rank", {"runs": ids, "benchmark": judged, "vocabulary": "own", "seed": 1}, title="rank")
    assert set(jobs.run_here(lab, id)) == {"digest"}
    seen = []

    def stop(progress):
        seen.append(progress.fraction)
        if len(seen) == 4:
            raise Cancelled

    id = jobs.create(lab, "rank", {"runs": ids, "benchmark": judged}, title="rank")
    with pytest.raises(Cancelled):
        jobs.run_here(lab, id, report=stop)
    assert jobs.get(lab, id).status == "cancelled" and seen == sorted(seen)


def test_command_line_ranks_and_lists(lab, judged):
    told = answer(lab.home, "scores", "good", "bad", "--benchmark", judged, "--vocabulary", "shared")
    assert (told["metric"], told["vocabulary"]["mode"]) == ("Spearman", "shared")
    best, other = told["ranking"]
    assert (best["name"], best["verdict"], best["difference"]) == ("good", "best", None)
    assert other["p"] < 0.01 and other["difference"]["n"] == N
    listed = answer(lab.home, "scores", "good")
    assert {"judged.txt"} <= {row["benchmark"] for row in listed}
    assert all({"digest", "references", "metrics", "vocabulary"} <= set(row) for row in listed)
    [plain] = answer(
        lab.home, "evaluate", "good", "--benchmark", lab.home / "files" / "asked.txt", "--set", "analogy=plain"
    )
    assert plain["title"] == "asked, Nothing left out" and plain["options"] == {"analogy": "plain"}


def test_command_line_says_no_difference_shown(lab, judged):
    said = run(lab.home, "scores", "good", "good again", "bad", "--benchmark", judged).stdout
    assert "Spearman; vocabulary: every run with all its own words." in said
    assert "No difference shown between good" in said and "is better than bad: Spearman differs by +" in said
    assert "1 of 2 is shown to be behind good" in said and "among the 3 lines happens in 5 % of such rankings" in said
    for words, match in (
        (["good", "bad"], "give it with --benchmark"),
        (["good", "bad", "--benchmark", judged, "--vocabulary", "all"], "'own' or 'shared'"),
        (
            ["good", "bad", "--benchmark", judged, "--set", "analogy=best"],
            "Analogies by must be one of add, mul, plain",
        ),
    ):
        done = run(lab.home, "scores", *words, check=False)
        assert done.returncode == 2 and match in done.stderr


def test_bm25_stands_in_a_ranking_by_retrieval(lab, tmp_path):
    """Every query is a piece of its one document: counting words finds it, and no run of imported vectors does."""
    rng = np.random.default_rng(1)
    texts = [" ".join(f"w{j}" for j in rng.integers(0, 2 * N, 12)) for _ in range(40)]
    (tmp_path / "set" / "qrels").mkdir(parents=True)
    for name, lines in (("corpus", texts), ("queries", [" ".join(text.split()[:4]) for text in texts])):
        rows = [json.dumps({"_id": str(i), "text": line}) for i, line in enumerate(lines)]
        (tmp_path / "set" / f"{name}.jsonl").write_text("\n".join(rows))
    (tmp_path / "set" / "qrels" / "test.tsv").write_text("q\td\ts\n" + "\n".join(f"{i}\t{i}\t1" for i in range(40)))
    told = answer(lab.home, "scores", "good", "bad", "--benchmark", tmp_path / "set")
    names = [row["name"] for row in told["ranking"]]
    assert sorted(names) == ["BM25", "Random vectors", "bad", "bad + BM25", "good", "good + BM25"]
    assert told["claims"].endswith("A false claim anywhere among the 6 lines happens in 5 % of such rankings at most.")
    said = run(lab.home, "scores", "good", "bad", "--benchmark", tmp_path / "set").stdout
    assert "BM25" in said and "Random vectors" in said


# Benchmarks of the user


def test_benchmark_is_kept_once_under_a_safe_name(tmp_path):
    lab = Lab(tmp_path / "w")
    path = add_benchmark(lab, [("../my pairs?.tsv", b"a\tb\t1\nc\td\t2\n")])
    assert path.name == "my pairs_.tsv" and path.parent.parent == lab.home / "benchmarks"
    assert add_benchmark(lab, [("../my pairs?.tsv", b"a\tb\t1\nc\td\t2\n")]) == path
    assert own_benchmarks(lab) == [path] and described(load_benchmark(path)) == "2 word pairs with scores"
    remove_benchmark(lab, path)
    assert own_benchmarks(lab) == [] and not path.parent.exists()


def test_files_that_belong_together_become_one_benchmark(tmp_path):
    lab = Lab(tmp_path / "w")
    files = [
        ("corpus.jsonl", b'{"_id": "d", "text": "one"}'),
        ("queries.jsonl", b'{"_id": "q", "text": "one"}'),
        ("test.tsv", b"query-id\tcorpus-id\tscore\nq\td\t1\n"),
    ]
    path = add_benchmark(lab, files)
    assert path.name == "corpus and 2 more.zip" and "qrels/test.tsv" in zipfile.ZipFile(path).namelist()
    assert described(load_benchmark(path)) == "1 documents, 1 queries with judgements"


def test_what_is_no_benchmark_leaves_nothing_behind(tmp_path):
    lab = Lab(tmp_path / "w")
    with pytest.raises(BadInput, match="just.txt is neither word pairs"):
        add_benchmark(lab, [("just.txt", b"only two\n")])
    assert (
        own_benchmarks(lab) == []
        and not any((lab.home / "benchmarks").iterdir())
        and not any((lab.home / "uploads").iterdir())
    )


def test_removing_touches_nothing_but_benchmarks(tmp_path):
    lab = Lab(tmp_path / "w")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "x.tsv").write_text("a\tb\t1\n")
    remove_benchmark(lab, tmp_path / "mine" / "x.tsv")
    assert (tmp_path / "mine" / "x.tsv").exists()


# What drives an association


def test_drivers_count_what_stands_near(tmp_path):
    corpus = make_corpus(
        tmp_path,
        [
            "he has work today\nshe has home today",
            "He went to work",
            "x " * 12 + "he " + "y " * 12 + "home",
            "she rests",
        ],
    )
    he, she = drivers(corpus, ["he", "she", "unheard"], ["WORK"], ["home"])
    assert (he.word, he.near_first, he.near_second, he.looked_at) == (
        "he",
        1,
        0,
        2,
    )  # "He" is another word here; home is too far
    assert (she.near_first, she.near_second, she.looked_at) == (0, 1, 2)
    assert [sentence.text for sentence in she.sentences] == ["she has home today"]
    assert [mark for _, mark in she.sentences[0].pieces if mark] == ["a", "context"]
    assert drivers(corpus, ["rests"], ["work"], ["home"])[0].sentences == ()


# The page


def test_benchmarks_page_shows_scores_with_coverage(open_page, filled):
    page = open_page("benchmarks", filled.home)
    table = page.dataframe[0].value
    assert set(table["Benchmark"]) == {"SimLex-999", "Document classification"}
    assert all(" of " in used for used in table["Used"])


def test_page_says_no_difference_shown_and_which_is_behind(lab, judged, open_page):
    kept = str(add_benchmark(lab, [("judged.txt", Path(judged).read_bytes())]))
    lab.rank(["good", "good again", "bad"], kept)
    page = open_page(
        "benchmarks", lab.home, run=lab.run("good").id, benchmarks_view="Compare runs", rank_benchmark=kept
    )
    assert not page.error and "No difference shown between “good" in texts(page)
    table = page.dataframe[0].value
    assert table["Outcome"].tolist() == ["best", "no difference shown", "behind the best"]
    assert table["Run"].tolist()[-1] == "bad"
    page.segmented_control(key="rank_vocabulary").set_value("shared").run()
    page.multiselect(key=f"rank_runs_{lab.run('good').id}").set_value(
        [lab.run("good again").id, lab.run("bad").id]
    ).run()
    assert not page.exception and "These runs have not been scored alike yet" in texts(page)
    assert [button.label for button in page.button] == ["Score these runs alike"]


@pytest.mark.slow
def test_page_shows_shape_associations_and_items(lab, open_page):
    test = lab.home / "files" / "bias.txt"
    test.write_text("target: x = w1, w2, w3\ntarget: y = w4, w5, w6\nattribute: a = w7, w8\nattribute: b = w9, w10\n")
    kept = str(add_benchmark(lab, [("bias.txt", test.read_bytes())]))
    lab.evaluate("good", [kept, "geometry", str(lab.home / "files" / "judged.txt")])
    page = open_page("benchmarks", lab.home, run=lab.run("good").id)
    assert {"Associations in the corpus", "Shape of the space", "Look closer"} <= {
        element.value for element in page.header
    }
    for result in [
        found for _, found in stored_results(lab, run_id=lab.run("good").id) if found.vocabulary["mode"] == "own"
    ]:
        page.selectbox(key="closer").set_value(result.digest).run()
        assert not page.exception and not page.error, result.title


def test_page_lists_ones_own_benchmarks_and_removes_them(lab, open_page):
    kept = add_benchmark(lab, [("mine.tsv", b"a\tb\t1\nc\td\t2\ne\tf\t3\n")])
    page = open_page("benchmarks", lab.home, benchmarks_view="Your benchmarks")
    assert "mine.tsv" in texts(page) and "3 word pairs with scores" in texts(page)
    page.button(key=f"arm_benchmark_{kept.parent.name}").click().run()
    assert "Delete “mine.tsv”?" in texts(page) and kept.exists()
    page.button(key=f"delete_benchmark_{kept.parent.name}").click().run()
    assert not page.exception and not kept.exists()
    page.button(key="undo_delete").click().run()
    assert not page.exception and kept.exists() and "mine.tsv" in texts(page)


def test_embedding_of_shared_words_keeps_its_counts():
    from embedlab.evaluation import restricted

    left = restricted(Embedding(list("abcd"), np.eye(4), np.array([9, 7, 5, 3])), {"d", "a", "c"})
    assert (left.words, left.counts.tolist()) == (["a", "c", "d"], [9, 5, 3])


def test_page_takes_in_a_file_once_and_says_what_is_wrong_with_another(lab, open_page):
    page = open_page("benchmarks", lab.home, benchmarks_view="Your benchmarks")
    page.file_uploader(key="own_benchmark_0").upload(
        "pairs of mine.tsv", b"a\tb\t1\nc\td\t2\ne\tf\t3\ng\th\t4\n", "text/plain"
    ).run()
    assert not page.exception and "4 word pairs with scores" in " ".join(element.value for element in page.success)
    kept = next(path for path in own_benchmarks(lab) if path.name == "pairs of mine.tsv")
    page.file_uploader(key="own_benchmark_1").upload("more.tsv", b"a\tb\t1\nc\td\t3\ne\tf\t3\n", "text/plain").run()
    both = [path.name for path in own_benchmarks(lab)]
    assert {"pairs of mine.tsv", "more.tsv"} <= set(both) and not any(".zip" in name for name in both)
    page.button(key=f"arm_benchmark_{kept.parent.name}").click().run()
    page.button(key=f"delete_benchmark_{kept.parent.name}").click().run()
    assert not page.exception and not kept.exists() and [found.value for found in page.success][0].count("more.tsv")
    page = open_page("benchmarks", lab.home, benchmarks_view="Your benchmarks")
    page.file_uploader(key="own_benchmark_0").upload("just.txt", b"only two\n", "text/plain").run()
    assert "just.txt is neither word pairs" in page.error[0].value and not page.success


def test_page_keeps_an_association_test_that_was_typed_in(lab, open_page):
    page = open_page("benchmarks", lab.home, benchmarks_view="Your benchmarks")
    keep = next(button for button in page.button if button.label == "Keep this test")
    keep.click().run()
    assert "Line 1 of association.txt should read like" in page.error[0].value
    for i, words in enumerate(("w1, w2", "w3, w4", "w5, w6", "w7, w8")):
        page.text_input(key=f"association_name_{i}").set_value(f"list {i}")
        page.text_input(key=f"association_words_{i}").set_value(words)
    page.text_input(key="association_title").set_value("mine")
    next(button for button in page.button if button.label == "Keep this test").click().run()
    assert not page.exception
    kept = next(path for path in own_benchmarks(lab) if path.name == "mine.txt")
    assert load_benchmark(kept).targets == (("list 0", ["w1", "w2"]), ("list 1", ["w3", "w4"]))


def test_page_shows_a_score_that_an_earlier_version_stored(lab, judged, open_page):
    """Without references, numbered items and vocabulary it is shown, but not ranked until it is scored anew."""
    from embedlab.core.files import write_json
    from embedlab.store import catalog as tables
    from embedlab.store.catalog import now

    run = lab.run("bad")
    old = {
        "benchmark": "simlex999",
        "title": "SimLex-999",
        "task": "similarity",
        "metric": "Spearman",
        "score": 0.3,
        "low": 0.2,
        "high": 0.4,
        "n_used": 2,
        "n_total": 999,
        "baseline": 0.0,
        "baseline_low": -0.1,
        "baseline_high": 0.1,
        "seed": 1,
        "digest": "old",
        "note": "",
        "parts": [],
        "missing": ["tiger"],
    }
    lab.catalog.put(tables.scores, run_id=run.id, digest="old", benchmark="simlex999", result=old, created=now())
    write_json(run.folder / "scores" / "old.json", [{"word1": "a", "word2": "b", "human": 1.0, "cosine": 0.2}])
    page = open_page("benchmarks", lab.home, run=run.id)
    page.selectbox(key="closer").set_value("old").run()
    assert not page.exception and not page.error and "The 1 items behind this score" in texts(page)
    assert scored_alike(lab, [run], "simlex999") is None


def test_page_keeps_benchmarks_of_words_unchosen_for_a_run_that_knows_few(lab, open_page):
    page = open_page("benchmarks", lab.home, run=lab.run("good").id)  # whose words are w0, w1, ...
    assert page.multiselect[0].value == ["geometry"]
    assert "fewer than 30 items of WordSim-353" in texts(page)

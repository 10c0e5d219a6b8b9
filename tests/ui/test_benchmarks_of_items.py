"""The page Benchmarks for runs that recommend: what is held out, the yardsticks beside them, and their ranking."""

import csv
import io

import pytest
from helpers.pages_shown import html_of, texts

from embedlab.ui.benchmarks.of_items import Asked, beside, scores_csv, stored


def opened(open_page, lab, name: str, **state):
    return open_page("benchmarks", lab.home, run=lab.run(name).id, **state)


@pytest.mark.parametrize("name", ["factors", "weights"])
def test_a_run_is_shown_beside_the_yardsticks_with_popularity_first(open_page, tasted, name):
    page = opened(open_page, tasted, name)
    [split] = [radio for radio in page.radio if radio.label == "Held out"]
    assert split.options == ["By time", "Last choice", "At random"] and split.value == "items-time"
    table = html_of(page)
    order = [table.index(f">{model}<") for model in ("Popularity", "Item-kNN", "EASE", f"This run: {name}")]
    assert order == sorted(order)
    assert all(f">{measure}<" in table for measure in ("Recall@10", "NDCG@10", "Hit rate@10", "MAP@10", "Gini@10"))
    assert "Hits among the first 10, divided by" in table
    said = texts(page)
    assert "Popularity stands first as the check" in said and "What do people choose after this date" in said
    assert "Leakage: 0 held-out choices" in said and "people behind this score" in said


def test_another_split_or_length_waits_for_its_score(open_page, tasted, monkeypatch):
    begun = []
    monkeypatch.setattr("embedlab.jobs.start", lambda here, kind, spec, title: begun.append((kind, spec)) or "job")
    page = opened(open_page, tasted, "factors")
    page.radio(key=f"items_split_{tasted.run('factors').id}").set_value("items-last").run()
    page.segmented_control(key="items_k").set_value(20).run()
    assert "Not scored last choice with lists of 20 yet" in texts(page)
    next(button for button in page.button if button.label == "Score this run").click().run()
    spec = {"run": tasted.run("factors").id, "benchmarks": ["items-last"], "seed": 1, "options": {"k": 20}}
    assert begun == [("evaluate", spec)] and not page.exception


def test_scores_can_be_taken_away_as_a_table(tasted):
    run = tasted.run("factors")
    result = stored(tasted, run, Asked("items-time", 10))
    rows = list(csv.DictReader(io.StringIO(scores_csv(result, beside(result, run.name)))))
    assert [row["Model"] for row in rows] == ["Popularity", "Item-kNN", "EASE", "This run: factors"]
    assert float(rows[-1]["Recall@10"]) == result.score and float(rows[-1]["Recall@10 low"]) == result.low
    assert stored(tasted, run, Asked("items-time", 5)) is None


def test_runs_of_items_are_ranked_among_themselves(open_page, tasted):
    page = opened(open_page, tasted, "factors", benchmarks_view_items="Compare runs")
    runs = page.multiselect(key=f"rank_runs_{tasted.run('factors').id}")
    assert sorted(runs.options) == ["factors", "weights"]
    assert all("Recommendations" in option for option in page.selectbox(key="rank_benchmark_items").options)
    assert "Vocabulary" not in [control.label for control in page.segmented_control]
    assert "Recommendations, by time, recall\\@10" in [header.value for header in page.header]
    ranking = page.dataframe[0].value
    assert set(ranking["Run"]) == {"factors", "weights"} and "Random vectors" not in ranking


def test_runs_of_texts_are_offered_no_recommendations(open_page, tasted):
    page = opened(open_page, tasted, "films")
    assert not any("Recommendations" in option for option in page.multiselect[0].options)
    assert "Length of the lists" not in [number.label for number in page.number_input]
    page = opened(open_page, tasted, "films", benchmarks_view="Compare runs")
    assert "Only one finished run" in texts(page)


def test_a_run_whose_choices_were_deleted_says_so(open_page, tasted, monkeypatch):
    monkeypatch.setattr("embedlab.store.workspace.Workspace.run_interactions", lambda self, run: None)
    assert "Its choices have been deleted" in texts(opened(open_page, tasted, "factors"))

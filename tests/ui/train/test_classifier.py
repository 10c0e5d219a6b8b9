"""The classifier and the static model on their pages."""

import numpy as np
import pytest

from embedlab import plots
from embedlab.core.errors import BadInput


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A workspace with a classifier and a static model of the bundled film snippets."""
    from embedlab import Lab

    lab = Lab(tmp_path_factory.mktemp("pages"))
    corpus = lab.add_corpus("polarity")
    lab.train(corpus, "static", name="quick vectors", mode="train", dim=16, epochs=1)
    lab.train(corpus, "classifier", name="good or bad", mode="probe", max_words=50)
    return lab


def test_train_page_shows_what_a_finished_classifier_is_worth(open_page, filled):
    run = filled.run("good or bad")
    page = open_page("train", filled.home, watched=run.id)
    assert "How well it tells the labels apart" in [heading.value for heading in page.subheader]
    shown = {metric.label: metric.value for metric in page.metric}
    score = run.summary["notes"]["classification"]["accuracy"][0]
    assert shown["Accuracy"] == f"{score:.1%}" and "Macro-F1" in shown
    tables = [set(frame.value.columns) for frame in page.dataframe]
    scored = {"Label", "Documents", "Precision", "Precision, 95 %", "Recall", "Recall, 95 %", "F1"}
    assert scored in tables and {"Text", "Label", "Answer", "Probability", "Document"} in tables


def test_sentence_typed_on_the_train_page_is_classified(open_page, filled):
    run = filled.run("good or bad")
    page = open_page("train", filled.home, watched=run.id)
    before = len(page.get("plotly_chart"))
    page.text_input(key=f"classify_{run.id}").set_value("a wonderful film").run()
    assert not page.exception and len(page.get("plotly_chart")) == before + 1


def test_train_page_says_what_a_static_model_keeps(open_page, filled):
    page = open_page("train", filled.home, watched=filled.run("quick vectors").id)
    assert "Beside its transformer" in [heading.value for heading in page.subheader]
    assert {"Encodes", "Faster", "Agreement"} <= {metric.label for metric in page.metric}


def test_train_page_offers_to_begin_from_a_run_with_a_transformer(open_page, filled):
    page = open_page("train", filled.home)
    page.pills(key="train.model").set_value("classifier").run()
    start = page.selectbox(key="train.classifier.from")
    assert not page.exception and len(start.options) == 2 and start.options[1].startswith("good or bad")
    start.set_value(filled.run("good or bad").id).run()
    assert not page.exception and any("from good or bad" in field.placeholder for field in page.text_input)


def test_cli_classifies_with_probabilities(filled, capsys):
    import json

    from typer.testing import CliRunner

    from embedlab.cli import app

    done = CliRunner().invoke(
        app, ["classify", "good or bad", "a wonderful film", "dull and bad", "--home", str(filled.home), "--json"]
    )
    rows = json.loads(done.stdout)
    assert done.exit_code == 0 and [row["text"] for row in rows] == ["a wonderful film", "dull and bad"]
    assert all(row["label"] == max(row["probabilities"], key=row["probabilities"].get) for row in rows)


def test_confusion_figure_shows_shares_of_each_label_and_counts():
    figure = plots.confusion(["a", "b"], [[8, 2], [0, 0]], dark=False)
    np.testing.assert_allclose(figure.data[0].z, [[0.8, 0.2], [0, 0]])
    written = sorted(text for trace in figure.data[1:] for text in trace.text)
    assert [text.split("<")[0] for text in written] == ["0", "0", "2", "8"] and "44% to 97%" in written[3]
    assert "8 of 10 answered a, 80.0% (95 % interval 44.4% to 97.5%)" in figure.data[0].text[0][0]
    many = plots.confusion([f"l{i}" for i in range(8)], np.eye(8, dtype=int).tolist(), dark=False)
    assert {text for trace in many.data[1:] for text in trace.text} == {"0", "1"}  # no room for intervals
    assert (
        figure.layout.xaxis.title.text == "Answer of the model"
        and figure.layout.yaxis.title.text == "Label in the corpus"
    )
    with pytest.raises(BadInput, match="2 labels need a 2 x 2 matrix"):
        plots.confusion(["a", "b"], [[1]])


def test_probabilities_of_many_labels_show_the_first_few():
    figure = plots.probabilities({f"label {i}": 1 / 20 for i in range(20)})
    assert len(figure.data[0].x) == 8 and figure.layout.title.text == "The 8 most probable of 20 labels"

"""Data sets of a workspace: corpora and interactions side by side, told apart wherever it matters."""

import re

import pytest

from embedlab.core.errors import BadInput, NotFound
from embedlab.data.corpus import Corpus
from embedlab.data.interactions.dataset import Interactions
from embedlab.store.runs import RunSpec


@pytest.fixture
def both(lab, tmp_path):
    """A workspace with a corpus and interactions."""
    (tmp_path / "text.txt").write_text("a cat sat\na dog ran\n" * 5, encoding="utf-8")
    (tmp_path / "choices.csv").write_text("user,item\na,x\na,y\nb,x\n", encoding="utf-8")
    lab.add_corpus(tmp_path / "text.txt", name="Text")
    lab.add_interactions(tmp_path / "choices.csv", name="Choices")
    return lab


def test_corpora_and_interactions_are_listed_apart(both):
    assert [row["name"] for row in both.corpora()] == ["Text"]
    assert [row["name"] for row in both.interactions()] == ["Choices"]


def test_data_set_is_found_by_id_beginning_or_name(both):
    id = both.interactions()[0]["id"]
    for key in (id, id[:6], "Choices"):
        found = both.data_set(key)
        assert isinstance(found, Interactions) and (found.id, found.name) == (id, "Choices")
    assert isinstance(both.data_set("Text"), Corpus)
    with pytest.raises(NotFound, match="There is no data set 'none'. The newest data sets are 'Choices', 'Text'"):
        both.data_set("none")


def test_corpus_of_interactions_is_refused(both):
    with pytest.raises(BadInput, match=re.escape("'Choices' holds choices of users, not texts.")):
        both.corpus("Choices")


def test_sizes_tell_data_sets_apart(both):
    text, choices = both.corpus("Text"), both.data_set("Choices")
    assert text.sizes == [text.id, text.n_documents, text.n_tokens, text.n_types]
    assert choices.sizes == [choices.id, 2, 2, 3]


def test_run_knows_what_it_was_trained_on(both):
    choices, text = both.data_set("Choices"), both.corpus("Text")
    ids = [both.new_run(RunSpec(data.id, "word2vec", {}, 1, data.name)) for data in (choices, text)]
    of_choices, of_text = (both.run(id) for id in ids)
    assert both.run_corpus(of_choices) is None and both.run_interactions(of_choices).id == choices.id
    assert both.run_interactions(of_text) is None and both.run_corpus(of_text).id == text.id
    with pytest.raises(BadInput, match=r"1 run\(s\) were trained on this data set, 'Choices' among them"):
        both.delete_corpus("Choices")


def test_interactions_are_renamed_deleted_and_brought_back(both):
    both.rename_corpus("Choices", "Baskets")
    gone = both.delete_corpus("Baskets")
    assert gone.kind == "interactions" and both.interactions() == []
    both.restore("interactions", "Baskets")
    assert both.data_set("Baskets").n_interactions == 3


def test_same_choices_under_another_name_keep_both_names(both, tmp_path):
    again = both.add_interactions(tmp_path / "choices.csv", name="Second")
    assert again.name == "Choices" and again.meta["also"] == ["Second"]
    assert again.meta["said"][-1] == "This data set is already here as 'Choices'; 'Second' is now a second name for it."
    assert both.data_set("Second").id == again.id and len(both.interactions()) == 1

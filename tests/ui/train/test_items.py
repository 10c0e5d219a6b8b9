"""The page Train with choices instead of texts."""

import pytest
from helpers.pages_shown import texts

from embedlab.models import MODELS, families_for


def data_of(lab) -> str:
    return lab.interactions()[0]["id"]


@pytest.mark.parametrize("model", list(families_for("interactions")))
def test_train_page_draws_the_form_of_every_family_of_items(open_page, tasted, model):
    page = open_page("train", tasted.home, corpus=data_of(tasted))
    page.pills(key="train.model.interactions").set_value(model).run()
    assert not page.exception and not page.error
    assert not page.button(key="train.start").disabled
    assert "Takes " in texts(page) and " of memory" in texts(page)
    assert ("watch.on" in [toggle.key for toggle in page.toggle]) == MODELS[model].filmed


def test_data_sets_of_both_kinds_are_offered_each_with_its_own_models(open_page, tasted):
    page = open_page("train", tasted.home)
    data = page.selectbox(key="pick_corpus_train")
    assert data.label == "Data set" and [" choices" in option for option in data.options] == [False, True]
    assert page.pills(key="train.model").options == [family.title for family in families_for("texts").values()]
    data.set_value(data_of(tasted)).run()
    models = page.pills(key="train.model.interactions")
    assert models.value == "item2vec" and [*models.options] == [
        family.title for family in families_for("interactions").values()
    ]
    name = next(field for field in page.text_input if field.label == "Name of the run").placeholder
    assert name == "tastes, item2vec, 64 d, 30 epochs, seed 1"


def test_items_to_follow_are_chosen_and_watched_in_pairs(open_page, tasted, monkeypatch):
    begun = []
    monkeypatch.setattr("embedlab.jobs.start_training", lambda here, id, watch=None: begun.append((id, watch)))
    page = open_page("train", tasted.home, corpus=data_of(tasted))
    names = tasted.data_set(data_of(tasted)).vocabulary.words
    follow = page.multiselect(key=f"watch.probes.{data_of(tasted)}")
    assert follow.value == names[:4] and "Items on the map" in [slider.label for slider in page.slider]
    follow.set_value(names[:3]).run()
    page.button(key="train.start").click().run()
    [(id, watch)] = begun
    assert watch["probes"] == names[:3] and watch["pairs"] == [[names[0], names[1]], [names[0], names[2]], names[1:3]]
    assert tasted.run(id).spec.model == "item2vec" and not page.exception
    tasted.catalog.delete(_jobs(), id=id)
    tasted.delete_run(id)


def _jobs():
    from embedlab.store.catalog import jobs

    return jobs


def test_a_run_without_vectors_leads_on_to_recommendations_and_scores(open_page, tasted):
    page = open_page("train", tasted.home, watched=tasted.run("weights").id, corpus=data_of(tasted))
    said = texts(page)
    assert "EASE gives items no vectors, so there is no film" in said
    assert "Recommend" in said and "Judge" in said and "See the map" not in said
    assert [metric.label for metric in page.metric][:2] == ["Items", "Users"]


def test_a_run_of_items_has_map_neighbours_and_recommendations(open_page, tasted):
    said = texts(open_page("train", tasted.home, watched=tasted.run("factors").id, corpus=data_of(tasted)))
    assert all(label in said for label in ("See the map", "Ask for neighbours", "Recommend", "Judge"))
    assert "Its items then move here" in said

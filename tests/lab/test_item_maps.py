"""Maps of items and of users: their points, names of regions, colours, files, search; nothing needs a corpus."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from helpers.taste_runs import taste_lab

from embedlab.core.errors import BadInput, BadSetting, NotFound
from embedlab.data.points import Points
from embedlab.lab.groups import what_they_share
from embedlab.lab.map_files import map_file
from embedlab.lab.map_view import map_view
from embedlab.projections.colouring.names import group_names
from embedlab.store import catalog as tables
from embedlab.store.items import catalogue_points, items_of, kind_of, kinds_of, number_of, points_of, what_of

GENRES = ("Adventure", "Comedy", "Crime", "Documentary", "Fantasy", "History", "Music", "Romance")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return taste_lab(tmp_path_factory.mktemp("maps"), "als", "item2vec", "popularity")


@pytest.fixture(scope="module")
def views(lab):
    """The maps of the items and of the users of the run als."""
    run = lab.run("als")
    return [map_view(lab, run, lab.map(run, "pca", what=what)) for what in ("words", "documents")]


def test_points_of_a_run_of_items_are_items_and_users(lab):
    run, data = lab.run("als"), lab.run_interactions(lab.run("als"))
    assert [what_of(kind) for kind in ("items", "users", "words", "documents")] == ["words", "documents"] * 2
    assert kinds_of(lab, run) == ["words", "documents"] and number_of(lab, run, "documents") == data.n_users
    items, users = points_of(lab, run, "words", [0, 5]), points_of(lab, run, "documents", [3, 0])
    assert (items.kind, items.noun, items.label) == ("items", "item", "genre")
    assert items.columns == ["chosen", "item", "genre", "year"] and items.names == [
        run.embedding.words[i] for i in (0, 5)
    ]
    assert items.column("chosen").to_pylist() == [int(run.embedding.counts[i]) for i in (0, 5)]
    assert (users.kind, users.names) == ("users", [data.users[3], data.users[0]])
    assert users.column("choices").to_pylist() == [len(data.choices.of(3)), len(data.choices.of(0))]
    assert items_of(lab, run, "documents").words == data.users
    number = data.item(items.names[1])
    assert catalogue_points(data, [number]).facts(0) == items.facts(1)


def test_runs_of_words_stay_as_they_are(lab, tmp_path):
    (tmp_path / "v.txt").write_text("3 2\na 1 0\nb 0 1\nc 1 1\n")
    run = lab.import_vectors(tmp_path / "v.txt")
    assert [kind_of(run, what) for what in ("words", "documents")] == ["words", "documents"]
    assert kinds_of(lab, run) == ["words"] and points_of(lab, run, "words", [0]).columns == ["rank", "part of speech"]


def test_deleted_choices_leave_the_items_and_take_the_users(tmp_path):
    lab = taste_lab(tmp_path, "puresvd")
    run = lab.run("puresvd")
    shutil.rmtree(lab.corpora_folder / run.spec.corpus_id)
    lab.catalog.delete(tables.corpora, id=run.spec.corpus_id)
    assert kinds_of(lab, run) == ["words"]
    assert map_view(lab, run, lab.map(run, "pca")).default_colour == "region"
    with pytest.raises(NotFound, match="The data of 'puresvd' have been deleted"):
        items_of(lab, run, "documents")


def test_regions_are_named_by_genres(views):
    for view in views:
        names = view.found_regions.coarse.names
        assert len(set(names)) == len(names)
        assert sum(name.split(" · ")[0] in GENRES for name in names) >= 0.6 * len(names), names
    assert views[1].found_regions.coarse.names[0].count(" · ") <= 2


def test_items_without_attributes_are_named_by_their_own_titles(views):
    drawn = views[0].drawn
    codes = np.arange(len(drawn.points)) % 3
    named = group_names(replace(drawn, points=Points("items", drawn.points.names)), codes, 3, "Region")
    assert all(
        name in {drawn.points.names[i] for i in np.flatnonzero(codes == code)} for code, name in enumerate(named)
    )


def test_every_colour_and_file_of_items_and_users_is_made(views):
    expected = (
        {"region", "frequency", "cluster", "kept", "distance", "genre", "year"},
        {"region", "cluster", "kept", "choices"},
    )
    for view, names in zip(views, expected, strict=True):
        assert set(view.colours()) == names and view.default_colour == "region"
        for name in names - {"distance"}:
            assert len(view.colour(name)) == len(view.projection)
        for kind in (".html", ".csv", ".zip"):
            assert map_file(view, kind)
    items, users = views
    assert items.colours()["frequency"] == "Popularity" and items.colours()["distance"] == "Distance to an item"
    assert items.colour("frequency").title == "Users who chose it"
    assert items.colour("distance", items.items.words[0]).values[items.at[0]] == pytest.approx(0, abs=1e-5)
    assert items.colour("label").categories == items.colour("genre").categories
    with pytest.raises(BadSetting, match="The users of 'als' cannot be coloured by 'pos'"):
        users.colour("pos")
    assert map_file(items, ".csv").decode().startswith("map item,x,y,chosen,item,genre,year")


def test_sentences_and_hover_text_say_items_and_users(views):
    items, users = views
    assert items.drawn_sentence == "All 120 items are drawn." and users.drawn_sentence == "All 250 users are drawn."
    assert (
        items.facts[0].startswith("chosen: ") and "genre: " in items.facts[0] and users.facts[0].startswith("choices: ")
    )
    assert len(items.cloud.quiet) == 0
    for view in views:
        story = what_they_share(view, view.projection.ids[:30])
        assert story.sentence.startswith(f"These 30 {view.kind} ")
    with pytest.raises(BadInput, match="None of the 120 items on this map meets the filter"):
        items.where(["year>3000"])


def test_titles_are_found_in_any_case_and_with_commas(views):
    items, users = views
    first, second = items.items.words[:2]
    assert items.find(first.upper()) == ([0], [])
    assert items.find(f"{first}, {second}, nothing") == ([0, 1], ["nothing"])
    assert items.find("Nothing, The") == ([], ["Nothing", "The"])
    assert users.find(users.items.words[7]) == ([7], [])


def test_limited_maps_say_which_were_drawn(lab):
    run = lab.run("als")
    view = map_view(lab, run, lab.map(run, "pca", limit=40))
    assert view.drawn_sentence == "40 of 120 items are drawn: the most chosen ones."
    assert len(view.place(rows=[100])) == 1
    users = map_view(lab, run, lab.map(run, "pca", what="documents", limit=40))
    assert users.drawn_sentence == "40 of 250 users are drawn: evenly spaced over the data."
    with pytest.raises(BadInput, match="no saved encoder for new texts"):
        users.place(texts=["a text"])


def test_users_are_tagged_by_number(lab):
    tag = lab.tag("als", "regulars", [3, 1], what="documents")
    assert tag.rows == (1, 3)
    with pytest.raises(BadInput, match="'als' has 250 users, numbered from 0; got 250"):
        lab.tag("als", "nobody", [250], what="documents")

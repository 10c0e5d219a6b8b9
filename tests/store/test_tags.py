"""Tags: named selections that are kept with a run and show as an attribute of its points."""

import pytest

from embedlab.core.errors import BadInput, NotFound, UnknownWord
from embedlab.store.tags import forget_tag


def test_tags_are_kept_replaced_and_removed_one_by_one(filled):
    run = filled.runs()[0]
    a, b, c = run.embedding.words[:3]
    filled.tag(run, "  two   words ", [b, a])
    filled.tag(run, "one", [b])
    assert [(tag.name, tag.rows) for tag in filled.tags(run)] == [("one", (1,)), ("two words", (0, 1))]
    filled.tag(run, "One", [c])
    assert [(tag.name, tag.rows) for tag in filled.tags(run)] == [("One", (2,)), ("two words", (0, 1))]
    filled.tag(run, "one", [0, 5], what="documents")
    assert [tag.rows for tag in filled.tags(run, what="documents")] == [(0, 5)]
    forget_tag(run, "documents", "one")
    forget_tag(run, "words", "ONE")
    assert [tag.name for tag in filled.tags(run)] == ["two words"] and filled.tags(run, what="documents") == []
    with pytest.raises(NotFound, match="no tag 'three' of its words. There are: 'two words'"):
        forget_tag(run, "words", "three")
    forget_tag(run, "words", "two words")


@pytest.mark.parametrize(
    ("name", "items", "what", "error"),
    [
        (" ", [0], "documents", BadInput),
        ("x" * 61, [0], "documents", BadInput),
        ("x", [], "words", BadInput),
        ("x", ["nosuchword"], "words", UnknownWord),
        ("x", [-1], "documents", BadInput),
        ("x", [10**9], "documents", BadInput),
    ],
)
def test_tags_that_mark_nothing_or_have_no_name_are_refused(filled, name, items, what, error):
    run = filled.runs()[0]
    with pytest.raises(error):
        filled.tag(run, name, items, what=what)
    assert filled.tags(run, what=what) == []


def test_tags_colour_filter_and_are_exported_as_an_attribute(filled):
    from embedlab.lab.map_files import Shade, map_file
    from embedlab.lab.map_view import map_view

    run = filled.runs()[0]
    words = run.embedding.words[:3]
    filled.tag(run, "first", words[:2])
    filled.tag(run, "later", words[1:])
    view = map_view(filled, run, filled.map(run, "pca"))
    assert view.colours()["tag"] == "tag"
    colour = view.colour("tag")
    assert {colour.categories[code] for code in colour.values[:3]} == {"first", "first, later", "later"}
    assert view.where(["tag=first, later"]).nonzero()[0].tolist() == [1]
    lines = map_file(view, ".csv", Shade(view.colour("tag"))).decode().splitlines()
    assert "tag" in lines[0].split(",") and '"first, later"' in lines[2]
    for name in ("first", "later"):
        forget_tag(run, "words", name)
    assert "tag" not in map_view(filled, run, filled.map(run, "pca")).colours()

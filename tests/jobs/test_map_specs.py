"""Specs of maps and comparisons: equal questions have equal ids, which are those that older versions gave."""

from dataclasses import replace

import pytest

from embedlab.core.errors import BadSetting
from embedlab.jobs.map_specs import CompareSpec, MapSpec


def test_ids_of_maps_are_those_of_older_versions():
    assert MapSpec("run").id == "48487a65dc860c63"
    spec = MapSpec("run", "tsne", "documents", 3, 77, 4, {"perplexity": 20.0})
    assert spec.id == "c061169c47b9ea87"
    assert MapSpec("run", start="abc").id == "a0d4a8ef110cc0aa"


def test_ids_of_comparisons_change_with_their_format_alone():
    assert CompareSpec("a", "b").id == "e6b157c20e0909cf"
    methods = ("pca", {"method": "umap", "params": {"min_dist": 0.3}, "seed": 2})
    assert CompareSpec("a", "b@start", methods, k=5, what="documents").id == "1d055b14b149d6b7"


def test_map_specs_are_equal_when_their_settings_are():
    first = MapSpec("run", "tsne", params={"perplexity": 30.0})
    assert first == MapSpec("run", "tsne") and first.title == "t-SNE"
    others = [
        MapSpec("other", "tsne"),
        MapSpec("run", "umap"),
        MapSpec("run", "tsne", params={"perplexity": 31.0}),
        *(replace(first, **change) for change in ({"what": "documents"}, {"dims": 3}, {"limit": 5001}, {"seed": 2})),
        replace(first, start="x"),
    ]
    assert len({spec.id for spec in [first, *others]}) == 9
    assert others[-1].afresh == first


@pytest.mark.parametrize("spec", [MapSpec("run"), MapSpec("run", "pca", "documents", 3, 9, 2, start="x")])
def test_map_spec_comes_back_from_its_json(spec):
    assert MapSpec.from_json(spec.json) == spec and ("start" in spec.json) == bool(spec.start)


@pytest.mark.parametrize("spec", [CompareSpec("a", "b"), CompareSpec("a", "a", ("pca", "umap"), 50, 3, 2, "documents")])
def test_compare_spec_comes_back_from_its_json(spec):
    assert CompareSpec.from_json(spec.json) == spec and ("what" in spec.json) == (spec.what != "words")


def test_compare_spec_names_runs_or_methods():
    assert CompareSpec("a", "b").title(("one", "two")) == "one against two"
    assert CompareSpec("a", "a", ("pca", "umap")).title(("one", "one")) == "one: PCA against UMAP"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "mds"}, "no projection 'mds'"),
        ({"what": "letters"}, "words or documents; got 'letters'"),
        ({"dims": 4}, "2 or 3 dimensions; got 4"),
        ({"limit": 2}, "at least 3 points"),
        ({"seed": -1}, "seed"),
        ({"params": {"perplexity": 3}}, "perplexity"),
    ],
)
def test_map_spec_with_a_wrong_part_is_refused(change, message):
    with pytest.raises(BadSetting, match=message):
        MapSpec("run", **change)

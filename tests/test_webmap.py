"""What the browser is given to draw a map: bytes that say what they should, few of them, and a page that holds them all."""

import base64
import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from embedlab.errors import BadInput
from embedlab.plots.style import GREY, PALETTE
from embedlab.plots.webmap import Points, describe, map_page, pack_selection, script, unpack_selection
from embedlab.plots.webmap.payload import describe_colour
from embedlab.projections.colours import Colour, frequency_colour

finite = st.floats(-1e6, 1e6, width=32)


class Kept(dict):
    """Takes arrays as `put` does, and refers to them by name."""

    def __call__(self, name, data):
        self[name] = data
        return name


def some_points(n=200, **more):
    return Points(np.random.default_rng(0).normal(size=(n, 2)) * 7 + 3, [f"word{i}" for i in range(n)], **more)


def categories(n=200):
    return Colour("pos", "category", np.arange(n, dtype=np.int32) % 3, "Class", ("noun", "other", "verb"), muted=("other",))


@settings(max_examples=60, deadline=None)
@given(arrays(np.float32, st.tuples(st.integers(1, 60), st.just(2)), elements=finite))
def test_places_come_back_from_their_bytes(coords):
    points = Points(coords, [str(i) for i in range(len(coords))])
    sent = np.frombuffer(points.positions, "<f4").reshape(-1, 2)
    assert len(points.positions) == 8 * len(coords) and np.abs(sent).max() <= 1 + 1e-6
    np.testing.assert_allclose(sent * points.scale + points.origin, coords, atol=3e-7 * max(points.scale, np.abs(coords).max(), 1e-30))


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.integers(0, n - 1), unique=True, max_size=800))))
def test_selection_comes_back_and_a_short_one_in_its_order(case):
    n, chosen = case
    found = unpack_selection(json.loads(json.dumps(pack_selection(chosen, n))), n)
    assert found.tolist() == (chosen if len(chosen) <= 500 else sorted(chosen))


def test_selection_that_is_none_or_lies_outside_is_empty():
    assert unpack_selection(None, 5).tolist() == unpack_selection({"list": [-1, 7, "x"]}, 5).tolist() == []


def test_selection_of_all_of_a_million_points_stays_small():
    assert len(json.dumps(pack_selection(range(1_000_000), 1_000_000))) < 170_000


@pytest.mark.parametrize("n", [1_000, 50_000])
def test_points_cost_at_most_twelve_bytes_before_names(n):
    kept = Kept()
    about = describe(some_points(n), kept, colour=frequency_colour(np.arange(1, n + 1)), title="UMAP map")
    drawn = len(kept["positions"]) + len(kept["codes"]) + len(json.dumps(about))
    assert len(kept["positions"]) + len(kept["codes"]) == 10 * n
    assert drawn / n < 12 and len(json.dumps(about)) < 2_000


def test_another_colour_leaves_every_other_array_as_it_was():
    first, second = Kept(), Kept()
    points = some_points(counts=np.arange(200))
    describe(points, first, colour=categories())
    describe(points, second, colour=frequency_colour(np.arange(1, 201)), highlight=[3], selected=[4])
    assert {name for name in first if first[name] != second[name]} == {"codes"}


def test_names_travel_in_one_piece_or_in_pages():
    assert some_points(3).name_pages == (b"word0\nword1\nword2",)
    long = Points(np.zeros((60_000, 2)), ["x" * 60 + "\n" + str(i) for i in range(60_000)])
    assert len(long.name_pages) == 8
    lines = [line for page in long.name_pages for line in page.decode().split("\n")]
    assert lines[8192] == long.name_pages[1].decode().split("\n")[0] == "x" * 60 + " 8192"
    assert len(lines) == 60_000


def test_categories_carry_looks_that_stay_apart_and_their_sizes():
    about = describe_colour(categories(), 200, Kept())
    assert [(c["name"], c["colour"], c["shape"], c["size"]) for c in about["categories"]] == [
        ("noun", PALETTE[0], 0, 67), ("other", GREY, 0, 67), ("verb", PALETTE[1], 0, 66)]


def test_numbers_span_the_scale_and_carry_ticks_in_counts():
    kept = Kept()
    about = describe_colour(frequency_colour(np.array([1, 10, 100, 10_000])), 4, kept)
    assert np.frombuffer(kept["codes"], "<u2").tolist() == [0, 16384, 32768, 65535]
    assert about["ticks"] == [[0, "1"], [0.25, "10"], [0.5, "100"], [0.75, "1,000"], [1, "10,000"]]
    assert about["scale"]["light"] != about["scale"]["dark"]


def test_other_arrays_and_regions_are_in_the_frame_of_the_map():
    points, kept = Points([[0, 0], [10, 4]], ["a", "b"]), Kept()
    about = describe(points, kept, shown=[True, False], opacity=[0.5, 1], halo=[0, 3.5], morph_to=[[5, 2], [20, 2]],
                     regions=[(10, 4, "corner", 2)], links=(0, [1]), axes=("PCA 1", "PCA 2"), ticks=True)
    assert (kept["filter"], kept["alpha"]) == (b"\x01", bytes([128, 255]))
    assert np.frombuffer(kept["halo"], "<f4").tolist() == [0, 3.5]
    assert np.frombuffer(kept["morph"], "<f4").tolist() == [0, 0, 3, 0]
    assert about["regions"] == [[1, 0.4, "corner", 2]] and about["extent"] == [3, pytest.approx(0.4)]
    assert about["axes"] == {"titles": ["PCA 1", "PCA 2"], "ticks": True, "origin": [5, 2], "scale": 5}


@pytest.mark.parametrize("wrong, sentence", [
    ({"shown": [True]}, "200 points but came with 1 filter flags"),
    ({"halo": np.ones(3)}, "200 points but came with 3 halos"),
    ({"morph_to": np.zeros((3, 2))}, "200 points; the other one has coordinates of shape"),
    ({"colour": categories(4)}, "200 points but came with 4 colour values"),
])
def test_arrays_that_do_not_fit_are_told(wrong, sentence):
    with pytest.raises(BadInput, match=sentence):
        describe(some_points(), Kept(), **wrong)


def test_points_that_cannot_be_drawn_are_told():
    with pytest.raises(BadInput, match="2 points but came with 1 names"):
        Points(np.zeros((2, 2)), ["a"])
    with pytest.raises(BadInput, match="two coordinates"):
        Points(np.zeros((0, 2)), [])
    with pytest.raises(BadInput, match="finite"):
        Points([[0, np.nan]], ["a"])


def test_program_is_one_module_without_anything_from_elsewhere():
    text = script()
    assert not re.search(r"^\s*import\b", text, re.MULTILINE) and "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert re.findall(r"^export .*", text, re.MULTILINE) == ["export { mount, openPage };"]
    declared = re.findall(r"^(?:async )?(?:function\*?|class|const|let) (\w+)", text, re.MULTILINE)
    assert len(declared) == len(set(declared)), "modules share one scope when joined"


def test_page_holds_its_data_and_cannot_be_broken_out_of():
    points = Points([[0, 0], [1, 1]], ["</script>", "b"])
    page = map_page(points, page_title="Lee & co", dark=True, title="</script><b>", colours=[categories(2), frequency_colour(np.array([1, 9]))])
    assert "<title>Lee &amp; co</title>" in page and 'data-theme="dark"' in page
    data = page.split('type="application/json">')[1].split("</script>")[0]
    about = json.loads(data)
    assert about["title"] == "</script><b>" and [colour["title"] for colour in about["colours"]] == ["Class", "Occurrences in the corpus"]
    assert base64.b64decode(about["names"]["pages"][0].split(",")[1]) == b"</script>\nb"
    assert page.count("</script>") == 2 and "src=" not in page

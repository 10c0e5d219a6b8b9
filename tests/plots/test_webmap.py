"""What the browser is given to draw a map: few bytes with the right content, and a page that holds them all."""

import base64
import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from embedlab.core.errors import BadInput
from embedlab.plots.style import GREY, MORE, PALETTE, PAPER, category_looks
from embedlab.plots.webmap import (
    Axes,
    Morph,
    PointCloud,
    View,
    describe,
    map_page,
    pack_selection,
    script,
    unpack_selection,
)
from embedlab.plots.webmap.payload import describe_colour
from embedlab.projections.colouring.colours import Colour, frequency_colour

finite = st.floats(-1e6, 1e6, width=32)


class Kept(dict):
    """Takes arrays as `put` does, and refers to them by name."""

    def __call__(self, name, data):
        self[name] = data
        return name


def some_points(n=200, **more):
    return PointCloud(np.random.default_rng(0).normal(size=(n, 2)) * 7 + 3, [f"word{i}" for i in range(n)], **more)


def categories(n=200):
    return Colour(
        "pos", "category", np.arange(n, dtype=np.int32) % 3, "Class", ("noun", "other", "verb"), muted=("other",)
    )


@settings(max_examples=60, deadline=None)
@given(arrays(np.float32, st.tuples(st.integers(1, 60), st.just(2)), elements=finite))
def test_places_come_back_from_their_bytes(coords):
    points = PointCloud(coords, [str(i) for i in range(len(coords))])
    sent = np.frombuffer(points.positions, "<f4").reshape(-1, 2)
    assert len(points.positions) == 8 * len(coords) and np.abs(sent).max() <= 1 + 1e-6
    np.testing.assert_allclose(
        sent * points.scale + points.origin, coords, atol=3e-7 * max(points.scale, np.abs(coords).max(), 1e-30)
    )


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 3000).flatmap(
        lambda n: st.tuples(st.just(n), st.lists(st.integers(0, n - 1), unique=True, max_size=800))
    )
)
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
    about = describe(some_points(n), kept, View(colour=frequency_colour(np.arange(1, n + 1)), title="UMAP map"))
    drawn = len(kept["positions"]) + len(kept["codes"]) + len(json.dumps(about))
    assert len(kept["positions"]) + len(kept["codes"]) == 10 * n
    assert drawn / n < 12 and len(json.dumps(about)) < 2_000


def test_another_colour_leaves_every_other_array_as_it_was():
    first, second = Kept(), Kept()
    points = some_points(counts=np.arange(200))
    describe(points, first, View(colour=categories()))
    describe(points, second, View(colour=frequency_colour(np.arange(1, 201)), highlight=[3], selected=[4]))
    assert {name for name in first if first[name] != second[name]} == {"codes"}


def test_names_travel_in_one_piece_or_in_pages():
    assert some_points(3).name_pages.pages == (b"word0\nword1\nword2",)
    long = PointCloud(np.zeros((60_000, 2)), ["x" * 60 + "\n" + str(i) for i in range(60_000)])
    assert len(long.name_pages.pages) == 8
    lines = [line for page in long.name_pages.pages for line in page.decode().split("\n")]
    assert lines[8192] == long.name_pages.pages[1].decode().split("\n")[0] == "x" * 60 + " 8192"
    assert len(lines) == 60_000


def test_categories_carry_looks_that_stay_apart_and_their_sizes():
    about = describe_colour(categories(), 200, Kept())
    assert [(c["name"], c["colour"], c["shape"], c["size"]) for c in about["categories"]] == [
        ("noun", PALETTE[0], 0, 67),
        ("other", GREY, 0, 67),
        ("verb", PALETTE[1], 0, 66),
    ]


# Linear sRGB as seen with each colour blindness: Machado, Oliveira and Fernandes 2009, severity 1.
SEEN = {
    "all": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def gaps(colours, kind: str) -> np.ndarray:
    """Distances in OKLab (Ottosson 2020) between colours as someone with this sight sees them."""
    lab = np.cbrt(np.clip(np.array([linear(c) for c in colours]) @ np.array(SEEN[kind]).T, 0, 1) @ LMS.T) @ LAB.T
    return np.linalg.norm(lab[:, None] - lab[None], axis=2) + 9 * np.eye(len(lab))


@pytest.mark.parametrize("dark", [False, True])
def test_twelve_colours_of_points_stay_apart_for_every_sight_and_from_the_page(dark):
    for kind in SEEN:
        found = gaps(PALETTE + MORE[dark], kind)
        # The six alone: 0.156 for all, 0.070, 0.060, 0.052 by kind of blindness.
        assert found[6:].min() > (0.14 if kind == "all" else 0.085) and found.min() > 0.05
    lights = np.array([linear(c) @ [0.2126, 0.7152, 0.0722] for c in (*PALETTE, *MORE[dark], PAPER[dark])]) + 0.05
    assert (np.maximum(lights[:-1], lights[-1]) / np.minimum(lights[:-1], lights[-1])).min() > 2.2  # contrast


def test_small_points_have_twelve_colours_that_suit_the_ground_and_never_repeat_a_look():
    names = tuple(f"c{i}" for i in range(24))
    assert len(set(category_looks(names, dark=True))) == 24
    about = describe_colour(Colour("cluster", "category", np.arange(24, dtype=np.int32), "Cluster", names), 24, Kept())
    inks = [(c["colour"], c.get("dark", c["colour"])) for c in about["categories"]]
    assert inks[:7] == [*zip(PALETTE, PALETTE, strict=True), (MORE[False][0], MORE[True][0])]
    assert len({light for light, _ in inks}) == len({dark for _, dark in inks}) == 12


def test_numbers_span_the_scale_and_carry_ticks_in_counts():
    kept = Kept()
    about = describe_colour(frequency_colour(np.array([1, 10, 100, 10_000])), 4, kept)
    assert np.frombuffer(kept["codes"], "<u2").tolist() == [0, 16384, 32768, 65535]
    assert about["ticks"] == [[0, "1"], [0.25, "10"], [0.5, "100"], [0.75, "1,000"], [1, "10,000"]]
    assert about["scale"]["light"] != about["scale"]["dark"]


def test_other_arrays_and_regions_are_in_the_frame_of_the_map():
    points, kept = PointCloud([[0, 0], [10, 4]], ["a", "b"]), Kept()
    about = describe(
        points,
        kept,
        View(
            shown=[True, False],
            opacity=[0.5, 1],
            halo=[0, 3.5],
            morph=Morph([[5, 2], [20, 2]]),
            regions=[(10, 4, "corner", 2)],
            links=(0, [1]),
            axes=Axes(("PCA 1", "PCA 2"), True),
            kept=(np.array([9.0, 15.0]), 15),
        ),
    )
    assert (kept["filter"], kept["alpha"], kept["kept"]) == (b"\x01", bytes([128, 255]), bytes([9, 15]))
    assert about["kept"] == {"counts": "kept", "of": 15} and about["links"] == {"from": 0, "to": [1]}
    assert describe(points, kept, View(links=(0, [1], [])))["links"] == {"from": 0, "to": [1], "then": []}
    assert np.frombuffer(kept["halo"], "<f4").tolist() == [0, 3.5]
    assert np.frombuffer(kept["morph"], "<f4").tolist() == [0, 0, 3, 0]
    assert about["regions"] == [[1, 0.4, "corner", 2, 0]] and about["box"] == [1, 0, 2, pytest.approx(0.4)]
    assert about["axes"] == {"titles": ["PCA 1", "PCA 2"], "ticks": True, "origin": [5, 2], "scale": 5}


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        ({"shown": [True]}, "200 points but came with 1 filter flags"),
        ({"halo": np.ones(3)}, "200 points but came with 3 halos"),
        ({"morph": Morph(np.zeros((3, 2)))}, "200 points; the other one has coordinates of shape"),
        ({"colour": categories(4)}, "200 points but came with 4 colour values"),
        ({"kept": (np.ones(5), 15)}, "200 points but came with 5 numbers of neighbours"),
    ],
)
def test_arrays_that_do_not_fit_are_told(wrong, sentence):
    with pytest.raises(BadInput, match=sentence):
        describe(some_points(), Kept(), View(**wrong))


def test_map_in_three_dimensions_has_a_camera_of_six_numbers_and_regions_with_depth():
    rng, kept = np.random.default_rng(2), Kept()
    points = PointCloud(rng.normal(size=(500, 3)) * [4, 1, 2], [str(i) for i in range(500)])
    about = describe(points, kept, View(window=(0, 0.1, 0.2, 2, 30, -10), regions=[(4, 1, 2, "there", 3, 1)]))
    assert about["dims"] == 3 and len(kept["positions"]) == 12 * 500 and about["view"] == [0, 0.1, 0.2, 2, 30, -10]
    np.testing.assert_allclose(about["regions"][0][:3], (np.array([4, 1, 2]) - points.origin) / points.scale, atol=1e-5)
    assert about["regions"][0][3:] == ["there", 3, 1] and len(about["box"]) == 6
    with pytest.raises(BadInput, match="told by 6 numbers; got 3"):
        describe(points, kept, View(window=(0, 0, 1)))


def test_what_is_seen_first_leaves_out_outliers_only_where_they_cost_much():
    rng = np.random.default_rng(0)
    coords = rng.uniform(-1, 1, size=(2000, 2))
    box = PointCloud(coords, [""] * 2000).box
    np.testing.assert_allclose(box, [0, 0, 1, 1], atol=0.01)
    coords[0] = [40, 0]
    points = PointCloud(coords, [""] * 2000)
    x, y, wide, high = points.box
    assert points.scale == pytest.approx(20.5, rel=0.01)  # the outlier is in the data
    np.testing.assert_allclose(np.array([wide, high]) * points.scale, [1, 1], atol=0.03)
    np.testing.assert_allclose(points.framed(np.zeros((1, 2)))[0], [x, y], atol=0.005)


def test_map_whose_directions_mean_nothing_is_turned_to_fill_a_wide_window_with_its_regions():
    rng = np.random.default_rng(0)
    coords = rng.normal(size=(1000, 2)) * [1, 5]
    names, kept = [""] * 1000, Kept()
    as_it_is, turned = PointCloud(coords, names), PointCloud(coords, names, turned=True)
    drawn = [min(1.4 / cloud.box[2], 1 / cloud.box[3]) / cloud.scale for cloud in (as_it_is, turned)]
    assert drawn[1] > 1.3 * drawn[0]
    far = np.linalg.norm(coords - coords[0], axis=1)
    sent = np.frombuffer(turned.positions, "<f4").reshape(-1, 2)
    np.testing.assert_allclose(np.linalg.norm(sent - sent[0], axis=1) * turned.scale, far, rtol=1e-4, atol=1e-4)
    about = describe(turned, kept, View(regions=[(*coords[7], "seven", 1)], axes=Axes(("a", "b"))))
    np.testing.assert_allclose(about["regions"][0][:2], sent[7], atol=1e-4)
    assert "axes" not in about
    more = PointCloud(np.vstack([coords, [[30, 30]]]), [*names, "new"], frame_of=turned)
    assert np.frombuffer(more.positions, "<f4").reshape(-1, 2)[:1000].tolist() == sent.tolist()


def test_round_map_is_not_turned():
    round_one = PointCloud(np.random.default_rng(1).normal(size=(3000, 2)), [""] * 3000, turned=True)
    assert round_one.turn.tolist() == np.eye(2).tolist()


def test_points_that_cannot_be_drawn_are_told():
    with pytest.raises(BadInput, match="2 points but came with 1 names"):
        PointCloud(np.zeros((2, 2)), ["a"])
    with pytest.raises(BadInput, match="two or three coordinates"):
        PointCloud(np.zeros((0, 2)), [])
    with pytest.raises(BadInput, match="finite"):
        PointCloud([[0, np.nan]], ["a"])


def test_program_is_one_module_without_anything_from_elsewhere():
    text = script()
    assert not re.search(r"^\s*import\b", text, re.MULTILINE) and "http://" not in text.replace(
        "http://www.w3.org/2000/svg", ""
    )
    assert re.findall(r"^export .*", text, re.MULTILINE) == ["export { mount, openPage };"]
    declared = re.findall(r"^(?:async )?(?:function\*?|class|const|let) (\w+)", text, re.MULTILINE)
    assert len(declared) == len(set(declared)), "modules share one scope when joined"


def test_page_holds_its_data_and_cannot_be_broken_out_of():
    points = PointCloud([[0, 0], [1, 1]], ["</script>", "b"])
    page = map_page(
        points,
        View(title="</script><b>"),
        page_title="Lee & co",
        dark=True,
        colours=[categories(2), frequency_colour(np.array([1, 9]))],
    )
    assert "<title>Lee &amp; co</title>" in page and 'data-theme="dark"' in page
    data = page.split('type="application/json">')[1].split("</script>")[0]
    about = json.loads(data)
    assert about["title"] == "</script><b>" and [colour["title"] for colour in about["colours"]] == [
        "Class",
        "Occurrences in the corpus",
    ]
    assert base64.b64decode(about["names"]["pages"][0].split(",")[1]) == b"</script>\nb"
    assert page.count("</script>") == 2 and "src=" not in page

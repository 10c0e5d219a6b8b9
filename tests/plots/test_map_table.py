import csv
import io

import numpy as np
import pyarrow as pa

from embedlab import plots
from embedlab.data.points import Points
from embedlab.projections import Projection
from embedlab.projections.colouring.colours import Colour

LONG = "a review that is far longer than any name of a point, " * 20


def a_map(n, what, dims=2):
    coords = np.random.default_rng(0).normal(size=(n, dims))
    return Projection("umap", {}, np.arange(n)[::-1], coords, n_total=n, what=what)


def rows_of(*args, **options):
    return list(csv.reader(io.StringIO(plots.map_csv(*args, **options))))


def test_map_csv_of_words_has_a_row_a_word_with_its_attributes():
    words = ["plain", 'with "quotes"', "with, comma", "ünïcode"]
    points = Points("words", words, pa.table({"count": [4, 3, 2, 1], "rank": [1, 2, 3, 4]}))
    colour = Colour("cluster", "category", np.array([0, 1, 0, 1], np.int32), "Cluster", ("a", "b"))
    head, *rows = rows_of(a_map(4, "words", 3), points, colour=colour)
    assert head == ["word", "x", "y", "z", "count", "rank", "cluster"]
    assert [row[0] for row in rows] == words and [row[4:] for row in rows] == [
        ["4", "1", "a"],
        ["3", "2", "b"],
        ["2", "3", "a"],
        ["1", "4", "b"],
    ]
    np.testing.assert_allclose(np.array([row[1:4] for row in rows], float), a_map(4, "words", 3).coords, rtol=1e-5)


def test_map_csv_of_documents_joins_back_to_the_data():
    table = pa.table({"label": ["x", None], "id": [70, 71], "price": [0.1234567890123, None]})
    points = Points("documents", ["2. a review…", "1. short"], table, label="label")
    colour = Colour("label", "category", np.array([0, 1], np.int32), "Label", ("x", "no label"))
    head, *rows = rows_of(a_map(2, "documents"), points, texts=[LONG, "short"], colour=colour)
    assert head == ["document", "text", "x", "y", "label", "id", "price"]
    assert rows[0][:2] == ["2", LONG] and rows[0][4:] == ["x", "70", "0.1234567890123"]
    assert rows[1][:2] == ["1", "short"] and rows[1][4:] == ["", "71", ""]


def test_map_csv_keeps_the_names_of_attributes_and_renames_its_own():
    points = Points("documents", ["1. a"], pa.table({"x": [9], "text": ["own"]}))
    head, row = rows_of(a_map(1, "documents"), points, texts=["a"])
    assert head == ["document", "map text", "map x", "y", "x", "text"] and row[-2:] == ["9", "own"]

"""A colouring that is one function and one entry: the picker offers it, the command takes it, maps are drawn by it."""

import csv

import numpy as np
import pytest
from helpers.commands import answer

from embedlab.lab.map_view import MapView
from embedlab.projections.colouring.colours import COLOURS, Choice, Colour


def _lengths(drawn) -> Colour:
    lengths = np.array([len(name) for name in drawn.points.names], np.float32)
    return Colour("length", "numeric", lengths, "Letters")


@pytest.fixture
def toy(monkeypatch):
    choice = Choice("Length", "How many letters the word has.", _lengths, ("words",))
    monkeypatch.setitem(COLOURS, "length", choice)


@pytest.fixture
def run(lab, toy):
    return lab.train(lab.add_corpus("lee"), dim=8, epochs=1, workers=1)


def test_library_colours_a_map_by_it(lab, run):
    view = MapView(run, lab.run_corpus(run), lab.map(run, "pca"), run.embedding)
    colour = view.colour("length")
    assert colour.values.tolist() == [len(word) for word in view.points.names]
    assert view.colours()["length"] == "Length"


def test_map_page_offers_it(open_page, lab, run):
    lab.map(run, "pca")
    page = open_page("map", lab.home, **{"map.method": "pca"})
    picker = next(box for box in page.selectbox if "Colour: Length" in box.options)
    picker.set_value("length").run()
    assert not page.exception and not page.error


def test_command_takes_it(lab, run, tmp_path):
    found = answer(lab.home, "map", run.id, "--method", "pca", "--colour", "length", "-o", tmp_path / "map.csv")
    rows = list(csv.DictReader((tmp_path / "map.csv").read_text().splitlines()))
    assert len(rows) == found["drawn"]

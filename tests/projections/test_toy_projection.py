"""A projection that is one function and one entry: it works on the page, in the command and in the library."""

from dataclasses import dataclass

import numpy as np
import pytest
from helpers.commands import answer

from embedlab.core.settings import check_settings, setting
from embedlab.projections import PROJECTIONS, Layout, LayoutOptions, Method, projection_of


@dataclass(frozen=True)
class RandomConfig:
    spread: float = setting(1.0, label="Spread", low=0, high=10, help="A larger spread moves points farther apart.")

    def __post_init__(self):
        check_settings(self)


def project(vectors, config, options) -> Layout:
    """A random linear projection."""
    plane = np.random.default_rng(options.seed).standard_normal((vectors.shape[1], options.n_components))
    return Layout((config.spread * vectors @ plane).astype(np.float32))


@pytest.fixture
def toy(monkeypatch):
    monkeypatch.setitem(PROJECTIONS, "random", Method("random", "Random", "A random plane.", RandomConfig, project))


@pytest.fixture
def run(lab, toy):
    return lab.train(lab.add_corpus("lee"), dim=8, epochs=1, workers=1)


def test_library_draws_it_and_scores_it(lab, run):
    made = lab.map(run, "random", spread=2.0, seed=3)
    ids = made.ids
    expected = project(run.embedding.vectors[ids], RandomConfig(2.0), LayoutOptions(seed=3)).coords
    np.testing.assert_allclose(made.coords, expected, rtol=1e-5)
    assert 0 <= made.scores["trustworthiness"] <= 1
    assert projection_of(run.embedding.vectors, ids, "random", {}, n_components=3).coords.shape[1] == 3


def test_map_page_draws_its_form(open_page, lab, run):
    page = open_page("map", lab.home, **{"map.method": "random"})
    assert page.number_input(key="map.random.spread").value == 1.0
    assert not page.exception and not page.error
    assert "A random plane." in [caption.value for caption in page.caption]


def test_command_offers_it_with_its_settings(lab, run):
    found = answer(lab.home, "map", run.id, "--method", "random", "--set", "spread=3")
    assert (found["method"], found["drawn"]) == ("random", len(run.embedding))

"""EASE and item-kNN against their formulas written out."""

import numpy as np
import pytest
from helpers.tastes import tastes

from embedlab.core.errors import TrainingFailed
from embedlab.data.interactions.choices import Choices
from embedlab.models.yardsticks import ease
from embedlab.models.yardsticks.config import EaseConfig, KnnConfig
from embedlab.models.yardsticks.knn import bm25, nearest_items
from embedlab.models.yardsticks.together import together


@pytest.fixture(scope="module")
def choices(tmp_path_factory):
    return tastes(tmp_path_factory.mktemp("tastes")).choices


def table_of(choices, values=None) -> np.ndarray:
    found = np.zeros((choices.n_users, choices.n_items))
    found[choices.users, choices.items] = 1 if values is None else values
    return found


def test_items_chosen_together_are_counted_in_blocks_of_any_size(choices):
    weights = np.random.default_rng(0).random(len(choices)).astype(np.float32)
    r = table_of(choices, weights)
    for cells in (700, 10**6):
        blocks = list(together(choices, weights, block_cells=cells))
        np.testing.assert_allclose(np.concatenate([block for _, block in blocks]), r.T @ r, rtol=1e-4, atol=1e-5)


def test_ease_equals_the_closed_form_and_minimises_its_objective(choices):
    x, strength = table_of(choices), 25.0
    table = ease.weights_of(choices, strength)
    p = np.linalg.inv(x.T @ x + strength * np.eye(choices.n_items))
    expected = -p / np.diag(p)
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(table, expected, rtol=1e-4, atol=1e-6)
    # Off the diagonal the gradient of |X - X B|^2 + strength |B|^2 is zero.
    gradient = x.T @ (x @ expected - x) + strength * expected
    np.fill_diagonal(gradient, 0)
    assert np.abs(gradient).max() < 1e-8


def test_ease_takes_its_regularisation_from_the_choices_an_item_has(choices):
    mean = len(choices) / (choices.counts > 0).sum()
    assert ease.strength_for(choices, EaseConfig()) == pytest.approx(8 * mean)
    assert ease.strength_for(choices, EaseConfig(regularisation=3.0)) == 3


def test_ease_refuses_more_items_than_fit():
    many = Choices.of_lists([[0, 1], [20_000, 2]], 20_001)
    with pytest.raises(TrainingFailed, match="20,001 items are more than the 20,000 it takes"):
        ease.check_size(many)


@pytest.mark.parametrize("weighting", ["none", "bm25"])
def test_nearest_items_equal_the_cosine_with_shrinkage(choices, weighting):
    values = bm25(choices) if weighting == "bm25" else np.ones(len(choices))
    r = table_of(choices, values)
    lengths = np.linalg.norm(r, axis=0)
    similar = r.T @ r / (np.outer(lengths, lengths) + 30)
    np.fill_diagonal(similar, 0)
    found = nearest_items(choices, KnnConfig(neighbours=10, shrink=30, weighting=weighting))
    for i in range(0, choices.n_items, 7):
        assert found.strength[i] == pytest.approx(np.sort(similar[i])[::-1][:10], rel=1e-4)
        assert similar[i][found.near[i]] == pytest.approx(found.strength[i], rel=1e-4)


def test_bm25_counts_rare_users_and_rare_items_more():
    choices = Choices.of_lists([[0], [0, 1, 2, 3], [0, 1]], 4)
    weights = bm25(choices)
    assert weights[0] > weights[1]  # the same item, by someone who chooses little
    assert weights[3] > weights[1]  # the same person, an item that few choose

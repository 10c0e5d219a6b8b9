"""ALS: exact least squares when solved to the end, a falling loss, and the same course after a pause."""

import numpy as np
import pytest
from helpers.tastes import tastes

from embedlab.core.progress import silent
from embedlab.models.factorization.als import confidence, half, objective, start, train
from embedlab.models.factorization.config import AlsConfig
from embedlab.models.training.session import Session


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tastes(tmp_path_factory.mktemp("tastes"))


def exact(choices, weights, others, config) -> np.ndarray:
    """The rows that solve the normal equations, one by one."""
    rows, gram = [], others.T.astype(float) @ others
    for u in range(choices.n_users):
        first, last = choices.offsets[u : u + 2]
        y, c = others[choices.items[first:last]].astype(float), weights[first:last].astype(float)
        total = c.sum() + choices.n_items - len(c) if config.exponent else 1.0
        penalty = config.regularisation * total**config.exponent
        matrix = gram + (y * (c - 1)[:, None]).T @ y + penalty * np.eye(others.shape[1])
        rows.append(np.linalg.solve(matrix, c @ y))
    return np.array(rows)


@pytest.mark.parametrize("exponent", [0.0, 1.0])
def test_half_solved_to_the_end_equals_the_normal_equations(data, exponent):
    config = AlsConfig(dim=6, steps=60, exponent=exponent, regularisation=0.3)
    choices, others = data.choices, start(data.n_items, 6, 1) * 20
    weights, rows = confidence(choices, config), start(data.n_users, 6, 2)
    half(choices, weights, others, rows, config)
    np.testing.assert_allclose(rows, exact(choices, weights, others, config), rtol=2e-3, atol=1e-4)


def test_objective_equals_the_sum_over_all_pairs(data):
    config = AlsConfig(dim=4)
    users, items = start(data.n_users, 4, 1) * 20, start(data.n_items, 4, 2) * 20
    choices, chosen = data.choices, np.zeros((data.n_users, data.n_items))
    chosen[choices.users, choices.items] = 1
    cost = np.where(chosen, config.weight, 1) * (chosen - users.astype(float) @ items.T) ** 2
    found = objective(choices, confidence(choices, config), users, items)
    assert found == pytest.approx(cost.sum() / len(choices), rel=1e-4)


def test_loss_falls_with_every_epoch(data):
    loss = train(data, AlsConfig(dim=8, epochs=6, regularisation=0.01), seed=1).loss
    assert (np.diff(loss) < 1e-3).all() and loss[-1] < 0.8 * loss[0]


def test_strengths_weigh_choices_by_their_logarithm(data):
    from dataclasses import replace

    choices = replace(data.choices, strengths=np.full(len(data.choices), np.e - 1, np.float32))
    assert confidence(choices, AlsConfig(strengths=True, weight=5)) == pytest.approx(5)
    assert confidence(choices, AlsConfig(weight=5)).tolist() == [5.0] * len(choices)


def test_paused_and_resumed_training_ends_as_the_uninterrupted_one(data):
    saved = []
    config = AlsConfig(dim=8, epochs=4)
    whole = train(data, config, seed=1)
    session = Session(save=lambda checkpoint: saved.append(checkpoint) or True, save_due=lambda: True)
    train(data, AlsConfig(dim=8, epochs=2), seed=1, session=session)
    again = train(data, config, seed=1, report=silent, session=Session(saved=saved[-1]))
    np.testing.assert_array_equal(again.embedding.vectors, whole.embedding.vectors)
    assert again.loss == whole.loss


def test_recall_of_a_trained_model_is_that_of_exact_least_squares(data):
    """The slow twin solves every row exactly, from the same start."""
    from embedlab.data.interactions.splits import split_of
    from embedlab.evaluation.items.measures import judge, recall
    from embedlab.evaluation.items.ranking import best_items
    from embedlab.models.recommending import Folded

    config = AlsConfig(dim=8, epochs=8, split="random")
    split, found = split_of(data, "random"), train(data, config, seed=1)
    choices, items = split.train, start(data.n_items, 8, 2)
    items[choices.counts == 0] = 0
    weights = confidence(choices, config)
    for _ in range(config.epochs):
        users = exact(choices, weights, items, config)
        items = exact(choices.turned, weights, users, config).astype(np.float32)
    twin = Folded(items, choices.counts > 0, config.weight, config.regularisation)

    def recall_of(recommender) -> float:
        users = np.flatnonzero((np.diff(split.test.offsets) > 0) & (np.diff(choices.offsets) > 0))
        top, _ = best_items(recommender, choices.take(users), 10)
        return float(recall(judge(top, split.test.take(users), choices.counts)).mean())

    # Over five seeds of data and training both were equal to the last digit.
    assert recall_of(found.recommender) == pytest.approx(recall_of(twin), abs=0.003)

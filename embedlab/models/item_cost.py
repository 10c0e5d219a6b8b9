"""The time and memory of training a model of items, and what to know before."""

from embedlab.data.interactions.dataset import Interactions
from embedlab.models.advice import Advice, Estimate

PROGRAM_BYTES = 250e6
FEW_PER_USER, FEW_USERS = 3, 100


def advise_items(data: Interactions, config) -> list[Advice]:
    """Whether there are choices enough to learn taste from."""
    found, mean = [], data.n_interactions / max(data.n_users, 1)
    if data.n_users < FEW_USERS:
        found.append(
            Advice("warning", f"Only {data.n_users:,} users chose anything: what they have in common may be chance.")
        )
    if mean < FEW_PER_USER:
        found.append(
            Advice(
                "warning",
                f"A user chose {mean:.1f} items on average. Recommendations need some choices of each: raise the "
                "minimum of choices a user.",
            )
        )
    dim = getattr(config, "dim", 0)
    if dim > data.n_items:
        found.append(
            Advice("warning", f"{dim:,} dimensions for {data.n_items:,} items: fewer would generalise better.")
        )
    return found


def als_cost(data: Interactions, config) -> Estimate:
    """Each epoch visits every choice twice a step, and every row with a product of dim x dim."""
    rows, k = data.n_users + data.n_items, config.dim
    flops = config.epochs * (config.steps + 1) * (8.0 * data.n_interactions * k + 2.0 * rows * k * k)
    return Estimate(0.2 + flops / 2e10, PROGRAM_BYTES + 8.0 * rows * k + 24.0 * data.n_interactions)


def svd_cost(data: Interactions, config) -> Estimate:
    """Some products of the matrix with vectors for each direction."""
    seconds = 0.1 + 2e-8 * data.n_interactions * config.dim
    return Estimate(seconds, PROGRAM_BYTES + 8.0 * (data.n_users + data.n_items) * config.dim)


def counting_cost(data: Interactions, config) -> Estimate:
    """One pass over the choices."""
    return Estimate(0.05 + 1e-8 * data.n_interactions, PROGRAM_BYTES + 16.0 * data.n_interactions)


def knn_cost(data: Interactions, config) -> Estimate:
    """Every pair of choices of one user is met once, and every pair of items compared."""
    return Estimate(
        0.1 + pairs(data) / 5e8 + data.n_items**2 / 5e7, PROGRAM_BYTES + 8.0 * data.n_items * config.neighbours + 4e8
    )


def ease_cost(data: Interactions, config) -> Estimate:
    """A matrix of all items by all items is inverted."""
    return Estimate(0.1 + pairs(data) / 5e8 + data.n_items**3 / 3e10, PROGRAM_BYTES + 20.0 * data.n_items**2)


def pairs(data: Interactions) -> float:
    """How many pairs of choices of one user there are, about: users are taken to choose unevenly."""
    return 3.0 * data.n_interactions**2 / max(data.n_users, 1)


def item2vec_cost(data: Interactions, config) -> Estimate:
    """Each choice meets those within its window, each time with all negatives."""
    mean = data.n_interactions / max(data.n_users, 1)
    reach = (config.window + 1) if config.order else min(2 * mean, 100)
    flops = config.epochs * data.n_interactions * reach * 6.0 * config.dim * (1 + config.negatives / 8)
    return Estimate(1 + flops / 3e10, PROGRAM_BYTES + 16.0 * data.n_items * config.dim + 8.0 * data.n_interactions)


def glove_cost(data: Interactions, config) -> Estimate:
    """Each pair of items chosen together is an entry, visited once an epoch."""
    entries = min(pairs(data), float(data.n_items) ** 2)
    seconds = 1 + pairs(data) / 5e7 + config.epochs * entries * config.dim / 2e9
    return Estimate(seconds, PROGRAM_BYTES + 32.0 * data.n_items * config.dim + 24.0 * entries)

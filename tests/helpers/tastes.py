"""Small interactions with planted taste, or with all taste shuffled away."""

from embedlab.data.interactions.dataset import Interactions
from embedlab.data.interactions.planted import Taste, planted
from embedlab.data.interactions.storing import store

SMALL = Taste(n_users=250, n_items=120, mean_choices=20, loyalty=0.9)


def tastes(folder, taste: Taste = SMALL, *, seed: int = 1, shuffled: bool = False) -> Interactions:
    """The interactions in `folder`."""
    rows, known = planted(taste, seed=seed, shuffled=shuffled)
    return store(rows, folder, name="tastes", known=known)

"""Settings of the recommenders without vectors."""

from dataclasses import dataclass

from embedlab.core.settings import AUTO, check_settings, setting
from embedlab.models.item_settings import split_setting


@dataclass(frozen=True)
class PopularityConfig:
    """Settings of popularity: none but what is held out."""

    split: str = split_setting()

    def __post_init__(self):
        check_settings(self)


@dataclass(frozen=True)
class KnnConfig:
    """Settings of item-kNN."""

    neighbours: int = setting(
        800, label="Neighbours", low=1, high=5000, help="The nearest items of each that may recommend it."
    )
    shrink: float = setting(
        100.0, label="Shrinkage", low=0.0, high=100_000.0, help="Higher trusts items with few choices less."
    )
    weighting: str = setting(
        "bm25",
        label="Weights",
        choices=("none", "bm25"),
        labels={"none": "All choices alike", "bm25": "BM25"},
        help="BM25 counts choices of people who choose everything, and of items that everybody chooses, less.",
    )
    split: str = split_setting()

    def __post_init__(self):
        check_settings(self)


@dataclass(frozen=True)
class EaseConfig:
    """Settings of EASE."""

    regularisation: float = setting(
        AUTO,
        fixed=500.0,
        label="Regularisation",
        low=0.001,
        high=1_000_000.0,
        help="Higher keeps the weights between items small, against overfitting.",
    )
    split: str = split_setting()

    def __post_init__(self):
        check_settings(self)

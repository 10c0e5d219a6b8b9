"""The settings of GloVe for items."""

from dataclasses import dataclass

from embedlab.core.settings import check_settings, setting
from embedlab.models.item_settings import split_setting


@dataclass(frozen=True)
class ItemGloveConfig:
    """Settings of GloVe for items."""

    dim: int = setting(64, label="Dimensions", low=1, high=1000, help="More dimensions tell finer tastes apart.")
    epochs: int = setting(
        30, label="Epochs", low=1, high=1000, help="More passes over the counts fit them closer; the gain soon ends."
    )
    x_max: float = setting(
        30.0,
        label="Full-weight count",
        low=1.0,
        high=100_000.0,
        group="More",
        help="Pairs chosen together more often than this weigh the same.",
    )
    alpha: float = setting(
        0.75, label="Weight exponent", low=0.01, high=1.0, group="More", help="Lower gives rare pairs more say."
    )
    learning_rate: float = setting(
        0.05, label="Learning rate", low=0.0001, high=10.0, group="More", help="Higher learns faster but less finely."
    )
    workers: int = setting(
        2, label="Threads", low=1, high=256, group="More", help="More threads are faster up to the number of cores."
    )
    split: str = split_setting()

    def __post_init__(self):
        check_settings(self)

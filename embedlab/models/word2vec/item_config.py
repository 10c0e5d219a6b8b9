"""The settings of item2vec, with defaults of their own: those of text fall behind popularity (docs/items.md)."""

from dataclasses import dataclass

from embedlab.core.settings import check_settings, setting
from embedlab.models.item_settings import split_setting


@dataclass(frozen=True)
class Item2VecConfig:
    """Settings of item2vec."""

    dim: int = setting(64, label="Dimensions", low=1, high=1000, help="More dimensions tell finer tastes apart.")
    order: bool = setting(
        False,
        label="Order matters",
        help="On: what was chosen shortly before or after counts, which suits the next choice. Off: all of a session.",
    )
    window: int = setting(
        3,
        label="Window",
        low=1,
        high=100,
        when=("order", (True,)),
        help="How many choices before and after belong to the context. Small windows follow the order closely.",
    )
    epochs: int = setting(
        30, label="Epochs", low=1, high=1000, help="Choices are few beside the words of a text: tens of passes help."
    )
    negatives: int = setting(
        10, label="Negative samples", low=1, high=100, help="Items drawn at random to be told from those chosen."
    )
    exponent: float = setting(
        0.5,
        label="Exponent of the negatives",
        low=-1.0,
        high=1.0,
        help="Negatives are drawn by count to this power. At 0 or below, popular items are recommended more.",
    )
    query: int = setting(
        0,
        label="Choices that count",
        low=0,
        high=1000,
        group="More",
        help="So many of the last choices of a person make the recommendation. 0: the last with order, else all.",
    )
    sample: float = setting(
        0.0,
        label="Subsampling",
        low=0.0,
        high=0.1,
        group="More",
        help="Skips some choices of the most popular items; smaller values skip more. 0 skips none.",
    )
    learning_rate: float = setting(
        0.025, label="Learning rate", low=1e-5, high=10.0, group="More", help="Higher learns faster but less finely."
    )
    deterministic: bool = setting(
        False,
        label="Repeat exactly",
        group="More",
        help="The same data, settings and seed give the same vectors to the last bit, on one thread.",
    )
    workers: int = setting(
        2, label="Threads", low=1, high=256, group="More", help="More threads are faster up to the number of cores."
    )
    split: str = split_setting()

    def __post_init__(self):
        check_settings(self)

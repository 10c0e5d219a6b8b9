"""Settings of matrix factorization."""

from dataclasses import dataclass

from embedlab.core.settings import check_settings, setting
from embedlab.models.item_settings import split_setting


@dataclass(frozen=True)
class AlsConfig:
    """Settings of ALS."""

    dim: int = setting(
        32, label="Dimensions", low=1, high=1000, help="More dimensions tell finer tastes apart and overfit sooner."
    )
    epochs: int = setting(
        15, label="Epochs", low=1, high=200, help="Each fits all users, then all items. The gain soon ends."
    )
    weight: float = setting(
        5.0,
        label="Weight of a choice",
        low=1.0,
        high=10_000.0,
        help="How much more a choice counts than what was not chosen. Higher trusts choices more.",
    )
    regularisation: float = setting(
        20.0, label="Regularisation", low=0.0, high=100_000.0, help="Higher keeps vectors short, against overfitting."
    )
    exponent: float = setting(
        0.0,
        label="Penalty by activity",
        low=0.0,
        high=2.0,
        group="More",
        help="0 penalises all users and items alike, 1 those with many choices more.",
    )
    strengths: bool = setting(
        False,
        label="Use strengths",
        group="More",
        help="Weigh each choice by the logarithm of its strength, such as plays, where the table has it.",
    )
    steps: int = setting(
        3,
        label="Solver steps",
        low=1,
        high=100,
        group="More",
        help="Steps of conjugate gradients a row. More come closer to the exact solution and take longer.",
    )
    split: str = split_setting()

    def __post_init__(self):
        check_settings(self)


@dataclass(frozen=True)
class SvdConfig:
    """Settings of PureSVD."""

    dim: int = setting(
        16,
        label="Dimensions",
        low=1,
        high=1000,
        help="Few dimensions often recommend best: more of them copy the choices, chance included.",
    )
    split: str = split_setting()

    def __post_init__(self):
        check_settings(self)

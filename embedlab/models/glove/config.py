"""Settings of GloVe."""

from dataclasses import dataclass

from embedlab.core.settings import AUTO, check_settings, setting


@dataclass(frozen=True)
class GloveConfig:
    """Settings of GloVe."""

    dim: int = setting(
        AUTO,
        fixed=100,
        label="Dimensions",
        low=1,
        high=2000,
        help="More dimensions hold finer differences but need more text and time.",
    )
    window: int = setting(
        10,
        label="Window",
        low=1,
        high=100,
        help="Larger windows catch topic, small ones syntax; counting time grows with it.",
    )
    epochs: int = setting(
        AUTO,
        fixed=15,
        label="Epochs",
        low=1,
        high=1000,
        help="More passes over the counts fit them closer; the loss soon flattens.",
    )
    min_count: int = setting(
        AUTO,
        fixed=5,
        label="Minimum count",
        low=1,
        high=1_000_000,
        help="Drops words seen less often: fewer unreliable vectors, less memory.",
    )
    x_max: float = setting(
        10.0,
        label="Full-weight count",
        low=1.0,
        high=100_000.0,
        group="More",
        help="Counts above this weigh the same. Higher lets frequent pairs dominate (the paper: 100 for billions of"
        " words).",
    )
    alpha: float = setting(
        0.75,
        label="Weight exponent",
        low=0.01,
        high=1.0,
        group="More",
        help="Lower gives rare pairs more say, higher less; the paper found 0.75 best.",
    )
    learning_rate: float = setting(
        0.05,
        label="Learning rate",
        low=0.0001,
        high=10.0,
        group="More",
        help="Higher learns faster, until the loss jumps instead of falling.",
    )
    held_out: float = setting(
        0.02,
        label="Held-out share",
        low=0.0,
        high=0.5,
        group="More",
        help="Share of the sentences kept out of training, to measure how well unseen pairs are ranked. 0 keeps none.",
    )
    memory: float | None = setting(
        None,
        label="Memory budget",
        low=0.001,
        high=100_000.0,
        group="More",
        help="Gigabytes for counts; what exceeds it goes to disk, a little slower. Empty: half of what is free.",
    )
    workers: int = setting(
        2,
        label="Threads",
        low=1,
        high=256,
        group="More",
        help="More threads are faster up to the number of cores, at most 16; the vectors are the same with any number.",
    )

    def __post_init__(self):
        check_settings(self)

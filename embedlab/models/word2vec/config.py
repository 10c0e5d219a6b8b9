"""The settings of Word2Vec."""

from dataclasses import dataclass

from embedlab.core.settings import AUTO, check_settings, setting


@dataclass(frozen=True)
class Word2VecConfig:
    """Settings of Word2Vec."""

    dim: int = setting(
        AUTO,
        fixed=100,
        label="Dimensions",
        low=1,
        high=2000,
        help="More dimensions hold finer differences but need more text and time.",
    )
    window: int = setting(5, label="Window", low=1, high=100, help="Larger windows catch topic, small ones syntax.")
    epochs: int = setting(
        AUTO,
        fixed=5,
        label="Epochs",
        low=1,
        high=1000,
        help="More passes help small corpora; on large ones the gain soon ends.",
    )
    min_count: int = setting(
        AUTO,
        fixed=5,
        label="Minimum count",
        low=1,
        high=1_000_000,
        help="Drops words seen less often: fewer unreliable vectors, less memory.",
    )
    architecture: str = setting(
        "skipgram",
        label="Architecture",
        choices=("skipgram", "cbow"),
        labels={"skipgram": "Skip-gram", "cbow": "CBOW"},
        help="Skip-gram is better for rare words and small corpora; CBOW is faster.",
    )
    objective: str = setting(
        "negative",
        label="Objective",
        choices=("negative", "hierarchical"),
        labels={"negative": "Negative sampling", "hierarchical": "Hierarchical softmax"},
        help="Negative sampling favours frequent words, hierarchical softmax rare ones.",
    )
    negatives: int = setting(
        5,
        label="Negative samples",
        low=1,
        high=100,
        group="More",
        when=("objective", ("negative",)),
        help="More negatives help small corpora (5 to 20) and cost time; 2 to 5 do for large ones.",
    )
    exponent: float = setting(
        0.75,
        label="Exponent of the negatives",
        low=-1.0,
        high=1.0,
        group="More",
        when=("objective", ("negative",)),
        help="Negatives are drawn by count to this power. 1 is by count, 0 all alike; below 0 draws rare words more.",
    )
    sample: float = setting(
        1e-3,
        label="Subsampling",
        low=0.0,
        high=0.1,
        group="More",
        help="Smaller values skip more of the most frequent words: faster, and better for rare words. 0 skips none.",
    )
    learning_rate: float = setting(
        0.025,
        label="Learning rate",
        low=1e-5,
        high=10.0,
        group="More",
        help="Higher learns faster but less finely; CBOW takes up to twice as much as skip-gram.",
    )
    held_out: float = setting(
        0.02,
        label="Held-out share",
        low=0.0,
        high=0.5,
        group="More",
        help="Share of the sentences kept out of training. The loss on them shows overfitting.",
    )
    engine: str = setting(
        "embedlab",
        label="Engine",
        choices=("embedlab", "pairs", "gensim"),
        group="More",
        labels={"embedlab": "EmbedLab, fast", "pairs": "EmbedLab, pair by pair", "gensim": "gensim (reference)"},
        needs={"gensim": ("reference", "gensim")},
        help="Fast shares negatives within a window. Pair by pair draws them for each pair, as the original program"
        " did.",
    )
    deterministic: bool = setting(
        False,
        label="Repeat exactly",
        group="More",
        help="The same corpus, settings and seed give the same vectors to the last bit, on one thread.",
    )
    workers: int = setting(
        2,
        label="Threads",
        low=1,
        high=256,
        group="More",
        help="More threads are faster up to the number of cores. The vectors are as good, but do not repeat exactly.",
    )

    def __post_init__(self):
        check_settings(self)

"""Settings that several families share, with the same label and help in each."""

from embedlab.core.settings import setting
from embedlab.models.encoders.precision import BOTH


def threads():
    return setting(
        2, label="Threads", low=1, high=256, group="More", help="More threads are faster up to the number of cores."
    )


def words_to_encode():
    return setting(
        5_000,
        label="Words to encode",
        low=1,
        high=200_000,
        group="More",
        help="Number of most frequent words encoded as texts, for the map. More takes longer.",
    )


def warm_up(share: float, *, when=None):
    return setting(
        share,
        label="Warm-up share",
        low=0.0,
        high=0.9,
        group="More",
        when=when,
        help="Share of steps in which the learning rate rises. Longer is gentler on what the model knows.",
    )


def precision_of_training(*, when=None):
    return setting(
        "auto",
        label="Precision of training",
        choices=("auto", *BOTH),
        group="More",
        when=when,
        labels={"auto": "Automatic", "float32": "float32", "bfloat16": "bfloat16"},
        help="Automatic tries both for a second where training is long, and takes bfloat16 where it is clearly faster.",
    )


def temperature(*, when=None):
    return setting(
        0.05,
        label="Temperature",
        low=0.005,
        high=1.0,
        group="More",
        when=when,
        help="Lower pushes the nearest wrong texts away harder; higher treats all alike.",
    )

"""Held-out sentences: the share asked for, the same from any place on, spread over the whole text."""

import numpy as np
import pytest

from embedlab.data.held_out import held_out_mask


@pytest.mark.parametrize("share", [0.01, 0.02, 0.3])
def test_share_is_that_asked_for_everywhere(share):
    mask = held_out_mask(0, 100_000, share)
    assert mask.dtype == bool and mask.mean() == pytest.approx(share, rel=0.01)
    assert all(part.mean() == pytest.approx(share, rel=0.2) for part in np.split(mask, 20))


def test_mask_depends_on_the_sentence_number_alone():
    mask = held_out_mask(0, 1000, 0.1)
    assert np.array_equal(held_out_mask(137, 642, 0.1), mask[137:642])
    assert np.array_equal(mask, [((s * 0x9E3779B97F4A7C15) % 2**64 >> 40) * 2**-24 < 0.1 for s in range(1000)])


def test_no_share_holds_out_nothing_and_a_larger_share_holds_out_more():
    assert not held_out_mask(0, 1000, 0.0).any()
    small, large = held_out_mask(0, 1000, 0.05), held_out_mask(0, 1000, 0.2)
    assert large[small].all() and large.sum() > small.sum()

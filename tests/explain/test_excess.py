"""What a group has more of than the rest: planted words, values and endings are found, and chance finds nothing."""

import numpy as np
import pyarrow as pa
import pytest
from helpers.corpus_factory import make_corpus

from embedlab.data.points import Points
from embedlab.explain.excess import excess_endings, excess_values, excess_words


def planted(rng, n, extra, share):
    """`n` documents of 30 common words; a share of the first half also has the word `extra` once."""
    common = [f"common{i}" for i in range(60)]
    texts = [rng.choice(common, 30).tolist() for _ in range(n)]
    for text in texts[: n // 2]:
        if rng.random() < share:
            text.append(extra)
    return texts


@pytest.mark.parametrize("seed", range(3))
def test_the_planted_word_is_found_with_its_ratio_and_nothing_else(tmp_path, seed):
    texts = planted(np.random.default_rng(seed), 200, "anchor", 0.5)
    texts[150].append("anchor")
    corpus = make_corpus(tmp_path, texts)
    (found,) = excess_words(corpus, np.arange(100), np.arange(100, 200))
    assert found.value == "anchor" and found.p < 0.01 and found.elsewhere == 0.01
    assert found.ratio == pytest.approx(found.share / 0.01) and 0.35 < found.share < 0.65


def test_a_word_of_one_long_document_says_nothing_of_its_group(tmp_path):
    texts = planted(np.random.default_rng(0), 200, "anchor", 0)
    texts[0] += ["zeppelin"] * 500
    assert excess_words(make_corpus(tmp_path, texts), np.arange(100), np.arange(100, 200)) == []


def test_groups_at_random_rarely_have_more_of_anything(tmp_path):
    rng = np.random.default_rng(1)
    corpus = make_corpus(tmp_path, planted(rng, 200, "anchor", 0.5))
    drawn = [rng.permutation(200) for _ in range(20)]
    assert sum(len(excess_words(corpus, rows[:60], rows[60:])) for rows in drawn) <= 1


def test_values_and_numbers_of_attributes():
    rng = np.random.default_rng(0)
    inside = np.arange(300) < 100
    label = np.where(inside & (rng.random(300) < 0.8), "sport", rng.choice(["food", "law", "art"], 300))
    table = pa.table(
        {
            "label": label,
            "year": rng.integers(1990, 2000, 300) + 10 * inside,
            "noise": rng.choice(["a", "b"], 300),
            "own": [f"text {i}" for i in range(300)],
        }
    )
    found = {e.name: e for e in excess_values(Points("rows", range(300), table), inside)}
    assert set(found) == {"label", "year"}
    assert found["label"].text == "label “sport”" and found["label"].elsewhere == 0 and found["label"].ratio == np.inf
    assert found["year"].share > found["year"].elsewhere + 8 and "elsewhere" in found["year"].text


def test_endings_of_words():
    words = [f"{a}{b}ing" for a in "bcdfgh" for b in "aeiou"] + [
        f"{a}{b}{c}t" for a in "bcdfghkl" for b in "aeiou" for c in "xyzq"
    ]
    (found,) = excess_endings(words, np.arange(len(words)) < 30)
    assert found.text == "words in -ing" and found.share == 1

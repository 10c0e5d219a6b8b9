"""What a group on a map shares: a planted group is alike and lies in its region, a random one is not."""

import numpy as np
import pytest

from embedlab.core.errors import BadInput
from embedlab.lab.groups import what_they_share
from embedlab.lab.map_view import map_view

TOPICS = ("sea", "law", "art", "war")


@pytest.fixture
def view(lab, tmp_path):
    """A map of 240 words of four topics in turn; those of the first end in -ing."""
    rng = np.random.default_rng(0)
    lines = []
    for i in range(240):
        vector = np.eye(4)[i % 4] + 0.2 * rng.normal(size=4) + 0.3
        lines.append(
            f"{TOPICS[i % 4]}{'bcdfghjklm'[i // 24]}{'bcdfghjklm'[i // 4 % 10]}{i % 4 == 0 and 'ing' or 'o'} "
            + " ".join(f"{x:.4f}" for x in vector)
        )
    path = tmp_path / "topics.txt"
    path.write_text("\n".join(["240 4", *dict.fromkeys(lines)]))
    run = lab.import_vectors(path, name="topics")
    return map_view(lab, run, lab.map(run, "pca"))


def rows_of(view, topic):
    return np.array([i for i, word in enumerate(view.items.words) if word.startswith(topic)])


def test_a_planted_group_is_alike_and_lies_in_regions_of_its_topic(view):
    rows = rows_of(view, "sea")
    found = what_they_share(view, rows)
    assert found.n == len(rows) and found.alike and found.cosine > found.random + 0.3
    assert all(word.startswith("sea") for word in found.central)
    assert all(name.startswith("sea") for name, _ in found.regions) and sum(share for _, share in found.regions) > 0.5
    assert [e.text for e in found.over] == ["words in -ing"]
    assert found.sentence.startswith(f"These {len(rows)} words lie") and f"{found.cosine:.2f}" in found.sentence
    assert "words in -ing (hardly elsewhere)" in found.sentence


def test_random_groups_are_said_to_be_no_more_alike_than_chance(view):
    rng = np.random.default_rng(1)
    stories = [what_they_share(view, rng.choice(240, 40, replace=False)) for _ in range(20)]
    assert sum(story.alike for story in stories) <= 2
    dull = next(story for story in stories if not story.alike)
    assert "no more alike than words taken at random" in dull.sentence and not dull.over


def test_placed_texts_are_left_out_and_one_point_is_no_group(view):
    rows = rows_of(view, "law")
    assert what_they_share(view, [-1, *rows]).n == len(rows)
    with pytest.raises(BadInput, match="two points or more"):
        what_they_share(view, [-1, 3])


def test_everything_has_nothing_to_be_compared_with(view):
    assert what_they_share(view, np.arange(240)).over == ()


def test_documents_are_compared_by_words_and_labels(lab, tmp_path):
    rng = np.random.default_rng(0)
    topics = {"sport": ["match", "goal", "team", "coach"], "food": ["bread", "oven", "soup", "flour"]}
    rows = [
        (label, " ".join(rng.choice([*topics[label], "people", "about", "other", "morning"], 20)))
        for label in topics
        for _ in range(40)
    ]
    path = tmp_path / "texts.tsv"
    path.write_text("label\ttext\n" + "\n".join("\t".join(row) for row in rows))
    corpus = lab.add_corpus(path, text_column="text", label_column="label")
    run = lab.train(corpus, "word2vec", dim=8, epochs=3, min_count=1, workers=1)
    view = map_view(lab, run, lab.map(run, "pca", what="documents"))
    found = what_they_share(view, np.arange(40))
    words = {e.value for e in found.over if e.kind == "word"}
    assert words <= set(topics["sport"]) and len(words) >= 3
    (label,) = [e for e in found.over if e.kind == "value"]
    assert label.text == "label “sport”" and label.ratio == np.inf
    assert view.default_colour == "label"

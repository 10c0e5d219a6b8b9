"""What the Start page knows before anything is trained: its map, neighbours, analogies, and spellings."""

import subprocess
import sys

import numpy as np
import pytest
from helpers.paths import ROOT

from embedlab.ui.start.ready import MAP, analogy, nearest, ready, ready_of
from embedlab.vectors.pretrained import available

pytestmark = pytest.mark.skipif(not available(), reason="the package with the pretrained vectors is missing")
DIGEST = "db3f756322ca4c9075e11057cfe1eb544a86c16a45759f45c219db1f0bb21766"


@pytest.fixture(scope="module")
def here():
    return ready()


def test_map_is_the_one_that_was_drawn_for_these_words(here):
    import hashlib

    assert hashlib.sha256(MAP.read_bytes()).hexdigest() == DIGEST
    assert len(here.cloud) == len(here.colour) == 15_000
    assert here.cloud.names[here.points["paris"]] == "paris"
    assert {level for *_, level in here.regions} == {0, 1}
    # Capitals stand together on it, far from fruit.
    places = {
        word: here.cloud.coords[here.points[word]] for word in ("paris", "vienna", "banana", "apple", "chocolate")
    }
    side = np.ptp(here.cloud.coords, axis=0).max()
    assert np.linalg.norm(places["paris"] - places["vienna"]) < 0.1 * side
    assert np.linalg.norm(places["banana"] - places["chocolate"]) < 0.1 * side
    assert np.linalg.norm(places["paris"] - places["chocolate"]) > 0.25 * side


def test_map_lies_on_its_side_where_the_window_is_tall(here):
    wide, tall = np.ptp(here.cloud.coords, axis=0), np.ptp(here.tall.cloud.coords, axis=0)
    assert wide[0] > 1.5 * wide[1] and tall.tolist() == wide[::-1].tolist()
    assert here.tall.regions[0][:3] == (here.regions[0][1], here.regions[0][0], here.regions[0][2])
    assert here.tall.points == here.points


def test_neighbours_of_a_word_are_true_ones_that_stand_on_the_map(here):
    answer = nearest(here, "Paris")
    assert answer.asked == ("paris",) and len(answer.near) == 10
    assert {"france", "brussels", "london"} <= {item.word for item in answer.near}
    assert all(item.word in here.points for item in answer.near) and "paris" not in [i.word for i in answer.near]
    scores = [item.score for item in answer.near]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == pytest.approx(here.embedding.neighbours("paris", 1)[0].score, abs=1e-5)


def test_word_that_is_not_drawn_is_answered_and_said_so(here):
    drawn = set(here.cloud.names)
    rare = next(word for word in reversed(here.words) if word.isalpha() and word not in drawn)
    answer = nearest(here, rare)
    assert "too rare to be drawn" in answer.sentence and len(answer.near) == 10


def test_unknown_word_gets_spellings(here):
    answer = nearest(here, "elefant")
    assert answer.unknown == "elefant" and "elephant" in [item.word for item in answer.near] and not answer.asked


def test_analogies_say_how_far_ahead_the_answer_is(here):
    answer = analogy(here, "france", "paris", "japan")
    assert answer.title == "paris − france + japan" and answer.near[0].word == "tokyo"
    assert answer.sentence == "“tokyo” is 0.09 ahead of “shanghai”: a clear answer."
    assert analogy(here, "man", "king", "woman").near[0].word == "queen"


def test_run_of_ones_own_stands_in_for_the_pretrained_words(filled):
    (run,) = filled.runs()
    own = ready_of(run.id, run)
    assert own.cloud.names == run.embedding.words[:3000] and run.name in own.learned_from
    word = own.words[5]
    assert nearest(own, word).near[0].word == run.embedding.neighbours(word, 1)[0].word


def test_first_picture_needs_no_library_that_draws_or_trains():
    code = (
        "import sys; from embedlab.ui.start.ready import ready; ready(); import embedlab.ui.start.page; "
        "print([name for name in ('torch', 'numba', 'scipy', 'pandas', 'sqlalchemy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

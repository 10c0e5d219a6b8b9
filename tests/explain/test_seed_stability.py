"""How stable the neighbours of a word are when the same run is trained with other seeds."""

import numpy as np
import pytest
from helpers.planted_sweep import swept

from embedlab import jobs
from embedlab.core.errors import BadInput


def test_identical_trainings_are_fully_stable_and_other_seeds_less(lab):
    from embedlab.explain.seed_stability import retrained

    corpus = lab.add_corpus("polarity")
    exact = dict(dim=12, epochs=3, min_count=2, workers=1, deterministic=True)
    a, b, c = (lab.train(corpus, "word2vec", seed=seed, **exact).embedding for seed in (1, 1, 2))
    assert (retrained([(1, a), (1, b)]).kept == 1).all()
    other = retrained([(1, a), (2, c)])
    assert other.baseline < other.kept.mean() < 0.9


def test_planted_shaky_word_is_named_and_agreement_is_counted():
    from embedlab.explain.seed_stability import retrained
    from embedlab.vectors.embedding import Embedding

    rng = np.random.default_rng(0)
    groups = np.repeat(np.eye(4, 8, dtype=np.float32), 12, axis=0)
    words = [f"w{i}" for i in range(48)]
    trainings = []
    for seed in range(3):
        vectors = groups + 0.02 * np.random.default_rng(5).standard_normal(groups.shape).astype(np.float32)
        vectors[7] = rng.standard_normal(8)  # a word that lands anywhere
        trainings.append((seed, Embedding(words, vectors)))
    found = retrained(trainings, k=5)
    assert found.words[int(found.kept.argmin())] == "w7" and np.median(found.kept) > 0.8
    assert max(n for _, n in found.agreed(20)) == 3


def test_stability_of_a_run_trains_the_other_seeds_and_is_kept(lab, tmp_path):
    from embedlab.explain.seed_stability import FILE, Retrained
    from embedlab.sweeps.seeds import new_check, stability_of

    run = lab.train("polarity", "word2vec", dim=12, epochs=2, min_count=2, workers=1)
    assert stability_of(run) is None
    id = new_check(lab, run, seeds=3)
    board = swept(lab, id)
    assert new_check(lab, run, seeds=3) == id, "what was begun goes on"
    found = stability_of(run)
    assert found.seeds == (1, 2, 3) and board.trials[0].config["workers"] == 1 and board.trials[0].config["dim"] == 12
    assert jobs.get(lab, id).result["kept"] == pytest.approx(float(found.kept.mean()))
    again = Retrained.load(run.folder / FILE)
    assert again.words == found.words and np.array_equal(again.kept, found.kept)
    view = lab.map(run, "pca")
    from embedlab.lab.map_view import map_view

    shown = map_view(lab, run, view)
    assert "seeds" in shown.colours() and len(shown.colour("seeds")) == len(view)


def test_stability_of_a_run_that_cannot_be_repeated_is_refused(lab, tmp_path):
    from embedlab.sweeps.seeds import new_check

    path = tmp_path / "v.txt"
    path.write_text("3 2\ncat 1 0\ndog 0.9 0.1\nbond 0 1\n")
    with pytest.raises(BadInput, match="no data here, so it cannot be trained again"):
        new_check(lab, lab.import_vectors(path))

"""Co-occurrences counted in shards are those counted in one place, to the last bit."""

import numpy as np
import pytest
from helpers.corpus_factory import make_corpus, random_sentences

from embedlab import jobs
from embedlab.core.errors import BadSetting
from embedlab.core.spill import Space
from embedlab.models.glove.config import GloveConfig
from embedlab.models.glove.cooccurrence import weights_of
from embedlab.models.glove.counts import Counting, Shard
from embedlab.models.glove.shards import count_corpus, count_shard, sentences_of, shard_folder, whole
from embedlab.models.glove.train import train


@pytest.fixture
def corpus(tmp_path):
    rng = np.random.default_rng(3)
    documents = [
        "\n".join(" ".join(line) for line in random_sentences(rng, n_words=60, n_sentences=7)) for _ in range(40)
    ]
    return make_corpus(tmp_path, documents)


def counted(corpus, how, held_out):
    with Space(1e9) as space:
        return count_corpus(corpus, how, space, held_out=held_out)


def same(a, b):
    return (a is None and b is None) or (
        a.entries.tobytes() == b.entries.tobytes()
        and np.array_equal(a.cuts, b.cuts)
        and np.array_equal(a.blocks, b.blocks)
    )


@pytest.mark.parametrize("n", [1, 2, 7])
@pytest.mark.parametrize("held_out", [0.0, 0.2])
def test_shards_sum_to_one_count_bit_for_bit(corpus, n, held_out):
    how = Counting(50, 6, x_max=4.0, seed=5)  # one thread, so that blocks are piled up in order
    one = counted(corpus, how, held_out)
    with Space(1e9) as space:
        for i in range(n):
            assert whole(corpus, how, held_out) is None
            count_shard(corpus, how, Shard(held_out, i, n), space=space)
    assert len(whole(corpus, how, held_out)) == n
    summed = counted(corpus, how, held_out)
    assert all(map(same, one, summed)) and len(one[0]) and (one[1] is not None) == (held_out > 0)


def test_glove_trains_the_same_vectors_from_shards(corpus):
    config = GloveConfig(dim=8, epochs=3, min_count=1, window=5, held_out=0.1)
    before = train(corpus, config, seed=2)
    with Space(1e9) as space:
        for i in range(3):
            count_shard(corpus, Counting(len(before.embedding), 5), Shard(0.1, i, 3), space=space)
    after = train(corpus, config, seed=2)
    assert (
        before.embedding.vectors.tobytes() == after.embedding.vectors.tobytes()
        and before.validation == after.validation
    )


def test_shards_cover_every_sentence_once(corpus):
    for n in (1, 3, 40):
        found = [sentences_of(corpus, i, n) for i in range(n)]
        assert found[0][0] == 0 and found[-1][1] == corpus.n_sentences
        assert all(a[1] == b[0] for a, b in zip(found[:-1], found[1:], strict=True))


def test_weights_add_up_exactly_in_any_order():
    drawn = np.random.default_rng(1).choice(weights_of(100), 200_000)
    assert (
        np.cumsum(drawn)[-1]
        == np.cumsum(drawn[::-1])[-1]
        == sum(np.cumsum(part)[-1] for part in np.array_split(drawn, 7))
    )
    np.testing.assert_allclose(weights_of(100), 1 / np.arange(1, 101), rtol=1e-6)


def test_shard_is_there_whole_or_not_at_all_and_counted_once(corpus, monkeypatch):
    how = Counting(50, 3)
    with Space(1e9) as space:

        def stop(progress):
            if "Counting" in progress.message:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            count_shard(corpus, how, Shard(0.0, 0, 2), space=space, report=stop)
        assert list(shard_folder(corpus, how, Shard(0.0, 0, 2)).parent.iterdir()) == []
        folder = count_shard(corpus, how, Shard(0.0, 0, 2), space=space)
        stamp = (folder / "train-sums.npy").stat().st_mtime_ns
        assert (
            count_shard(corpus, how, Shard(0.0, 0, 2), space=space) == folder
            and (folder / "train-sums.npy").stat().st_mtime_ns == stamp
        )
        with pytest.raises(BadSetting, match="40 documents"):
            count_shard(corpus, how, Shard(0.0, 0, 41), space=space)


def test_counting_as_jobs_leaves_shards_and_no_jobs(lab):
    from embedlab.jobs.specs import Training
    from embedlab.sweeps.conductor import threads_here
    from embedlab.sweeps.shared_work import share_work

    corpus = lab.add_corpus("lee")
    folder = share_work(
        lab, Training(corpus, "glove", {"window": 4, "min_count": 3}), parts=3, hands=threads_here(lab, 2)
    )
    assert sorted(path.name for path in folder.iterdir()) == ["0-of-3", "1-of-3", "2-of-3"]
    assert jobs.list_jobs(lab, kind="count") == []

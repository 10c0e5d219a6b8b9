"""Films: what is recorded, how it is read back, and positions that an eye can follow."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from helpers.small_film import WORDS, filmed, learning, rows_at

from embedlab import jobs, plots
from embedlab.core.errors import BadInput
from embedlab.core.progress import Progress
from embedlab.jobs.recorder import Recorder
from embedlab.models.training.film import Film, Filming, callbacks, content_words, pairs_of, rewind, words_of
from embedlab.models.training.session import ALONE, Session
from embedlab.projections.film_planes import follow, procrustes, replay
from embedlab.vectors.embedding import Embedding

# Choosing


def test_content_words_leave_out_function_words_numbers_and_letters():
    assert content_words(WORDS, 5) == ["film", "actor", "plot", "scene", "camera"]


def test_content_words_fall_back_on_the_others_when_they_are_too_few():
    assert content_words(WORDS, 8) == ["film", "actor", "plot", "scene", "camera", "director", "the", "of"]


def test_content_words_of_another_language_leave_out_its_short_frequent_words():
    german = ["die", "der", "und", "stadt", "im", "kirche", *(f"wort{i}" for i in range(200)), "arm"]
    assert content_words(german, 3) == ["stadt", "kirche", "wort0"]
    assert "arm" in content_words(german, 203)
    assert content_words(["東京", "大学", "人"], 3) == ["東京", "大学", "人"]


def test_pairs_are_read_as_they_are_typed():
    assert pairs_of("king queen, bank-river;\n well-known:famous,, king queen") == [
        ("king", "queen"),
        ("bank", "river"),
        ("well-known", "famous"),
    ]
    with pytest.raises(BadInput, match="'river' has 1 word; a pair has two"):
        pairs_of("king queen, river")
    assert words_of("king, queen  bank,king") == ["king", "queen", "bank"]


# Recording and reading


def test_film_reads_back_what_was_recorded(tmp_path):
    filmed(tmp_path, probes=["film", "plot"], pairs=[("film", "actor"), ("scene", "plot")], n_words=6)
    film = Film.open(tmp_path)
    assert film.words == ["film", "plot", "actor", "scene", "camera", "director"]
    assert (
        film.done.tolist() == [0, 0.5, 1]
        and film.missing == []
        and film.pairs == [("film", "actor"), ("scene", "plot")]
    )
    ids = [WORDS.index(word) for word in film.words]
    for frame, share in enumerate(film.done):
        np.testing.assert_array_equal(film.vectors[frame], learning(share)[ids].astype(np.float16))
        whole = Embedding(WORDS, learning(share))
        for probe in film.probes:
            wanted = [(hit.word, pytest.approx(hit.score, abs=1e-4)) for hit in whole.neighbours(probe, k=10)]
            assert film.neighbours[frame][probe] == wanted
        cosines = [whole.similarity_matrix(list(pair))[0, 1] for pair in film.pairs]
        np.testing.assert_allclose(film.similarities[frame], cosines, atol=1e-4)


def test_film_of_nothing_is_none(tmp_path):
    assert Film.open(tmp_path) is None
    Filming(tmp_path)
    assert Film.open(tmp_path) is None


def test_unknown_words_are_listed_and_left_out(tmp_path):
    filmed(tmp_path, probes=["film", "zebra"], pairs=[("film", "yak"), ("plot", "scene")])
    film = Film.open(tmp_path)
    assert film.missing == ["zebra", "yak"] and film.probes == ["film"] and film.pairs == [("plot", "scene")]


def test_half_written_frame_is_not_there_yet(tmp_path):
    filmed(tmp_path, probes=["film"])
    frames = tmp_path / "frames"
    whole = (frames / "frames.jsonl").read_bytes()
    (frames / "frames.jsonl").write_bytes(whole[:-20])
    assert len(Film.open(tmp_path)) == 2
    (frames / "frames.jsonl").write_bytes(whole)
    vectors = (frames / "vectors.f16").read_bytes()
    (frames / "vectors.f16").write_bytes(vectors[:-3])
    film = Film.open(tmp_path)
    assert len(film) == 2 and film.vectors.shape == (2, 10, 6) and len(film.neighbours) == 2


def test_resumed_training_goes_on_after_its_checkpoint(tmp_path):
    filmed(tmp_path, shares=(0, 0.25, 0.5, 0.75), probes=["film"], n_words=4)
    filming = Filming(tmp_path, resumed_at=0.6)
    assert Film.open(tmp_path).done.tolist() == [0, 0.25, 0.5]
    assert not filming.due(0.5) and filming.due(0.6)
    filming.show(0.8, WORDS, rows_at(0.8))
    film = Film.open(tmp_path)
    assert film.done.tolist() == [0, 0.25, 0.5, 0.8] and film.probes == ["film"] and len(film.words) == 4
    np.testing.assert_array_equal(film.vectors[3, 0], learning(0.8)[WORDS.index("film")].astype(np.float16))


def test_film_that_is_mapped_survives_a_rewind(tmp_path):
    filmed(tmp_path)
    film = Film.open(tmp_path)
    rewind(tmp_path, 0.0)
    assert np.isfinite(film.vectors[2]).all() and len(Film.open(tmp_path)) == 1


def test_callbacks_film_a_session_and_clear_an_earlier_film(tmp_path):
    watch = {"words": 5, "probes": ["film"], "pairs": [["film", "plot"]]}
    session = Session(**callbacks(tmp_path, watch))
    for share in (0, 0.3, 1):
        session.rest(share, WORDS, rows_at(share), lambda: None)
    assert Film.open(tmp_path).done.tolist()[0] == 0 and Film.open(tmp_path).done.tolist()[-1] == 1
    resumed = callbacks(tmp_path, None, resumed_at=0.0)
    assert resumed["show"].__self__.probes == ["film"]
    assert callbacks(tmp_path, None) == {} and Film.open(tmp_path) is None
    assert Session(**callbacks(tmp_path, None)).show is ALONE.show


def test_filming_comes_at_equal_shares_and_within_its_budget(tmp_path, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("embedlab.models.training.film.time.perf_counter", lambda: clock[0])

    def slow_rows(ids):
        clock[0] += 0.01
        return learning(0.5)[ids]

    filming = Filming(tmp_path, n_frames=10)
    session = Session(show=filming.show, show_due=filming.due)
    for step in range(1001):
        clock[0] += 0.1
        session.rest(step / 1000, WORDS, slow_rows, lambda: None)
    assert Film.open(tmp_path).done.tolist() == [step / 10 for step in range(11)]
    filming, began = Filming(tmp_path), clock[0]
    session = Session(show=filming.show, show_due=filming.due)
    for step in range(1001):
        clock[0] += 0.1
        session.rest(step / 1000, WORDS, slow_rows, lambda: None)
    assert 0.005 < filming.spent / (clock[0] - began) < 0.05


@pytest.mark.parametrize(("seconds", "cost", "least", "most"), [(0.5, 0.01, 24, 40), (5, 0.5, 5, 16)])
def test_even_a_short_training_has_moments_enough_for_about_a_second(tmp_path, monkeypatch, seconds, cost, least, most):
    clock = [100.0]
    for name in ("perf_counter", "thread_time"):
        monkeypatch.setattr(f"embedlab.models.training.film.time.{name}", lambda: clock[0])

    def slow_rows(ids):
        clock[0] += cost / 2
        return learning(0.5)[ids]

    filming = Filming(tmp_path)
    session = Session(show=filming.show, show_due=filming.due)
    for step in range(1001):
        clock[0] += seconds / 1000
        session.rest(step / 1000, WORDS, slow_rows, lambda: None)
    assert least <= len(Film.open(tmp_path)) <= most and filming.spent < 4


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_full_disk_ends_the_film_and_not_the_training(tmp_path):
    filming = filmed(tmp_path, shares=(0,))
    (tmp_path / "frames/frames.jsonl").rename(tmp_path / "frames/kept")
    (tmp_path / "frames/frames.jsonl").symlink_to("/dev/full")
    filming.show(0.5, WORDS, rows_at(0.5))
    assert filming.stopped and not filming.due(0.9)
    (tmp_path / "frames/kept").replace(tmp_path / "frames/frames.jsonl")
    assert len(Film.open(tmp_path)) == 1


def test_vectors_that_are_no_numbers_make_no_frame(tmp_path):
    filming = filmed(tmp_path, shares=(0,))
    filming.show(0.5, WORDS, lambda ids: learning(0.5)[ids] * np.nan)
    assert len(Film.open(tmp_path)) == 1


def test_newcomers_are_neighbours_that_were_not_there_before(tmp_path):
    filmed(tmp_path, shares=(0, 1), probes=["film"])
    lines = [json.loads(line) for line in (tmp_path / "frames/frames.jsonl").read_text().splitlines()]
    lines[0]["neighbours"]["film"] = [["plot", 0.5], ["scene", 0.4]]
    lines[1]["neighbours"]["film"] = [["camera", 0.9], ["plot", 0.5]]
    (tmp_path / "frames/frames.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    film = Film.open(tmp_path)
    assert film.newcomers(1, "film") == {"camera"} and film.newcomers(0, "film") == set()


# Positions


@pytest.mark.parametrize("mirrored", [False, True])
def test_procrustes_undoes_a_planted_rotation_or_reflection(mirrored):
    rng = np.random.default_rng(1)
    points = rng.normal(size=(50, 2)) * [3, 1]
    turn = np.array([[np.cos(2), -np.sin(2)], [np.sin(2), np.cos(2)]]) @ np.diag([1, -1 if mirrored else 1])
    found = procrustes(points @ turn, points)
    np.testing.assert_allclose(points @ turn @ found, points, atol=1e-10)


def test_follow_lies_as_the_moment_before_and_keeps_distances():
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(200, 8)) * [3, 2, 1, 1, 1, 1, 1, 1]
    alone = follow(vectors)
    turn = np.array([[0.6, -0.8], [-0.8, -0.6]])
    turned = follow(vectors, alone @ turn)
    np.testing.assert_allclose(turned, alone @ turn, atol=1e-5)
    gaps = lambda points: np.linalg.norm(points[:, None] - points[None], axis=2)  # noqa: E731
    np.testing.assert_allclose(gaps(turned), gaps(alone), atol=1e-5)


def test_follow_moves_less_than_the_plane_alone():
    rng = np.random.default_rng(5)
    start = rng.normal(size=(300, 20))
    steps = [start + 0.05 * i * rng.normal(size=20) for i in range(12)]
    followed = [follow(steps[0])]
    for step in steps[1:]:
        followed.append(follow(step, followed[-1]))
    jumps = [np.abs(b - a).mean() for a, b in zip(followed[:-1], followed[1:], strict=True)]
    alone = [np.abs(follow(b) - follow(a)).mean() for a, b in zip(steps[:-1], steps[1:], strict=True)]
    assert sum(jumps) <= sum(alone) + 1e-6


def test_replay_unfolds_clusters_that_were_not_there_at_the_start():
    rng = np.random.default_rng(4)
    labels = np.arange(120) % 3
    noise, centres = rng.normal(size=(120, 30)), 4 * rng.normal(size=(3, 30))
    frames = [noise + share * centres[labels] for share in (0, 0.5, 1)]
    seen = replay(frames)
    assert seen.shape == (3, 120, 2) and seen.dtype == np.float32
    spread = [_separation(points, labels) for points in seen]
    assert spread[0] < 0.2 < 2 < spread[2]
    assert np.abs(seen[0]).max() < 0.75 * np.abs(seen[2]).max()
    np.testing.assert_allclose(np.abs(seen[2]), np.abs(follow(frames[2])), atol=1e-5)


def _separation(points, labels) -> float:
    """Spread of the cluster means over the spread within."""
    means = np.array([points[labels == label].mean(axis=0) for label in range(3)])
    return float(means.std(axis=0).mean() / (points - means[labels]).std(axis=0).mean())


def test_positions_of_vectors_of_one_dimension_lie_on_a_line():
    assert not follow(np.array([[1.0], [-1.0], [2.0]]))[:, 1].any()


# What the page takes


def test_film_data_carries_positions_lists_and_moments(tmp_path):
    filmed(tmp_path, probes=["film", "plot"], pairs=[("film", "plot")])
    film = Film.open(tmp_path)
    positions = replay(film.vectors)
    data = json.loads(json.dumps(plots.film_data(film, positions, range(3), id="a run")))
    sent = np.frombuffer(base64.b64decode(data["positions"]), "<i2").reshape(3, 10, 2) / 32767 * data["scale"]
    np.testing.assert_allclose(sent, positions, atol=data["scale"] / 32767)
    assert data["words"] == film.words and data["done"] == [0, 0.5, 1] and data["probes"] == ["film", "plot"]
    assert [word for word, *_ in data["neighbours"][2][1]] == [word for word, _ in film.neighbours[2]["plot"]]
    assert data["reach"][0] >= np.abs(positions[:, :2, 0]).max()


def test_film_data_marks_new_neighbours(tmp_path):
    filmed(tmp_path, shares=(0, 1), probes=["film"])
    path = tmp_path / "frames/frames.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[0]["neighbours"]["film"], lines[1]["neighbours"]["film"] = [["plot", 0.5]], [["camera", 0.9], ["plot", 0.5]]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    film = Film.open(tmp_path)
    data = plots.film_data(film, replay(film.vectors)[1:], [1], id="a run")
    assert data["neighbours"] == [[[["camera", 0.9, 1], ["plot", 0.5, 0]]]]


def test_pair_curves_keep_their_axes(tmp_path):
    filmed(tmp_path, shares=(0, 0.5), pairs=[("film", "plot"), ("a", "camera")])
    figure = plots.pair_curves(Film.open(tmp_path))
    assert [trace.name for trace in figure.data] == ["film – plot", "a – camera"]
    assert list(figure.data[0].x) == [0, 0.5] and tuple(figure.layout.xaxis.range) == (-0.01, 1.01)


def test_loss_curve_draws_the_held_out_loss_beside_the_training_loss():
    figure = plots.loss_curve(plots.with_held_out([(1, 3.0), (2, 2.0), (3, 1.0)], [(1, 3.1), (2, 2.5), (3, 2.7)]))
    assert [trace.name for trace in figure.data] == ["training text", "held-out text"] and figure.layout.showlegend
    assert not plots.loss_curve(plots.with_held_out([(1, 3.0)], [])).layout.showlegend


def test_validation_note_names_the_lowest_epoch_once_the_loss_has_risen():
    note = plots.validation_note([(1, 3.0), (2, 2.5), (3, 2.4), (4, 2.6)])
    assert note.startswith("The held-out loss has risen since epoch 3: the model begins to overfit.")
    assert plots.validation_note([(1, 3.0), (2, 2.5)]) == "" == plots.validation_note([(1, 3.0)])
    assert plots.validation_note([(1, 3.0), (2, 2.5), (3, 2.501)]) == ""
    ranked = [(1, 0.45), (2, 0.42), (3, 0.425)]
    assert plots.validation_note(ranked, "ranking_error") == ""
    note = plots.validation_note([*ranked, (4, 0.43)], "ranking_error")
    assert note.startswith("The held-out ranking error has risen since epoch 2:")


def test_history_of_a_job_keeps_the_held_out_loss(tmp_path):
    recorder = Recorder(tmp_path)
    recorder(Progress(1, 2, "Epoch 1 of 2 done", {"epoch": 1, "loss": 2.0, "validation": 2.5}))
    record = json.loads((tmp_path / "history.jsonl").read_text())
    assert (record["epoch"], record["loss"], record["validation"]) == (1, 2.0, 2.5)


def test_training_started_again_is_watched_as_before(lab, monkeypatch):
    monkeypatch.setattr(jobs, "dispatch_or_fail", lambda workspace, id, call=None: None)
    id = lab.new_training(lab.add_corpus("polarity"), "word2vec", {})
    watch = {"words": 100, "probes": ["film"], "pairs": []}
    assert jobs.get(lab, jobs.start_training(lab, id, watch=watch)).spec == {"run": id, "resume": False, "watch": watch}
    jobs.cancel(lab, id)
    assert jobs.get(lab, jobs.start_training(lab, id)).spec["watch"] == watch

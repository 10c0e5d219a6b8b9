"""Checkpoints are there whole or not at all, and are saved no more often than they may be."""

import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
from helpers.paths import TESTS
from helpers.small_checkpoint import checkpoint

from embedlab.core.errors import BadInput, BadSetting, NotFound
from embedlab.core.progress import silent
from embedlab.models.training import checkpoints
from embedlab.models.training.checkpoints import Keeper, Place
from embedlab.models.training.session import Checkpoint, Paused, Session


def numbers_in(kept: Checkpoint) -> set[int]:
    return {kept.state["n"], *(int(value) for array in kept.arrays.values() for value in np.unique(array))}


def test_checkpoint_comes_back_as_it_went_in(tmp_path):
    kept = Checkpoint(
        {"engine": "e", "words": ["ü"], "big": 2**100},
        {"none": np.zeros((0, 3), np.float32), "ids": np.arange(5), "t": np.eye(3).T[:, 1:]},
    )
    checkpoints.save(tmp_path / "c", kept, place=Place(0.25, 12.5, 2, "now"), of={"corpus": ["a", 3]})
    back = checkpoints.load(tmp_path / "c", of={"corpus": ("a", 3)})
    assert dict(back.state) == dict(kept.state) and set(back.arrays) == set(kept.arrays)
    for name, array in kept.arrays.items():
        assert back.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(back.arrays[name], array)
    assert checkpoints.place_of(tmp_path / "c") == Place(0.25, 12.5, 2, "now")
    assert {path.suffix for path in (tmp_path / "c").rglob("*") if path.is_file()} == {".json", ".npy"}


def test_newer_checkpoint_takes_the_place_of_the_older_one_and_leaves_nothing_of_it(tmp_path):
    for n in (1, 2, 3):
        checkpoints.save(tmp_path, checkpoint(n))
        assert numbers_in(checkpoints.load(tmp_path)) == {n}
    assert len(list(tmp_path.iterdir())) == 2


def test_half_written_checkpoint_is_ignored_and_cleared_away_by_the_next(tmp_path):
    checkpoints.save(tmp_path, checkpoint(1))
    (tmp_path / "0123456789ab").mkdir()
    (tmp_path / "0123456789ab" / "first.npy").write_bytes(b"\x93NUMPY half")
    (tmp_path / ".head-0123456789ab").write_text("{")
    assert numbers_in(checkpoints.load(tmp_path)) == {1}
    checkpoints.save(tmp_path, checkpoint(2))
    assert numbers_in(checkpoints.load(tmp_path)) == {2} and len(list(tmp_path.iterdir())) == 2


def test_folder_without_a_whole_checkpoint_holds_none(tmp_path):
    (tmp_path / "head.json").write_text('{"format": 1')
    for folder in (tmp_path / "nowhere", tmp_path):
        assert checkpoints.place_of(folder) is None
        with pytest.raises(NotFound, match="No usable checkpoint .* Train again from the start"):
            checkpoints.load(folder)


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes()[:-1] + b"!"),
    ],
    ids=["missing", "short", "changed"],
)
@pytest.mark.parametrize("name", ["first.npy", "state.json"])
def test_damage_is_noticed(tmp_path, name, harm):
    checkpoints.save(tmp_path, checkpoint(1))
    harm(next(tmp_path.rglob(name)))
    with pytest.raises(BadInput, match=f"is damaged: {name} is .* Train again from the start"):
        checkpoints.load(tmp_path)


def test_checkpoint_of_something_else_is_refused_by_name(tmp_path):
    checkpoints.save(tmp_path, checkpoint(1), of={"corpus": "a", "seed": 1})
    with pytest.raises(BadInput, match="does not fit: the corpus changed"):
        checkpoints.load(tmp_path, of={"corpus": "b", "seed": 1})


def test_pickled_objects_are_neither_written_nor_read(tmp_path):
    with pytest.raises(ValueError, match="pickle"):
        checkpoints.save(tmp_path, Checkpoint({}, {"things": np.array([{}], object)}))
    assert checkpoints.place_of(tmp_path) is None


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_writer_killed_at_any_moment_leaves_a_whole_checkpoint(tmp_path):
    code = (
        "import sys; from pathlib import Path; from helpers.small_checkpoint import checkpoint; from "
        "embedlab.models.training import checkpoints\n"
        "n = int(sys.argv[2])\n"
        "while True:\n"
        "    checkpoints.save(Path(sys.argv[1]), checkpoint(n, 200_000)); print(n, flush=True); n += 1"
    )
    seen, rng = 0, np.random.default_rng(1)
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), str(seen)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=TESTS,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        writer.stdout.readline()
        time.sleep(rng.uniform(0, 0.1))
        writer.send_signal(signal.SIGKILL)
        told = [int(line) for line in writer.stdout.read().split()]
        writer.wait()
        [n] = numbers_in(checkpoints.load(tmp_path))
        assert max(told, default=seen) <= n <= max(told, default=seen) + 1
        seen = n + 1


# Keeping


def test_large_checkpoints_are_saved_less_often(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBEDLAB_CHECKPOINT_EVERY", "0")
    clock = [100.0]

    def slow_save(*_, **__):
        clock[0] += 0.05

    monkeypatch.setattr(checkpoints, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(checkpoints, "save", slow_save)
    keeper = Keeper(tmp_path, silent, of={})
    assert keeper.due() and keeper.save(checkpoint(1))
    clock[0] += 0.9
    assert not keeper.due()  # saving takes a twentieth of the time at most
    clock[0] += 0.2
    assert keeper.due()


def test_interval_that_is_no_number_is_refused(monkeypatch):
    monkeypatch.setenv("EMBEDLAB_CHECKPOINT_EVERY", "often")
    with pytest.raises(BadSetting, match="number of seconds; got 'often'"):
        checkpoints.every()


def test_session_does_not_pause_when_nothing_could_be_saved():
    session = Session(save=lambda _: False, pause_asked=lambda: True)
    session.rest(0.5, [], None, lambda: None)
    with pytest.raises(Paused):
        Session(save=lambda _: None, pause_asked=lambda: True).rest(0.5, [], None, lambda: None)

"""The one atomic writer, folders that appear at once, and damaged files told from bugs."""

import json
import os
import threading
import time

import numpy as np
import pytest

from embedlab.core.errors import BadInput, NotFound
from embedlab.core.files import (
    STALE_SECONDS,
    Kept,
    new_file,
    publish,
    read_array,
    read_json,
    read_json_list,
    read_npz,
    replace_folder,
    save_npz,
    staging,
    write_array,
    write_bytes,
    write_json,
)

KEPT = Kept("The map", "There is no map. Draw it.", "Draw it again.")


def names_in(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("durable", [True, False])
def test_two_threads_write_the_same_file_at_once_and_one_of_them_wins_whole(tmp_path, durable):
    path, start, errors = tmp_path / "deep" / "state.json", threading.Barrier(4), []

    def write(letter: str) -> None:
        try:
            start.wait()
            for _ in range(25):
                write_bytes(path, letter.encode() * 50_000, durable=durable)
                assert len(set(path.read_bytes())) == 1 and len(path.read_bytes()) == 50_000
        except BaseException as error:  # told to the test
            errors.append(error)

    threads = [threading.Thread(target=write, args=(letter,)) for letter in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == [] and names_in(path.parent) == ["state.json"]


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt, MemoryError])
def test_write_that_fails_half_way_leaves_the_old_file_and_nothing_else(tmp_path, error):
    write_json(tmp_path / "state.json", {"old": 1})
    with pytest.raises(error if isinstance(error, type) else type(error)):
        with new_file(tmp_path / "state.json") as file:
            file.write(b'{"new')
            raise error
    assert json.loads((tmp_path / "state.json").read_bytes()) == {"old": 1}
    assert names_in(tmp_path) == ["state.json"]


def test_write_that_the_disk_refuses_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    write_array(tmp_path / "a.npy", np.arange(3))

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_array(tmp_path / "a.npy", np.arange(9))
    assert np.load(tmp_path / "a.npy").tolist() == [0, 1, 2] and names_in(tmp_path) == ["a.npy"]


def test_durable_file_is_flushed_before_it_gets_its_name_and_its_folder_after(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(os, "fsync", lambda handle: seen.append((tmp_path / "a").exists()))
    write_bytes(tmp_path / "a", b"x")
    assert seen == [False, True]
    write_bytes(tmp_path / "b", b"x", durable=False)
    assert seen == [False, True]


def test_file_of_the_longest_name_can_be_written(tmp_path):
    write_bytes(tmp_path / ("n" * 255), b"x")
    assert names_in(tmp_path) == ["n" * 255]


def test_folder_appears_whole_and_the_first_of_two_builders_stays(tmp_path):
    with staging(tmp_path, "new") as first, staging(tmp_path, "new") as second:
        (first / "a").write_bytes(b"1")
        assert first != second and not (tmp_path / "final").exists()
        publish(first, tmp_path / "final")
        (second / "a").write_bytes(b"2")
        publish(second, tmp_path / "final")
    assert (tmp_path / "final" / "a").read_bytes() == b"1" and names_in(tmp_path) == ["final"]


def test_folder_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), staging(tmp_path, "new") as folder:
        (folder / "a").write_bytes(b"1")
        raise ZeroDivisionError
    assert names_in(tmp_path) == []


def test_folder_takes_the_place_of_half_a_folder_or_of_the_one_before(tmp_path):
    (tmp_path / "final").mkdir()
    with staging(tmp_path, "new") as folder:
        (folder / "whole").write_bytes(b"1")
        publish(folder, tmp_path / "final", whole=lambda path: (path / "whole").exists())
    with staging(tmp_path, "new") as folder:
        (folder / "other").write_bytes(b"2")
        replace_folder(folder, tmp_path / "final")
    assert names_in(tmp_path) == ["final"] and names_in(tmp_path / "final") == ["other"]


def test_only_folders_of_a_killed_builder_are_cleared_away(tmp_path):
    left, fresh, other = tmp_path / ".new-1", tmp_path / ".new-2", tmp_path / ".newer"
    for folder in (left, fresh, other):
        folder.mkdir()
    long_ago = time.time() - 2 * STALE_SECONDS
    for folder in (left, other):
        os.utime(folder, (long_ago, long_ago))
    with staging(tmp_path, "new"):
        assert not left.exists() and fresh.exists() and other.exists()


def test_npz_comes_back_as_it_was_saved(tmp_path):
    save_npz(tmp_path / "m.npz", {"words": ["a", "ö"]}, coords=np.eye(2))
    about, arrays = read_npz(tmp_path / "m.npz", KEPT, about=("words",), arrays=("coords",))
    assert about == {"words": ["a", "ö"]} and arrays["coords"].tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(("about", "arrays"), [(("words", "seed"), ("coords",)), (("words",), ("coords", "ids"))])
def test_npz_that_lacks_something_is_damaged(tmp_path, about, arrays):
    save_npz(tmp_path / "m.npz", {"words": []}, coords=np.eye(2))
    with pytest.raises(BadInput, match=r"^The map is damaged \(m.npz: it lacks (seed|ids)\). Draw it again.$"):
        read_npz(tmp_path / "m.npz", KEPT, about=about, arrays=arrays)


def read(path):
    """What the reader for a file's ending makes of it."""
    return {
        ".npz": lambda: read_npz(path, KEPT, about=(), arrays=("coords",)),
        ".npy": lambda: read_array(path, KEPT),
        ".json": lambda: read_json(path, KEPT),
        ".list": lambda: read_json_list(path, KEPT),
    }[path.suffix]()


@pytest.mark.parametrize("name", ["m.npz", "m.npy", "m.json", "m.list"])
def test_missing_file_is_told_from_a_damaged_one(tmp_path, name):
    with pytest.raises(NotFound, match="^There is no map. Draw it.$"):
        read(tmp_path / name)
    for content in (b"", b"no such format", b"[1, 2]", b"\x93NUMPY\x01\x00", b"PK\x03\x04" + bytes(40), b"[" * 100_000):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadInput, match=rf"^The map is damaged \({name}: .*\). Draw it again.$"):
            read(tmp_path / name)


@pytest.mark.parametrize("compress", [True, False])
def test_npz_with_any_byte_turned_round_is_read_or_damaged_and_never_a_traceback(tmp_path, compress):
    path = tmp_path / "m.npz"
    save_npz(path, {"words": ["a"] * 20}, compress=compress, coords=np.arange(12.0).reshape(6, 2))
    whole = path.read_bytes()
    damaged = 0
    for at in range(0, len(whole), 3):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            read(path)
        except BadInput:
            damaged += 1
    assert damaged > len(whole) / 6


def test_array_cut_short_is_damaged_mapped_or_not(tmp_path):
    write_array(tmp_path / "a.npy", np.arange(1000))
    whole = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(whole[:-8])
    for mapped in (True, False):
        with pytest.raises(BadInput, match="The map is damaged"):
            read_array(tmp_path / "a.npy", KEPT, mapped=mapped)


def test_empty_array_can_be_read_mapped(tmp_path):
    write_array(tmp_path / "a.npy", np.empty((0, 3), np.float32))
    assert read_array(tmp_path / "a.npy", KEPT, mapped=True).shape == (0, 3)

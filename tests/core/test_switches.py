"""Switches of the whole process: blocks inside each other, several threads at once, and nobody waits for anybody."""

import os
import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from embedlab.core.device import torch_threads
from embedlab.core.parallel import (
    SharedSwitch,
    one_blas_thread,
    one_thread,
    same_numba_threads,
    set_environment,
)


class Counting:
    """A setting that remembers its values."""

    def __init__(self):
        self.value, self.seen = "first", []

    def change(self):
        before, self.value = self.value, "changed"
        self.seen.append("changed")

        def back():
            self.value = before

        return back


def in_two_threads(first, second) -> None:
    """Both functions at once, each given a `meet()` that waits for the other; what either raises is raised here."""
    barrier, errors = threading.Barrier(2, timeout=30), []

    def run(work) -> None:
        try:
            work(barrier.wait)
        except BaseException as error:  # told to the test
            errors.append(error)
            barrier.abort()

    threads = [threading.Thread(target=run, args=(work,)) for work in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_switch_is_set_back_after_the_last_of_nested_blocks_and_after_an_error():
    setting = Counting()
    switch = SharedSwitch(setting.change)
    with switch.held(), switch.held():
        assert setting.value == "changed"
    assert setting.value == "first" and switch.undo == []
    with pytest.raises(ValueError, match="inside"), switch.held():
        raise ValueError("inside")
    assert setting.value == "first"


def test_switch_stays_while_a_block_of_another_thread_goes_on():
    setting = Counting()
    switch = SharedSwitch(setting.change)

    def first(meet):
        with switch.held():
            meet()  # both are inside at once: neither waits for the other
            meet()
        meet()

    def second(meet):
        with switch.held():
            meet()
            meet()
            meet()  # the first block has ended
            assert setting.value == "changed"

    in_two_threads(first, second)
    assert setting.value == "first"


def blas_threads() -> list[int]:
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


def test_matrix_products_use_one_thread_until_the_last_block_ends():
    np.ones((2, 2)) @ np.ones((2, 2))
    before = blas_threads()

    def first(meet):
        with one_blas_thread():
            meet()
        meet()

    def second(meet):
        with one_blas_thread(), one_thread():
            meet()
            meet()
            assert set(blas_threads()) == {1}

    in_two_threads(first, second)
    assert blas_threads() == before


def test_torch_threads_of_nested_blocks_come_back_one_by_one():
    import torch

    before = torch.get_num_threads()
    with torch_threads(3):
        with torch_threads(1):
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 3
    assert torch.get_num_threads() == before


def test_torch_threads_of_two_trainings_at_once_are_those_each_asked_for():
    import torch

    before, seen = torch.get_num_threads(), {}

    def training(name: str, n: int):
        def work(meet):
            with torch_threads(n):
                meet()
                seen[name] = torch.get_num_threads()
                meet()
            seen[name + " after"] = torch.get_num_threads()

        return work

    in_two_threads(training("one", 3), training("other", 2))
    assert (seen["one"], seen["other"]) == (3, 2)
    assert torch.get_num_threads() == before
    begun = []
    thread = threading.Thread(target=lambda: begun.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert begun == [before]


def test_threads_started_inside_a_block_begin_with_its_number():
    import torch

    begun = []
    with torch_threads(1):
        thread = threading.Thread(target=lambda: begun.append(torch.get_num_threads()))
        thread.start()
        thread.join()
    assert begun == [1]


def test_numba_has_as_many_threads_after_a_library_changed_them():
    import numba

    before = numba.get_num_threads()
    with pytest.raises(ValueError, match="inside"), same_numba_threads():
        numba.set_num_threads(1)
        raise ValueError("inside")
    assert numba.get_num_threads() == before


def test_environment_is_set_with_and_without_replacing(monkeypatch):
    monkeypatch.setenv("EMBEDLAB_TEST_A", "mine")
    monkeypatch.setenv("EMBEDLAB_TEST_B", "")
    monkeypatch.delenv("EMBEDLAB_TEST_B")
    set_environment({"EMBEDLAB_TEST_A": "new", "EMBEDLAB_TEST_B": "new"}, replace=False)
    assert (os.environ["EMBEDLAB_TEST_A"], os.environ["EMBEDLAB_TEST_B"]) == ("mine", "new")
    set_environment({"EMBEDLAB_TEST_A": "new"})
    assert os.environ["EMBEDLAB_TEST_A"] == "new"

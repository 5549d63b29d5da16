"""Blocks of environments in several threads."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from powergrid.errors import PowerFlowError
from powergrid.powerflow import FixedPointSolver, compile_network, get_threads, set_threads
from powergrid.powerflow.threads import in_blocks


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = get_threads()
    yield
    set_threads(before)


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("n_env", [1, 127, 128, 1000])
def test_every_environment_is_done_once(threads: int, n_env: int) -> None:
    set_threads(threads)
    done = np.zeros(n_env, dtype=int)

    def work(first: int, stop: int) -> None:
        done[first:stop] += 1

    in_blocks(work, n_env)
    assert done.tolist() == [1] * n_env


def test_large_batches_use_other_threads() -> None:
    set_threads(2)
    meeting = threading.Barrier(2, timeout=20.0)  # a block waits until another thread has taken one too
    in_blocks(lambda first, stop: meeting.wait() and None, 128)


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_do_not_change_a_bit(two_buses: Callable[..., Any], threads: int) -> None:
    network = compile_network(two_buses())
    s = np.zeros((2, 1000), dtype=np.complex128)
    s[1] = -np.random.default_rng(0).uniform(0.0, 3.0, 1000)  # beyond 2.5 MVA there is no solution
    set_threads(1)
    alone = FixedPointSolver(network).solve(s)
    assert set(alone.status.tolist()) != {0}
    set_threads(threads)
    shared = FixedPointSolver(network).solve(s)
    for name in ("v", "status", "iterations", "mismatch_mva"):
        np.testing.assert_array_equal(getattr(shared, name), getattr(alone, name), err_msg=name)


def test_an_error_in_a_block_arrives() -> None:
    set_threads(2)

    def work(first: int, stop: int) -> None:
        if stop == 256:
            raise RuntimeError("block at the end")

    with pytest.raises(RuntimeError, match="block at the end"):
        in_blocks(work, 256)


def test_after_an_error_nobody_goes_on_working() -> None:
    set_threads(2)
    begun, ended = [], []

    def work(first: int, stop: int) -> None:
        if threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt
        begun.append(first)
        time.sleep(0.05)
        ended.append(first)

    with pytest.raises(KeyboardInterrupt):
        in_blocks(work, 6400)
    assert begun == ended
    time.sleep(0.1)
    assert len(begun) < 2  # the blocks that were left are left


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_gets_threads_of_its_own() -> None:
    set_threads(2)
    in_blocks(lambda first, stop: None, 256)  # the parent's threads run; the child has none of them
    child = os.fork()
    if child == 0:
        in_blocks(lambda first, stop: None, 256)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "2", True])
def test_a_number_of_threads_is_positive_and_whole(wrong: Any) -> None:
    with pytest.raises(PowerFlowError, match="threads are asked for"):
        set_threads(wrong)


def test_a_misspelt_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from powergrid.powerflow import threads

    monkeypatch.setenv(threads.VARIABLE, "many")
    monkeypatch.setattr(threads, "_POOL", threads._Pool())
    with pytest.raises(PowerFlowError, match="POWERGRID_THREADS is 'many'"):
        get_threads()

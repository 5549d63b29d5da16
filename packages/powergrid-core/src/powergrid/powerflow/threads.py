"""Threads: blocks of environments side by side.

A kernel that releases the interpreter lock and writes only the columns of its own environments may run in several
threads at once; what it computes does not depend on how many there are. The threads are Python's around numba's
compiled code, docs/adr/0010: numba's own cannot be entered from two threads at once in their portable form, and with
OpenMP a process that forks afterwards is stopped by the library.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeAlias

from powergrid.errors import PowerFlowError

BlockWork: TypeAlias = Callable[[int, int], None]

VARIABLE = "POWERGRID_THREADS"
"""Environment variable with the number of threads; without it, as many as the process may use cores."""

_SMALLEST = 64
"""Environments in a block: fewer are done before a thread has woken up."""

_PER_THREAD = 2
"""Blocks per thread, so that one with slow environments does not keep the others waiting."""


class _Pool:
    """The process's threads; started when they are first needed, anew in a forked process."""

    def __init__(self) -> None:
        self.threads = 0
        self.executor: ThreadPoolExecutor | None = None

    def forget(self) -> None:
        """Leave the threads to the parent process."""
        self.executor = None

    def resize(self, threads: int) -> None:
        """Take another number of threads from now on."""
        if self.executor is not None:
            self.executor.shutdown()
            self.executor = None
        self.threads = threads

    def started(self) -> ThreadPoolExecutor:
        """Threads beside the calling one."""
        if self.executor is None:
            self.executor = ThreadPoolExecutor(self.threads - 1, thread_name_prefix="powergrid")
        return self.executor


_POOL = _Pool()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_POOL.forget)


def get_threads() -> int:
    """Number of threads that share the environments of a batch."""
    if _POOL.threads == 0:
        set_threads(_default())
    return _POOL.threads


def set_threads(threads: int) -> None:
    """Let so many threads share the environments of a batch, in this process.

    Results are the same bit for bit whatever the number. Not to be called while an environment steps in another thread.

    Parameters
    ----------
    threads
        1 for none beside the calling one.

    Raises
    ------
    PowerFlowError
        It is no positive whole number.
    """
    if not isinstance(threads, int) or isinstance(threads, bool) or threads < 1:
        raise PowerFlowError(f"{threads!r} threads are asked for.", remedy="Give a whole number from 1 on.")
    _POOL.resize(threads)


def in_blocks(work: BlockWork, n_env: int) -> None:
    """Do work for all environments, a block at a time, in as many threads as are worth it.

    Parameters
    ----------
    work
        Called with the first environment of a block and the one after its last; releases the interpreter lock for
        most of its time and touches no other environment.
    n_env
        Number of environments.
    """
    threads = 1 if n_env < 2 * _SMALLEST else get_threads()
    if threads == 1:
        work(0, n_env)
        return
    n_block = min(n_env // _SMALLEST, _PER_THREAD * threads)
    edges = [n_env * block // n_block for block in range(n_block + 1)]
    blocks = itertools.pairwise(edges)

    def take_blocks() -> None:
        for first, stop in blocks:
            work(first, stop)

    others = [_POOL.started().submit(take_blocks) for _ in range(min(threads, n_block) - 1)]
    try:
        take_blocks()
    finally:
        # also after Ctrl-C nobody may go on writing into arrays that the caller believes to be its own again
        for _ in blocks:
            pass
        wait(others)
    for other in others:
        other.result()


def _default() -> int:
    wanted = os.environ.get(VARIABLE, "")
    if wanted:
        if not wanted.isdigit() or int(wanted) < 1:
            raise PowerFlowError(f"{VARIABLE} is {wanted!r}.", remedy="Set it to a whole number from 1 on.")
        return int(wanted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

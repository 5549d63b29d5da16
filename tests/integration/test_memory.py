"""Memory does not grow with the number of steps."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from powergrid.envs import MultiAgentMicrogrids, VectorGridEnv
from powergrid.setups.loader import load_setup

STATM = Path("/proc/self/statm")
PAGE_BYTES = 4096
MEGABYTE = 1 << 20

pytestmark = pytest.mark.slow


def resident_bytes() -> int:
    """Memory that the process holds, as the system counts it."""
    gc.collect()
    return int(STATM.read_text(encoding="ascii").split()[1]) * PAGE_BYTES


def growth_of_second_half(run: Callable[[int], None], steps: int) -> int:
    """Bytes that the process holds more after some steps than halfway."""
    run(steps // 2)
    halfway = resident_bytes()
    run(steps // 2)
    return resident_bytes() - halfway


@pytest.mark.skipif(not STATM.exists(), reason="needs Linux's account of a process")
def test_a_million_steps_in_a_batch_need_no_more_memory_than_half_a_million() -> None:
    env, rng = VectorGridEnv(load_setup("ieee34_ieee13"), n_env=1000), np.random.default_rng(0)
    env.reset(seed=0)
    actions = [{a: rng.uniform(-1.0, 1.0, (1000, *box.shape)) for a, box in env.action_spaces.items()} for _ in "abc"]

    def run(steps: int) -> None:
        for step in range(steps):
            if step % 10 == 0:
                env.env.plant.load_scale()[:, step % 1000] = 50.0  # some diverge
            env.step(actions[step % 3])

    assert growth_of_second_half(run, 1000) < MEGABYTE


@pytest.mark.skipif(not STATM.exists(), reason="needs Linux's account of a process")
def test_episodes_of_the_pettingzoo_environment_leave_nothing_behind() -> None:
    env, rng = MultiAgentMicrogrids(load_setup("ieee34_ieee13")), np.random.default_rng(0)
    env.reset(seed=0)

    def run(steps: int) -> None:
        for _ in range(steps):
            if not env.agents:
                env.reset()
            env.step({agent: rng.uniform(-1.0, 1.0, env.action_space(agent).shape) for agent in env.agents})

    assert growth_of_second_half(run, 20_000) < MEGABYTE
    # and to the object: what a step allocates is gone after it; some of the interpreter's own stores still fill up
    gc.collect()
    objects, blocks = len(gc.get_objects()), sys.getallocatedblocks()
    run(24 * 50)
    gc.collect()
    assert len(gc.get_objects()) == objects
    assert sys.getallocatedblocks() - blocks < 100

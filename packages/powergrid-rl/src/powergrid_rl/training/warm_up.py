"""The first step of the first environment, which compiles the physics."""

from __future__ import annotations

import time

from heron.envs import PettingZooParallelEnv
from powergrid_rl.training.display import Display


def warm_up(env: PettingZooParallelEnv, display: Display) -> float:
    """Take one step, say what it is for and how long it took.

    Parameters
    ----------
    env
        Any environment; its episode is begun and left.
    display
        Who is told.

    Returns
    -------
    float
        Duration. [s]
    """
    display.say("Compiling the physics with numba (kept for the next run; up to a minute the first time) …")
    begun_s = time.monotonic()
    env.reset(seed=0)
    middle = {agent: 0.5 * (space.low + space.high) for agent, space in env.action_spaces.items()}
    env.step(middle)
    duration_s = time.monotonic() - begun_s
    display.say(f"Compiled and ready after {duration_s:.1f} s.")
    return duration_s

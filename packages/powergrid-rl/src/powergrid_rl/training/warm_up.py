"""The first step of the first environment, which compiles the physics."""

from __future__ import annotations

import time

from heron.envs import PettingZooParallelEnv
from powergrid_rl.training.display import Display

_LONG_S = 2.0


def warm_up(env: PettingZooParallelEnv, display: Display) -> float:
    """Take one step, and say how long it took where that was long.

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
    begun_s = time.monotonic()
    env.reset(seed=0)
    middle = {agent: 0.5 * (space.low + space.high) for agent, space in env.action_spaces.items()}
    env.step(middle)
    duration_s = time.monotonic() - begun_s
    if duration_s > _LONG_S:
        display.say(f"The environment's first step took {duration_s:.1f} s; the next ones will not.")
    return duration_s

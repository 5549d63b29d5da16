"""Lockstep and events are two ways to run one world."""

from __future__ import annotations

from heron.envs.core import EnvironmentCore
from heron.envs.delayed import DelayedCore
from heron.envs.event_driven import EventDrivenCore
from heron.envs.execution import Execution
from heron.errors import ConfigError
from heron.testing.recording import CoreFactory, draw_actions, record, require_same

_NEXT_EPISODE = 24
"""Steps of the second episode that are compared, if it has as many."""


def check_mode_equivalence(make: CoreFactory, *, n_step: int | None = None, seed: int = 0) -> None:
    """A run on events without delays, jitter and loss gives the bits of lockstep, in memory and through the broker.

    Clocks of agents' own are taken away for the comparison, since they are what sets the modes apart.

    Parameters
    ----------
    make
        Builds a core in lockstep for a number of environments; it is asked for one.
    n_step
        Steps; a whole episode and the beginning of a second when not given.
    seed
        Seed of the first episode and of the actions.

    Raises
    ------
    ConfigError
        If the core runs on events already, or with drawn timing.
    ContractViolation
        Naming the first number that differs.
    """
    lockstep = make(1)
    if isinstance(lockstep, (EventDrivenCore, DelayedCore)):
        raise ConfigError(
            f"A core like {type(lockstep).__name__} cannot be compared: it has timing of its own.",
            remedy="Give a function that builds the world in lockstep; the check puts a second one on events itself.",
        )
    max_steps = lockstep.options.max_steps
    actions = draw_actions(lockstep, max_steps + min(max_steps, _NEXT_EPISODE) if n_step is None else n_step, seed=seed)
    lockstep.reset(seeds=[seed])
    expected = record(lockstep, actions)
    for distributed, how in ((False, "on events"), (True, "on events through the broker")):
        events = _on_events(make(1), distributed=distributed)
        events.reset(seeds=[seed])
        require_same(expected, record(events, actions), f"in lockstep and {how}")


def _on_events(core: EnvironmentCore, *, distributed: bool) -> EventDrivenCore:
    for agent in core.agents.values():
        agent.tick_config = None
    return EventDrivenCore.of(core, Execution(distributed=distributed))

"""Drawn timing on a power network: the numbers of events, and of lockstep where nothing is late."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from heron import testing
from heron.envs import DelayedCore, EventDrivenCore, Execution
from heron.envs.synchronous import SynchronousCore
from heron.errors import ConfigError
from heron.scheduling import TickConfig, TimingRange, TimingScheme
from heron.testing.recording import draw_actions, record, require_same
from powergrid.envs import VectorGridEnv
from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
from powergrid.setups.loader import load_setup

HOUR_S, QUARTER_S = 3600.0, 900.0
N_STEP = 8


@functools.cache
def config() -> dict[str, Any]:
    return {**load_setup("ieee34_ieee13"), "plant_step_s": QUARTER_S, "max_episode_steps": N_STEP}


def lockstep(n_env: int) -> SynchronousCore:
    core = MultiAgentMicrogrids(config(), n_env=n_env).core
    assert isinstance(core, SynchronousCore)
    return core


@pytest.mark.parametrize("n_env", [1, 7])
@pytest.mark.parametrize(("obs_delay_s", "act_delay_s"), [(QUARTER_S, 2 * QUARTER_S), (5400.0, 4500.0)])
def test_constant_delays_give_the_numbers_of_events(n_env: int, obs_delay_s: float, act_delay_s: float) -> None:
    timing = TimingRange(obs_delay_s=(obs_delay_s, obs_delay_s), act_delay_s=(act_delay_s, act_delay_s))
    batch = DelayedCore.of(lockstep(n_env), timing)
    actions = draw_actions(batch, N_STEP, seed=2)
    batch.reset(seeds=range(n_env))
    together = record(batch, actions)
    scheme = TimingScheme(coordinator=TickConfig.deterministic(HOUR_S, obs_delay_s, act_delay_s))
    events = EventDrivenCore.of(lockstep(1), Execution(timing=scheme))
    for env in {0, n_env - 1, n_env // 2}:
        events.reset(seeds=[env])
        alone = record(events, {agent: values[:, env : env + 1] for agent, values in actions.items()})
        require_same(together.of_env(env), alone, f"as number {env} of {n_env} in lockstep and on events")


@pytest.mark.parametrize(
    ("n_env", "message"), [(1, "this core runs on events"), (4, "for one environment and not for 4")]
)
def test_arrays_refuse_a_configuration_on_events(n_env: int, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        VectorGridEnv({**config(), "event_driven": True}, n_env=n_env)


def test_ranges_that_hold_nothing_are_lockstep() -> None:
    runs = []
    for core in (lockstep(5), DelayedCore.of(lockstep(5), TimingRange())):
        core.reset(seeds=range(5))
        runs.append(record(core, draw_actions(core, N_STEP + 3, seed=1)))
    require_same(*runs, "in lockstep and with ranges that hold nothing else")


def test_the_contract_holds() -> None:
    timing = TimingRange(
        obs_delay_s=(0.0, 4000.0), act_delay_s=(0.0, 4000.0), loss=(0.0, 0.3), tick_steps=(1, 3), jitter_ratio=0.4
    )

    def late(n_env: int) -> DelayedCore:
        return DelayedCore.of(lockstep(n_env), timing)

    testing.check_batch_equals_single(late, sizes=(7,))
    testing.check_restore_equals_never_stopped(late)
    testing.check_deterministic(late)

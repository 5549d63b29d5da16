"""Policies by environment and agent, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from small_world import BATTERY, GENERATOR, alone, attached

from heron.core.policy import RandomPolicy
from heron.errors import ConfigError
from powergrid.envs import MultiAgentMicrogrids
from powergrid.plugins import policy_registry
from powergrid_rl.baselines import RuleSettings, do_nothing, random_actions, rule_based, rule_based_forecast


def test_they_are_registered_by_name() -> None:
    registry = policy_registry()
    assert {"do_nothing", "random", "rule_based", "rule_based_forecast"} <= set(registry)
    assert registry["rule_based"] is rule_based


def test_doing_nothing_is_the_neutral_setpoint() -> None:
    env = MultiAgentMicrogrids(alone(GENERATOR, BATTERY))
    env.reset(seed=0)
    # generator at its lowest power, no reactive power, battery idle
    np.testing.assert_allclose(do_nothing(env, "MG1").act(env.core.observe("MG1")), [[-1.0, 0.0, 0.0]])


def test_doing_nothing_needs_an_action_that_does_nothing() -> None:
    env = MultiAgentMicrogrids(alone(GENERATOR))
    env.core.control.neutral = lambda agent_id: None
    with pytest.raises(ConfigError, match="'MG1' has no action that does nothing"):
        do_nothing(env, "MG1")


def test_random_actions_are_uniform() -> None:
    assert isinstance(random_actions(MultiAgentMicrogrids(alone(GENERATOR)), "MG1"), RandomPolicy)


def test_the_rule_is_for_microgrids() -> None:
    env = MultiAgentMicrogrids(attached(GENERATOR))
    with pytest.raises(ConfigError, match="'DSO' is SystemOperator"):
        rule_based(env, "DSO")


def test_the_rule_with_known_prices_needs_some() -> None:
    env = MultiAgentMicrogrids(alone(GENERATOR))
    with pytest.raises(ConfigError, match=r"knows no prices to come.*forecast_steps"):
        rule_based_forecast(env, "MG1")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"charge_hours": (9.0, 25.0)}, "not all from 0 to 24"),
        ({"cheap_share": 0.6}, "cheap_share is 0.6"),
        ({"transformer_share": 0.0}, "transformer_share is 0.0"),
    ],
)
def test_impossible_constants_are_refused(settings: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        RuleSettings(**settings)


def test_constants_come_by_keyword() -> None:
    env = MultiAgentMicrogrids(alone(BATTERY))
    env.reset(seed=0)
    policy = rule_based(env, "MG1", charge_hours=(0.0, 24.0))
    # midnight counts as cheap: 0.25 MW of 0.25, the load of 0.52 MW notwithstanding the import limit takes it back
    assert policy.act(env.core.observe("MG1"))[0, 0] == 0.0
    unlimited = rule_based(env, "MG1", charge_hours=(0.0, 24.0), import_limit=2.0)
    assert unlimited.act(env.core.observe("MG1"))[0, 0] == -1.0

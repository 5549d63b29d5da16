"""Policies that need no training, by environment and agent."""

from __future__ import annotations

from typing import Any

from heron.core.policy import ConstantPolicy, Policy, RandomPolicy
from heron.errors import ConfigError
from powergrid.agents.power_grid_agent import PowerGridAgent
from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid_rl.baselines.action_layout import ActionLayout
from powergrid_rl.baselines.nameplate import read_nameplate
from powergrid_rl.baselines.rule_based import RuleBasedPolicy, known_prices
from powergrid_rl.baselines.rule_settings import RuleSettings


def do_nothing(env: NetworkedGridEnv, agent_id: str, /) -> Policy:
    """Every device at its neutral setpoint.

    Raises
    ------
    ConfigError
        If the agent's protocol has no action that does nothing.
    """
    assert env.core is not None
    neutral = env.core.control.neutral(agent_id)
    if neutral is None:
        raise ConfigError(f"The protocol of agent {agent_id!r} has no action that does nothing.")
    return ConstantPolicy(neutral)


def random_actions(env: NetworkedGridEnv, agent_id: str, /) -> Policy:  # noqa: ARG001  as every factory
    """Uniform actions, independent from step to step and agent to agent."""
    return RandomPolicy()


def rule_based(env: NetworkedGridEnv, agent_id: str, /, **settings: Any) -> Policy:
    """Local rules of an engineer; battery by the hour of the day.

    Parameters
    ----------
    env, agent_id
        A microgrid of an environment.
    **settings
        As in `RuleSettings`.

    Raises
    ------
    ConfigError
        If the agent is no microgrid that sets setpoints.
    """
    agent = env.get_heron_agent(agent_id)
    if not isinstance(agent, PowerGridAgent):
        raise ConfigError(f"The rule-based controller is for microgrids; {agent_id!r} is {type(agent).__name__}.")
    return RuleBasedPolicy(read_nameplate(agent, env.plant, env.net), ActionLayout(agent), RuleSettings(**settings))


def rule_based_forecast(env: NetworkedGridEnv, agent_id: str, /, **settings: Any) -> Policy:
    """The same rules; battery by the known prices of the hours to come.

    Raises
    ------
    ConfigError
        As `rule_based`, or if the agent sees no prices to come.
    """
    assert env.core is not None
    if not known_prices(env.core.observe(agent_id).names):
        raise ConfigError(
            f"Agent {agent_id!r} knows no prices to come.",
            remedy="Set forecast_steps: {price: 23} in the configuration.",
        )
    return rule_based(env, agent_id, **{**settings, "use_forecast": True})

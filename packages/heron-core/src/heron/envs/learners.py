"""Learners: the agents whose actions come from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from heron.agents.agent import Agent
from heron.errors import ConfigError, suggest

LEVELS = {"coordinators": 2, "devices": 1}


def choose_learners(agents: Mapping[str, Agent], learners: str | Sequence[str]) -> tuple[str, ...]:
    """Names of the learners, in the order of the agents or as given.

    Parameters
    ----------
    agents
        Everyone.
    learners
        ``"coordinators"``, ``"devices"`` (those that can be asked for something), or names.

    Raises
    ------
    ConfigError
        If a name is no agent's, is given twice, or the agent has nothing to decide.
    """
    if isinstance(learners, str):
        if learners not in LEVELS:
            raise ConfigError(
                f"learners={learners!r} is neither 'coordinators' nor 'devices'.",
                remedy=suggest(learners, LEVELS) or f"For one agent write [{learners!r}].",
            )
        level = LEVELS[learners]
        return tuple(name for name, agent in agents.items() if agent.level == level and agent.action_dim)
    for name in learners:
        if name not in agents:
            raise ConfigError(f"Learner {name!r} is not an agent.", remedy=suggest(name, agents))
        if not agents[name].action_dim:
            raise ConfigError(
                f"Learner {name!r} has nothing to decide: its action has no entries.",
                remedy="Give it a protocol and subordinates, or leave it out of learners.",
            )
    if len(set(learners)) != len(learners):
        raise ConfigError(f"Learners are named twice: {list(learners)}.")
    return tuple(learners)

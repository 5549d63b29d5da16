"""The roster: every agent of a world, found from those at the top."""

from __future__ import annotations

from collections.abc import Iterable

from heron.agents.agent import Agent
from heron.errors import ConfigError


def roster(tops: Iterable[Agent]) -> dict[str, Agent]:
    """Every agent by name, superiors before subordinates.

    Parameters
    ----------
    tops
        Agents without a superior.

    Raises
    ------
    ConfigError
        If two agents have the same name.
    """
    found: dict[str, Agent] = {}
    for top in tops:
        for agent in top.walk():
            if agent.agent_id in found:
                raise ConfigError(f"Two agents are named {agent.agent_id!r}.", remedy="Rename one of them.")
            found[agent.agent_id] = agent
    return found

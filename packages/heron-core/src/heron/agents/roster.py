"""The roster: every agent of a world, found from those at the top."""

from __future__ import annotations

from collections.abc import Iterable

from heron.agents.agent import Agent
from heron.agents.hierarchical import require_no_circle
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
        If two agents have the same name, or somebody is below themselves.
    """
    found: dict[str, Agent] = {}
    for top in tops:
        require_no_circle(top)
        for agent in top.walk():
            if agent.agent_id in found:
                raise ConfigError(f"Two agents are named {agent.agent_id!r}.", remedy="Rename one of them.")
            found[agent.agent_id] = agent
    return found

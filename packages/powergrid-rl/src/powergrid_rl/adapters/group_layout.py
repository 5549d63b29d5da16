"""Groups of agents: which columns of the environments' arrays are theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np

from heron.errors import ConfigError
from heron.types import AgentID, Float32Array, IndexArray

MOST_CHOICES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLayout:
    """Agents that are stacked, as they have the same spaces.

    Parameters
    ----------
    name
        Name of the group.
    agents
        Its members.
    places : (n_member,)
        Where they are among all agents.
    observations, actions
        Box of each.
    observation_columns, action_columns : (n_member * dim,)
        Where theirs are among those of all agents side by side.
    """

    name: str
    agents: tuple[AgentID, ...]
    places: IndexArray
    observations: gymnasium.spaces.Box
    actions: gymnasium.spaces.Box
    observation_columns: IndexArray
    action_columns: IndexArray


def group_layouts(
    group_map: Mapping[str, Sequence[AgentID]],
    observations: Mapping[AgentID, gymnasium.spaces.Box],
    actions: Mapping[AgentID, gymnasium.spaces.Box],
) -> list[GroupLayout]:
    """Layout of each group.

    Raises
    ------
    ConfigError
        If agents of one group have different spaces.
    """
    order = list(observations)
    of_observations, of_actions = _spans(observations), _spans(actions)
    layouts = []
    for name, members in group_map.items():
        for what, spaces in (("observation", observations), ("action", actions)):
            if any(spaces[agent] != spaces[members[0]] for agent in members):
                raise ConfigError(
                    f"Agents of group {name!r} have different {what} spaces: { {a: spaces[a] for a in members} }.",
                    remedy="Put agents into one group that are alike, or use MarlGroupMapType.ONE_GROUP_PER_AGENT.",
                )
        layouts.append(
            GroupLayout(
                name=name,
                agents=tuple(members),
                places=np.array([order.index(agent) for agent in members], dtype=np.intp),
                observations=observations[members[0]],
                actions=actions[members[0]],
                observation_columns=np.concatenate([of_observations[agent] for agent in members]),
                action_columns=np.concatenate([of_actions[agent] for agent in members]),
            )
        )
    return layouts


def action_choices(space: gymnasium.spaces.Box, levels: int) -> Float32Array:
    """Actions that somebody may choose from who can only choose: all combinations of some values of each entry.

    Parameters
    ----------
    space
        Box of the actions.
    levels
        Number of values of each entry, evenly from its lower to its upper bound.

    Returns
    -------
    (levels ** dim, dim)
        One action each; the last entry changes fastest.

    Raises
    ------
    ConfigError
        If there are fewer than two levels or too many combinations.
    """
    count = levels ** space.shape[0]
    if levels < 2 or count > MOST_CHOICES:
        raise ConfigError(
            f"{levels} levels of {space.shape[0]} entries make {count} choices.",
            remedy=f"Take at least two levels, and so many that there are at most {MOST_CHOICES} choices.",
        )
    axes = [np.linspace(low, high, levels) for low, high in zip(space.low, space.high, strict=True)]
    combined: Any = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    choices: Float32Array = combined.reshape(count, -1).astype(np.float32)
    return choices


def _spans(spaces: Mapping[AgentID, gymnasium.spaces.Box]) -> dict[AgentID, IndexArray]:
    edges = np.cumsum([0, *(space.shape[0] for space in spaces.values())]).tolist()
    return {agent: np.arange(edges[k], edges[k + 1], dtype=np.intp) for k, agent in enumerate(spaces)}

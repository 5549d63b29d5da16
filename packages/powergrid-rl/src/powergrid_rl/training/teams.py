"""Who shares a policy with whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import gymnasium

from heron.envs import PettingZooParallelEnv
from heron.errors import ConfigError


class Sharing(str, Enum):
    """Which learners share one policy."""

    SHARED = "shared"
    PER_TYPE = "per-type"
    INDEPENDENT = "independent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Learners that share one policy; their spaces are equal.

    Parameters
    ----------
    name
        Name of the policy.
    agents
        The learners, in the environment's order.
    observation_space, action_space
        Spaces of each of them.
    """

    name: str
    agents: tuple[str, ...]
    observation_space: gymnasium.spaces.Box
    action_space: gymnasium.spaces.Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Who learns in an environment.

    Parameters
    ----------
    teams
        Who shares a policy.
    learners
        All of them, in the environment's order.
    names
        Names of the rows that each learner observes, without the one-hot of the agent.
    n_state
        Length of the global state.
    one_hot
        Whether observations end with a one-hot of the agent.
    """

    teams: tuple[Team, ...]
    learners: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    n_state: int
    one_hot: bool


def form_roster(env: PettingZooParallelEnv, sharing: Sharing) -> Roster:
    """Everyone who learns in an environment, in teams.

    Raises
    ------
    ConfigError
        As `form_teams`.
    """
    core = env.core
    assert core is not None
    return Roster(
        teams=form_teams(env, sharing),
        learners=core.learners,
        names={agent: tuple(core.observe(agent).names) for agent in core.learners},
        n_state=core.state().shape[1],
        one_hot=core.options.observer.one_hot,
    )


def form_teams(env: PettingZooParallelEnv, sharing: Sharing) -> tuple[Team, ...]:
    """Teams of an environment's learners.

    Parameters
    ----------
    env
        The environment.
    sharing
        ``shared``: all in one team; ``per-type``: those with equal spaces; ``independent``: each alone.

    Raises
    ------
    ConfigError
        If one policy is to be shared over unequal spaces, or a space is no Box.
    """
    for agent in env.possible_agents:
        for space in (env.observation_spaces[agent], env.action_spaces[agent]):
            if not isinstance(space, gymnasium.spaces.Box):
                raise ConfigError(f"Agent {agent!r} has the space {space}; policies here are for boxes only.")
    groups = _by_spaces(env)
    if sharing is Sharing.INDEPENDENT:
        return tuple(_team(env, agent, [agent]) for agent in env.possible_agents)
    if sharing is Sharing.SHARED:
        _check_equal(env, groups)
        return (_team(env, "shared", env.possible_agents),)
    return tuple(_team(env, "_".join(["type", *group]) if len(groups) > 1 else "shared", group) for group in groups)


def _team(env: PettingZooParallelEnv, name: str, agents: Sequence[str]) -> Team:
    return Team(
        name=name,
        agents=tuple(agents),
        observation_space=env.observation_spaces[agents[0]],
        action_space=env.action_spaces[agents[0]],
    )


def _by_spaces(env: PettingZooParallelEnv) -> list[list[str]]:
    groups: dict[Any, list[str]] = {}
    for agent in env.possible_agents:
        key = (env.observation_spaces[agent].shape, env.action_spaces[agent].shape)
        groups.setdefault(key, []).append(agent)
    return list(groups.values())


def _check_equal(env: PettingZooParallelEnv, groups: Sequence[Sequence[str]]) -> None:
    if len(groups) > 1:
        spaces = "; ".join(
            f"{', '.join(group)}: observations {env.observation_spaces[group[0]].shape}, "
            f"actions {env.action_spaces[group[0]].shape}"
            for group in groups
        )
        raise ConfigError(
            f"One policy cannot be shared by agents with different spaces ({spaces}).",
            remedy="Use --policies per-type, or --independent-policies.",
        )

"""Trained policies as a file of plain arrays."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from heron.core.policy import Policy
from heron.errors import UnknownNameError, suggest
from powergrid_rl.training.errors import CheckpointError
from powergrid_rl.training.learned_policy import ActorWeights, LearnedPolicy
from powergrid_rl.training.teams import Roster

_FORMAT = 1
_ABOUT = "about"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFile:
    """What a policy file holds.

    Parameters
    ----------
    actors
        Network by team.
    teams
        Team by agent.
    learners
        All learners, in the order of the one-hot.
    names
        Rows that each of them observed.
    one_hot
        Whether the networks also read which learner they act for.
    """

    actors: Mapping[str, ActorWeights]
    teams: Mapping[str, str]
    learners: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]
    one_hot: bool

    def policy(self, agent_id: str) -> Policy:
        """Policy of one agent.

        Raises
        ------
        UnknownNameError
            If nobody of this name was trained.
        """
        if agent_id not in self.teams:
            raise UnknownNameError(
                f"No policy was trained for {agent_id!r}, only for {list(self.learners)}.",
                remedy=suggest(agent_id, self.learners),
            )
        mark = [float(agent_id == name) for name in self.learners] if self.one_hot else []
        return LearnedPolicy(agent_id, self.actors[self.teams[agent_id]], names=self.names[agent_id], one_hot=mark)


def policies_of(actors: Mapping[str, ActorWeights], roster: Roster) -> PolicyFile:
    """Policies of a roster's teams, ready to act or to be written."""
    return PolicyFile(
        actors=actors,
        teams={agent: team.name for team in roster.teams for agent in team.agents},
        learners=roster.learners,
        names=roster.names,
        one_hot=roster.one_hot,
    )


def write_policies(path: Path, policies: PolicyFile) -> None:
    """Write policies into an ``.npz`` file."""
    arrays: dict[str, Any] = {}
    for name, actor in policies.actors.items():
        for place, (weight, bias) in enumerate(zip(actor.weights, actor.biases, strict=True)):
            arrays[f"{name}.weight.{place}"] = weight
            arrays[f"{name}.bias.{place}"] = bias
    about = {
        "format": _FORMAT,
        "teams": dict(policies.teams),
        "learners": policies.learners,
        "names": dict(policies.names),
        "one_hot": policies.one_hot,
        "layers": {name: len(actor.weights) for name, actor in policies.actors.items()},
        "activation": {name: actor.activation for name, actor in policies.actors.items()},
    }
    arrays[_ABOUT] = np.array(json.dumps(about))
    np.savez(path, allow_pickle=False, **arrays)


def read_policies(path: Path) -> PolicyFile:
    """Policies from a file that `write_policies` wrote.

    Raises
    ------
    CheckpointError
        If the file is broken or of another format.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            about = json.loads(str(arrays[_ABOUT]))
            actors = {name: _actor(arrays, name, about) for name in about["layers"]}
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as cause:
        raise CheckpointError(f"{path} cannot be read as a policy: {cause}.") from cause
    if about["format"] != _FORMAT:
        raise CheckpointError(f"{path} has format {about['format']}, this version reads {_FORMAT}.")
    return PolicyFile(
        actors=actors,
        teams=about["teams"],
        learners=tuple(about["learners"]),
        names={agent: tuple(names) for agent, names in about["names"].items()},
        one_hot=about["one_hot"],
    )


def load_policy(checkpoint: Path | str) -> Callable[[str], Policy]:
    """Trained policies, one per agent, ready to act; needs neither PyTorch nor Ray.

    Parameters
    ----------
    checkpoint
        Folder of a run, where the latest checkpoint counts, or of one checkpoint, or a ``policy.npz`` itself.

    Returns
    -------
    callable
        From an agent's id to its `heron.core.Policy`. It gives the mean action; nothing is drawn.

    Raises
    ------
    CheckpointError
        If there is no checkpoint, or it is broken.
    """
    from powergrid_rl.training.run_folder import find_policy_file

    return read_policies(find_policy_file(Path(checkpoint))).policy


def _actor(arrays: Any, name: str, about: Mapping[str, Any]) -> ActorWeights:
    places = range(about["layers"][name])
    return ActorWeights(
        weights=tuple(arrays[f"{name}.weight.{place}"] for place in places),
        biases=tuple(arrays[f"{name}.bias.{place}"] for place in places),
        activation=about["activation"][name],
    )

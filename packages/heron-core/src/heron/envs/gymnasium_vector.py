"""The Gymnasium vector face: one controller of everything, or agents that share a policy."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from heron.envs.agent_axis import JoinedActions, LimitedCount, by_row, common_space, joined, joined_space, total
from heron.envs.vector import VectorEnv
from heron.errors import ActionError, ConfigError
from heron.types import BoolArray, Float32Array, FloatArray, IndexArray

_BY_AGENT = ("cost", "safety", "obs_clipped")
_HANDLED = frozenset({*_BY_AGENT, "action_used", "limited", "state", "final_obs", "_final_obs", "final_state"})
_MASK = "reset_mask"


class _ArrayVectorEnv(gymnasium.vector.VectorEnv[Any, Any, Any]):
    """What both faces have in common: Gymnasium's conventions over the arrays of a `VectorEnv`."""

    def __init__(
        self, vector: VectorEnv, *, observations: gymnasium.spaces.Box, actions: gymnasium.spaces.Box, n_part: int
    ) -> None:
        self.vector = vector
        self.n_part = n_part
        self.num_envs = vector.n_env * n_part
        self.metadata = {"render_modes": [], "autoreset_mode": vector.autoreset_mode}
        self.render_mode = None
        self.single_observation_space = observations
        self.single_action_space = actions
        self.observation_space = batch_space(observations, self.num_envs)
        self.action_space = batch_space(actions, self.num_envs)
        self._apart = JoinedActions(vector.action_spaces)
        agents = vector.core.agents
        members = [[one.agent_id for one in agents[name].walk()] for name in vector.possible_agents]
        self._limited = LimitedCount(members)

    def reset(
        self, *, seed: int | Sequence[int] | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Float32Array, dict[str, Any]]:
        """Begin episodes.

        Parameters
        ----------
        seed
            Environment ``i`` gets ``seed + i``, or the ``i``-th of several. Without, each goes on to its next episode.
        options
            Handed to the plant, but for ``reset_mask`` ``(num_envs,)``: which begin; all without it.

        Returns
        -------
        observations : (num_envs, dim)
            Of all sub-environments.
        infos
            ``state`` if the `VectorEnv` gives it.

        Raises
        ------
        ConfigError
            If seeds or mask do not fit the environments.
        """
        super().reset(seed=int(seed) if isinstance(seed, (int, np.integer)) else None)
        handed = dict(options or {})
        chosen = np.ones(self.num_envs, dtype=np.bool_)
        if handed.get(_MASK) is not None:
            chosen = np.asarray(handed[_MASK])
            handed[_MASK] = self._environments(chosen)
        observations, raw = self.vector.reset(seed=seed, options=handed)
        infos = _masked({"state": self._repeated(raw["state"])}, chosen) if "state" in raw else {}
        return self._observations(observations), infos

    def step(
        self, actions: FloatArray | Float32Array
    ) -> tuple[Float32Array, FloatArray, BoolArray, BoolArray, dict[str, Any]]:
        """Let one interval pass in every environment.

        Parameters
        ----------
        actions : (num_envs, dim)
            In the order of the sub-environments.

        Returns
        -------
        observations : (num_envs, dim)
            Where an episode begins anew at once, the new one's first.
        rewards, terminations, truncations : (num_envs,)
            As Gymnasium defines them for the autoreset mode.
        infos
            ``cost``, ``safety``, ``obs_clipped``, ``limited`` (the number of limited setpoints), ``action_used`` where
            timing is drawn (the number of agents whose action was), and what the plant reports, ``(num_envs,)`` each,
            with masks ``_cost`` …: false where no interval has passed or where the episode has ended and begun anew.
            Then ``final_obs`` and ``final_info`` hold the last one's.

        Raises
        ------
        ActionError
            If an action is misshapen or not a number; nothing has changed then.
        """
        begun = self.vector.ended
        shown, rewards, terminated, truncated, raw = self.vector.step(self._actions(np.asarray(actions)))
        infos = self._infos(raw, begun)
        flags = self._repeated(terminated), self._repeated(truncated)
        return self._observations(shown), self._values(by_row(rewards)), *flags, infos

    def _infos(self, raw: Mapping[str, Any], begun: BoolArray) -> dict[str, Any]:
        said = {name: self._repeated(values) for name, values in raw.items() if name not in _HANDLED}
        said |= {name: self._values(by_row(raw[name])) for name in _BY_AGENT}
        if "action_used" in raw:
            said["action_used"] = self._values(by_row(raw["action_used"]).astype(np.int64))
        said["limited"] = self._values(self._limited.of(raw["limited"], self.vector.n_env))
        ended = raw.get("_final_obs")
        if ended is None:
            silent = begun if self.vector.autoreset_mode == AutoresetMode.NEXT_STEP else np.zeros_like(begun)
            return _masked(said, self._repeated(~silent)) | self._state(raw, "state")
        mask = self._repeated(ended)
        final = said | ({"state": self._repeated(raw["final_state"])} if "final_state" in raw else {})
        rows = _rows(self._observations(raw["final_obs"]), mask)
        infos = _masked(said, ~mask) | self._state(raw, "state")
        return infos | {
            "final_obs": rows,
            "_final_obs": mask,
            "final_info": _masked(final, mask),
            "_final_info": mask.copy(),
        }

    def _state(self, raw: Mapping[str, Any], name: str) -> dict[str, Any]:
        if name not in raw:
            return {}
        return _masked({"state": self._repeated(raw[name])}, np.ones(self.num_envs, dtype=np.bool_))

    def _environments(self, chosen: Any) -> BoolArray:
        """A mask over sub-environments as one over environments."""
        if chosen.shape != (self.num_envs,) or chosen.dtype != np.bool_:
            raise ConfigError(
                f"{_MASK} has shape {chosen.shape} and type {chosen.dtype}.",
                remedy=f"Give True or False for each of the {self.num_envs} sub-environments.",
            )
        parts: BoolArray = chosen.reshape(self.vector.n_env, self.n_part)
        if (parts.any(axis=1) != parts.all(axis=1)).any():
            raise ConfigError(
                f"{_MASK} begins an episode for some agents of an environment and not for others.",
                remedy="Agents of one environment begin together: np.repeat(mask, n_agent).",
            )
        return parts[:, 0]

    def _repeated(self, values: Any) -> Any:
        """What is said of environments for each of their sub-environments."""
        return np.repeat(values, self.n_part, axis=0)

    def _actions(self, actions: Any) -> Any:
        if actions.shape != self.action_space.shape:
            raise ActionError(
                f"Actions have shape {actions.shape}, expected {self.action_space.shape}.",
                remedy="Give a row for each sub-environment.",
            )
        return self._apart.apart(actions.reshape(self.vector.n_env, -1))

    @abstractmethod
    def _observations(self, shown: Any) -> Float32Array:
        """Observations by agent for the sub-environments, ``(num_envs, dim)``."""

    @abstractmethod
    def _values(self, values: Any) -> Any:
        """Numbers ``(n_env, n_agent)`` for the sub-environments, ``(num_envs,)``."""


class CentralControlVectorEnv(_ArrayVectorEnv):
    """One controller that sees what all agents see and acts for all of them.

    Observations and actions are the agents' side by side, in the order of ``possible_agents``. Its reward, and the
    ``cost`` and ``safety`` of the infos, are the sums over the agents.

    Parameters
    ----------
    vector
        The environments. Their autoreset mode is this one's and stands in ``metadata["autoreset_mode"]``.

    Attributes
    ----------
    num_envs
        As many as ``vector`` has environments.
    """

    def __init__(self, vector: VectorEnv) -> None:
        check_vector(vector)
        observations, actions = joined_space(vector.observation_spaces), joined_space(vector.action_spaces)
        super().__init__(vector, observations=observations, actions=actions, n_part=1)

    def _observations(self, shown: Any) -> Float32Array:
        return joined(shown)

    def _values(self, values: Any) -> Any:
        return total(values)


class SharedPolicyVectorEnv(_ArrayVectorEnv):
    """Each agent of each environment as a sub-environment of its own, for one policy that all of them share.

    Sub-environment ``i * n_agent + k`` is the ``k``-th of ``possible_agents`` in environment ``i``. The agents of an
    environment begin and end together, and each has its own reward.

    Parameters
    ----------
    vector
        The environments. Their autoreset mode is this one's and stands in ``metadata["autoreset_mode"]``.

    Attributes
    ----------
    num_envs
        Environments times agents.

    Raises
    ------
    ConfigError
        If the agents' observation or action spaces differ.
    """

    def __init__(self, vector: VectorEnv) -> None:
        check_vector(vector)
        observations = common_space(vector.observation_spaces, what="observations")
        actions = common_space(vector.action_spaces, what="actions")
        super().__init__(vector, observations=observations, actions=actions, n_part=len(vector.possible_agents))

    def _observations(self, shown: Any) -> Float32Array:
        return joined(shown).reshape(self.num_envs, -1)

    def _values(self, values: Any) -> Any:
        return values.reshape(-1)


def check_vector(vector: Any) -> None:
    """Refuse what is no `VectorEnv`.

    Raises
    ------
    ConfigError
        With what it is.
    """
    if not isinstance(vector, VectorEnv):
        raise ConfigError(
            f"A VectorEnv is asked for, not {type(vector).__name__}.",
            remedy="Build one: VectorGridEnv(config, n_env=64), or VectorEnv(core).",
        )


def _masked(values: Mapping[str, Any], mask: BoolArray) -> dict[str, Any]:
    """Gymnasium's form of infos that some sub-environments have: zeros elsewhere, and a mask beside each."""
    if not mask.any():
        return {}
    infos: dict[str, Any] = {}
    for name, array in values.items():
        column = mask.reshape(-1, *[1] * (array.ndim - 1))
        infos[name] = array if mask.all() else np.where(column, array, np.zeros_like(array))
        infos[f"_{name}"] = mask.copy()
    return infos


def _rows(values: Float32Array, mask: BoolArray) -> Any:
    """The masked rows as objects, None elsewhere, as Gymnasium gives final observations."""
    rows = np.full(len(values), None, dtype=object)
    places: IndexArray = np.flatnonzero(mask)
    rows[places] = np.frompyfunc(values.__getitem__, 1, 1)(places)
    return rows

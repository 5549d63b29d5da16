"""Stable-Baselines3: many environments as one ``VecEnv``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode

from heron.envs import CentralControlVectorEnv, SharedPolicyVectorEnv, VectorEnv
from heron.envs.gymnasium_vector import check_vector
from heron.errors import ConfigError, suggest
from heron.types import AgentID, BoolArray, Float32Array
from powergrid_rl.training.errors import MissingExtraError

try:
    from stable_baselines3.common.vec_env import VecEnv
except ImportError as cause:
    raise MissingExtraError(
        f"This adapter needs Stable-Baselines3 ({cause}).", remedy='Install it: pip install "powergrid-rl[sb3]"'
    ) from cause

Infos = list[dict[str, Any]]


class StableBaselinesVecEnv(VecEnv):
    """Environments for Stable-Baselines3, simulated together.

    By default every agent of every environment is an environment of its own and all share a policy:
    ``i * n_agent + k`` is agent ``k`` of environment ``i``. Agents of one environment begin and end together.

    Parameters
    ----------
    vector
        The environments, with the autoreset mode ``SAME_STEP``.
    central
        One controller of all agents instead, whose reward is the sum of theirs.
    info_keys
        Entries of the infos to be handed on, such as ``("cost", "safety")``. Without any, environments whose
        episode goes on share one empty info, as building a thousand takes longer than stepping the grids.
    value_after_limit
        Whether an episode that has reached its last step would go on: then it is reported as ``TimeLimit.truncated``,
        and learners add the value of ``terminal_observation``. Say False where the end settles all accounts, as a
        day of the microgrids does.

    Attributes
    ----------
    agents
        Agent of each of these environments; ``"all"`` for a central controller.

    Raises
    ------
    ConfigError
        If the agents' spaces differ and there is no central controller, the autoreset mode is another, or an entry
        of the infos is unknown.
    """

    def __init__(
        self,
        vector: VectorEnv,
        *,
        central: bool = False,
        info_keys: Sequence[str] = (),
        value_after_limit: bool = True,
    ) -> None:
        if vector.autoreset_mode != AutoresetMode.SAME_STEP:
            raise ConfigError(
                f"Stable-Baselines3 expects a new episode in the same step, not {vector.autoreset_mode.name}.",
                remedy="Build the environments with autoreset='same_step'.",
            )
        known = ["cost", "safety", "obs_clipped", "limited", *vector.core.plant.report()]
        for name in info_keys:
            if name not in known:
                raise ConfigError(f"Infos have no {name!r}.", remedy=suggest(name, known) or f"There are {known}.")
        check_vector(vector)
        self.vector = vector
        self.info_keys = tuple(info_keys)
        self.value_after_limit = value_after_limit
        self._face = CentralControlVectorEnv(vector) if central else SharedPolicyVectorEnv(vector)
        self._n_part = self._face.n_part
        self.agents: list[AgentID] = (["all"] if central else vector.possible_agents) * vector.n_env
        self._actions: Any = None
        super().__init__(self._face.num_envs, self._face.single_observation_space, self._face.single_action_space)

    def reset(self) -> Float32Array:
        """Begin episodes with the seeds of `seed` and the options of `set_options`; both are used up.

        Raises
        ------
        ConfigError
            If the options differ between environments.
        """
        seeds = None if self._seeds[0] is None else [int(seed) for seed in self._seeds[:: self._n_part]]
        observations, _ = self._face.reset(seed=seeds, options=self._common_options())
        self.reset_infos: Infos = [{}] * self.num_envs
        self._reset_seeds()
        self._reset_options()
        return observations

    def seed(self, seed: int | None = None) -> list[int]:
        """Choose the seeds of the next reset: ``seed + i`` for environment ``i``, the same for all its agents."""
        first = super().seed(seed)[0]
        self._seeds = np.repeat(np.arange(self.vector.n_env) + first, self._n_part).tolist()
        return list(self._seeds)

    def step_async(self, actions: Any) -> None:
        """Keep the actions ``(num_envs, dim)`` for `step_wait`."""
        self._actions = actions

    def step_wait(self) -> tuple[Float32Array, Float32Array, BoolArray, Infos]:
        """Let one interval pass in every environment.

        Returns
        -------
        observations : (num_envs, dim)
            Where an episode has ended the new one's first.
        rewards, dones : (num_envs,)
            Float32, as the library has them, and where an episode has ended.
        infos
            One per environment; ``terminal_observation`` and ``TimeLimit.truncated`` where its episode has ended.
        """
        observations, rewards, terminated, truncated, raw = self._face.step(self._actions)
        dones = terminated | truncated
        infos = self._infos(raw, dones)
        limited = truncated & ~terminated & self.value_after_limit
        for place in np.flatnonzero(dones).tolist():
            ended = {"terminal_observation": raw["final_obs"][place], "TimeLimit.truncated": bool(limited[place])}
            infos[place] = infos[place] | ended
        return observations, rewards.astype(np.float32), dones, infos

    def close(self) -> None:
        """Close the environments."""
        self.vector.close()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """An attribute of the environments, once for each index.

        All are simulated together and so have the same. Spaces are those of one environment; anything else is
        looked up in ``vector``.

        Raises
        ------
        AttributeError
            If there is none of this name.
        """
        own = {
            "observation_space": self._face.single_observation_space,
            "action_space": self._face.single_action_space,
            "render_mode": None,
            "spec": None,
        }
        value = own[attr_name] if attr_name in own else getattr(self.vector, attr_name)
        return [value] * len(self._chosen(indices))

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Change an attribute of ``vector``, for all environments.

        Raises
        ------
        ConfigError
            If only some environments are named.
        AttributeError
            If there is none of this name.
        """
        self._check_all(f"{attr_name!r} is set", indices)
        getattr(self.vector, attr_name)
        setattr(self.vector, attr_name, value)

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        """Call a method of ``vector`` once, and give its result for each environment.

        Raises
        ------
        ConfigError
            If only some environments are named.
        AttributeError
            If there is none of this name.
        """
        self._check_all(f"{method_name!r} is called", indices)
        result = getattr(self.vector, method_name)(*method_args, **method_kwargs)
        return [result] * self.num_envs

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """False for each: these environments are wrapped from outside only, with VecMonitor and the like."""
        return [False] * len(self._chosen(indices))

    def _infos(self, raw: dict[str, Any], dones: BoolArray) -> Infos:
        if not self.info_keys:
            return [{}] * self.num_envs
        columns = []
        for name in self.info_keys:
            values = raw.get(name)
            if dones.any():
                last = raw["final_info"][name]
                values = last if values is None else np.where(dones, last, values)
            columns.append(np.asarray(values).tolist())
        return [dict(zip(self.info_keys, row, strict=True)) for row in zip(*columns, strict=True)]

    def _common_options(self) -> dict[str, Any]:
        first = self._options[0]
        if any(options is not first and (options or first) for options in self._options):
            raise ConfigError(
                "The options differ between environments, which are reset together.",
                remedy="Give one mapping; values for each environment are arrays: set_options({'day': days}).",
            )
        return dict(first)

    def _check_all(self, what: str, indices: Any) -> None:
        chosen = self._chosen(indices)
        if set(chosen) != set(range(self.num_envs)):
            raise ConfigError(
                f"{what} for {len(set(chosen))} of {self.num_envs} environments, which are simulated together.",
                remedy="Leave out the indices.",
            )

    def _chosen(self, indices: Iterable[int] | int | None) -> list[int]:
        chosen = [int(place) for place in self._get_indices(indices)]
        beyond = [place for place in chosen if not -self.num_envs <= place < self.num_envs]
        if beyond:
            raise IndexError(f"There is no environment {beyond[0]}; there are {self.num_envs}.")
        return [place % self.num_envs for place in chosen]

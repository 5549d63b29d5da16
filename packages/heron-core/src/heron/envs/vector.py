"""The vector face: many environments behind arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode

from heron.envs.core import EnvironmentCore, whole
from heron.envs.event_driven import EventDrivenCore
from heron.envs.observer import CLIP, Vectors
from heron.envs.step_result import StepResult
from heron.errors import ConfigError, StateError
from heron.types import BoolArray, Float32Array, IndexArray

ByAgent: TypeAlias = "dict[str, Any] | Any"
"""A mapping from learners to arrays, or one array of all of them."""

_MASK = "reset_mask"


class VectorEnv:
    """Environments side by side: arrays with the environments first go in, and arrays come out.

    Environment ``i`` gives the numbers that a PettingZoo environment of the same configuration gives after
    ``reset(seed=s + i)``, bit for bit, over the end of episodes too.

    Parameters
    ----------
    core
        The environments.
    autoreset
        When an episode that has ended begins anew, as Gymnasium defines it. ``SAME_STEP``: at once; the observation
        is the new episode's first, the last one is in ``infos["final_obs"]``. ``NEXT_STEP``: in the next step, whose
        action is not used and whose reward is 0. ``DISABLED``: not until `reset` is called for it.
    stacked
        Give observations ``(n_env, n_agent, dim)`` and rewards ``(n_env, n_agent)`` instead of mappings from agents.
    info_state
        Add the full state to the infos, for a centralised critic.

    Attributes
    ----------
    possible_agents
        The learners, in order.
    observation_spaces, action_spaces
        Box of each of them in one environment.

    Raises
    ------
    ConfigError
        If nobody learns, observations are to be stacked that have different lengths, or the core runs on events.
    """

    def __init__(
        self,
        core: EnvironmentCore,
        *,
        autoreset: AutoresetMode | str = AutoresetMode.SAME_STEP,
        stacked: bool = False,
        info_state: bool = False,
    ) -> None:
        _check_lockstep(core)
        self.core = core
        self.autoreset_mode = _mode(autoreset)
        self.info_state = info_state
        self.possible_agents = list(core.learners)
        if not self.possible_agents:
            raise ConfigError("No agent learns: there is nobody to step.", remedy="Name a learner.")
        self.observation_spaces = {agent: core.observer.space(agent) for agent in self.possible_agents}
        self.action_spaces = {agent: core.control.box(agent) for agent in self.possible_agents}
        self.state_space = gymnasium.spaces.Box(-CLIP, CLIP, (len(core.observer.state_names()),), dtype=np.float32)
        self.stacked = stacked
        if stacked:
            self._check_stackable()
        self._ended: BoolArray = np.zeros(core.n_env, dtype=np.bool_)
        self._never_begun: BoolArray = np.ones(core.n_env, dtype=np.bool_)

    @property
    def n_env(self) -> int:
        """Number of environments."""
        return self.core.n_env

    @property
    def ended(self) -> BoolArray:
        """Where an episode is over and the next has not begun, ``(n_env,)``."""
        return self._ended.copy()

    def reset(
        self, *, seed: int | Sequence[int] | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[ByAgent, dict[str, Any]]:
        """Begin episodes.

        Parameters
        ----------
        seed
            Environment ``i`` gets ``seed + i``, or the ``i``-th of several. Without, each goes on to its next episode.
        options
            Handed to the plant, but for ``reset_mask`` ``(n_env,)``: which environments begin; all without it. Of
            options with an entry per environment the plant gets those of the environments that begin.

        Returns
        -------
        observations
            Of all environments, by agent ``(n_env, dim)`` or stacked.
        infos
            ``state`` if wished.

        Raises
        ------
        ConfigError
            If seeds or mask do not fit the environments.
        """
        handed = dict(options or {})
        chosen = self._chosen(handed.pop(_MASK, None))
        seeds = None if seed is None else self._seeds(seed)
        if chosen is not None:
            handed = {name: self._of(chosen, value) for name, value in handed.items()}
            seeds = None if seeds is None else [seeds[env] for env in chosen.tolist()]
        observations = self.core.reset(seeds=seeds, envs=chosen, options=handed)
        begun = slice(None) if chosen is None else chosen
        self._ended[begun] = self._never_begun[begun] = False
        infos: dict[str, Any] = {}
        self._add_state(infos, "state")
        return self._shown(observations), infos

    def step(self, actions: Any) -> tuple[ByAgent, ByAgent, BoolArray, BoolArray, dict[str, Any]]:
        """Let one interval pass in every environment.

        Parameters
        ----------
        actions
            ``(n_env, dim)`` by agent; or one array ``(n_env, n_agent, dim)`` where the action spaces are equal. With
            ``NEXT_STEP`` those of environments that begin an episode are not used, but have to be numbers.

        Returns
        -------
        observations, rewards
            By agent, ``(n_env, dim)`` and ``(n_env,)``; or stacked.
        terminated, truncated : (n_env,)
            Where the episode has ended, for all agents together.
        infos
            ``cost``, ``safety`` and ``obs_clipped`` like the rewards, and ``action_used`` where timing is drawn (see
            `DelayedCore`); ``limited`` by device; what the plant reports, ``(n_env,)`` each. Where episodes have ended
            under ``SAME_STEP`` also ``final_obs``, like the observations, with the mask ``_final_obs`` ``(n_env,)``,
            and ``final_state`` if wished.

        Raises
        ------
        ActionError
            If an action is missing, misshapen or not a number; nothing has changed then.
        ConfigError
            If an environment was never reset, or, with ``DISABLED``, its episode has ended.
        """
        if self._never_begun.any():
            first = int(np.flatnonzero(self._never_begun)[0])
            raise ConfigError(f"No episode is under way in environment {first}.", remedy="Call reset() before step().")
        begun = self._ended.copy()
        if self.autoreset_mode == AutoresetMode.DISABLED and begun.any():
            first = int(np.flatnonzero(begun)[0])
            raise ConfigError(
                f"The episode of environment {first} has ended.",
                remedy="reset(options={'reset_mask': terminated | truncated}), or choose another autoreset mode.",
            )
        result = self.core.step(actions)
        ended = result.terminated | result.truncated
        if self.autoreset_mode == AutoresetMode.NEXT_STEP and begun.any():
            result = self._begin_instead(result, begun)
            ended = result.terminated | result.truncated
        infos = self._infos(result)
        observations = result.observations
        self._ended = ended
        if self.autoreset_mode == AutoresetMode.SAME_STEP and ended.any():
            infos["final_obs"], infos["_final_obs"] = self._shown(observations), ended
            self._add_state(infos, "final_state")
            observations = self.core.reset(envs=np.flatnonzero(ended))
            self._ended = np.zeros_like(ended)
        self._add_state(infos, "state")
        rewards = result.reward.T.copy() if self.stacked else result.rewards
        return self._shown(observations), rewards, result.terminated, result.truncated, infos

    def state(self) -> Float32Array:
        """Everything any learner sees, for a centralised critic, ``(n_env, dim)``."""
        return self.core.state()

    def save_state(self) -> dict[str, Any]:
        """Everything needed to go on as if never stopped."""
        return {"core": self.core.save_state(), "ended": self._ended.copy()}

    def restore_state(self, state: Mapping[str, Any]) -> ByAgent:
        """Take back what `save_state` gave; returns the observations of that moment.

        Raises
        ------
        StateError
            If it is no state of a `VectorEnv`, or of another configuration or number of environments.
        """
        if "ended" not in state:
            raise StateError("This is no state of a VectorEnv.", remedy="Give what VectorEnv.save_state returned.")
        self.core.restore_state(state["core"])
        self._ended = np.array(state["ended"], dtype=np.bool_)
        self._never_begun[...] = False
        return self._shown(self.core.observations()[0])

    def close(self) -> None:
        """Nothing to release."""

    def _begin_instead(self, result: StepResult, begun: BoolArray) -> StepResult:
        """Replace a step of environments whose episode was over by the beginning of the next."""
        reward, cost, safety = (np.where(begun, 0.0, part) for part in (result.reward, result.cost, result.safety))
        return StepResult(
            observations=self.core.reset(envs=np.flatnonzero(begun)),
            reward=reward,
            cost=cost,
            safety=safety,
            terminated=result.terminated & ~begun,
            truncated=result.truncated & ~begun,
            clipped={agent: np.where(begun, 0, count) for agent, count in result.clipped.items()},
            used=None if result.used is None else result.used & ~begun,
        )

    def _infos(self, result: StepResult) -> dict[str, Any]:
        plant = self.core.plant
        # an environment that begins anew at once overwrites what the plant holds of the last interval
        infos: dict[str, Any] = {name: np.array(values) for name, values in plant.report().items()}
        infos["cost"] = result.cost.T.copy() if self.stacked else result.costs
        infos["safety"] = result.safety.T.copy() if self.stacked else result.safeties
        clipped = result.clipped
        infos["obs_clipped"] = np.stack(list(clipped.values()), axis=1) if self.stacked else clipped
        if result.used is not None:
            used = result.used
            infos["action_used"] = used.T.copy() if self.stacked else dict(zip(clipped, used, strict=True))
        infos["limited"] = self.core.limited
        return infos

    def _shown(self, observations: Vectors) -> ByAgent:
        if not self.stacked:
            return observations
        return observations.stacked.reshape(self.n_env, len(self.possible_agents), -1)

    def _add_state(self, infos: dict[str, Any], name: str) -> None:
        if self.info_state:
            infos[name] = self.state()

    def _seeds(self, seed: Any) -> list[int]:
        if isinstance(seed, str) or not isinstance(seed, (Sequence, np.ndarray)):
            first = whole(seed)
            return [first + env for env in range(self.n_env)]
        if len(seed) != self.n_env:
            raise ConfigError(f"{len(seed)} seeds for {self.n_env} environments.", remedy="Give one for each.")
        return list(seed)

    def _of(self, chosen: IndexArray, option: Any) -> Any:
        """What an option says of some environments; the same of all where it has no entry for each."""
        by_env = not isinstance(option, str) and np.shape(option)[:1] == (self.n_env,)
        return np.asarray(option)[chosen] if by_env else option

    def _chosen(self, mask: Any) -> IndexArray | None:
        if mask is None:
            return None
        chosen = np.asarray(mask)
        if chosen.shape != (self.n_env,) or chosen.dtype != np.bool_:
            raise ConfigError(
                f"{_MASK} has shape {chosen.shape} and type {chosen.dtype}.",
                remedy=f"Give True or False for each of the {self.n_env} environments.",
            )
        return np.flatnonzero(chosen)

    def _check_stackable(self) -> None:
        dims = {agent: space.shape[0] for agent, space in self.observation_spaces.items()}
        if len(set(dims.values())) > 1:
            raise ConfigError(
                f"Observations of different lengths cannot be stacked: {dims}.",
                remedy="Leave out stacked, and use the mapping by agent.",
            )


def _check_lockstep(core: EnvironmentCore) -> None:
    if isinstance(core, EventDrivenCore):
        raise ConfigError(
            "Environments behind arrays step together; this core runs on events, where each has instants of its own.",
            remedy="Build it without event_driven, with drawn timing by heron.envs.DelayedCore if it is to be late; "
            "or step the PettingZoo environment.",
        )


def _mode(mode: AutoresetMode | str) -> AutoresetMode:
    if isinstance(mode, AutoresetMode):
        return mode
    names = {known.name.lower(): known for known in AutoresetMode}
    if str(mode).lower() not in names:
        raise ConfigError(f"There is no autoreset mode {mode!r}.", remedy=f"Choose one of {sorted(names)}.")
    return names[str(mode).lower()]

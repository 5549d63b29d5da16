"""TorchRL: many environments as one ``EnvBase`` with a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from heron.envs import VectorEnv
from heron.envs.agent_axis import JoinedActions
from heron.envs.observer import Vectors
from heron.errors import ActionError, ConfigError
from heron.types import AgentID, BoolArray, Float32Array, IndexArray
from powergrid_rl.adapters.group_layout import GroupLayout, action_choices, group_layouts
from powergrid_rl.training.errors import MissingExtraError

try:
    import torch
    from tensordict import TensorDict, TensorDictBase
    from torchrl.data import Bounded, Categorical, Composite, Unbounded
    from torchrl.envs import EnvBase
    from torchrl.envs.utils import MarlGroupMapType, check_marl_grouping
except ImportError as cause:
    raise MissingExtraError(
        f"This adapter needs TorchRL ({cause}).", remedy='Install it: pip install "powergrid-rl[torchrl]"'
    ) from cause

Groups = Mapping[str, Sequence[AgentID]]
_DONE = ("done", "terminated", "truncated")


class TorchRLGridEnv(EnvBase):
    """Environments for TorchRL, simulated together: the batch is one of environments.

    A group has ``observation`` and ``action`` ``(n_env, n_member, dim)``, ``reward`` ``(n_env, n_member, 1)``, and
    ``cost`` and ``safety`` of the same shape under ``info``. ``done``, ``terminated`` and ``truncated`` are
    ``(n_env, 1)`` at the root and ``(n_env, n_member, 1)`` in each group; ``state`` ``(n_env, dim)`` at the root is
    for centralised critics.

    A step gives the last observation of an episode that ends; the new one begins when TorchRL resets that
    environment. Keywords of ``reset`` are handed to the plant: ``env.reset(day=days)``.

    Parameters
    ----------
    vector
        The environments; TorchRL resets by itself, whatever their autoreset mode.
    group_map
        Which agents are stacked: a `MarlGroupMapType`, or names by group. All together when not given.
    levels
        Give agents a choice of actions in place of numbers: all combinations of this many values of each entry, see
        `action_choices`. QMIX and others need it.
    value_after_limit
        Whether an episode that has reached its last step would go on: then it is reported as ``truncated``, and
        learners add the value of its last observation. Say False where the end settles all accounts, as a day of the
        microgrids does; it is reported as ``terminated`` then.
    device
        Where tensors are handed over.

    Attributes
    ----------
    group_map
        Agents by group.
    max_steps
        Steps of an episode.

    Raises
    ------
    ConfigError
        If agents of one group have different spaces, or there are too many choices.
    """

    batch_locked = True

    def __init__(
        self,
        vector: VectorEnv,
        *,
        group_map: MarlGroupMapType | Groups | None = None,
        levels: int | None = None,
        value_after_limit: bool = True,
        device: Any = "cpu",
    ) -> None:
        super().__init__(device=torch.device(device), batch_size=torch.Size([vector.n_env]))
        agents = vector.possible_agents
        chosen = MarlGroupMapType.ALL_IN_ONE_GROUP if group_map is None else group_map
        groups = chosen.get_group_map(agents) if isinstance(chosen, MarlGroupMapType) else chosen
        self.group_map = {name: list(members) for name, members in groups.items()}
        check_marl_grouping(self.group_map, agents)
        self.vector = vector
        self.max_steps: int = vector.core.options.max_steps
        self._value_after_limit = value_after_limit
        self._layouts = group_layouts(self.group_map, vector.observation_spaces, vector.action_spaces)
        self._choices = {
            layout.name: None if levels is None else action_choices(layout.actions, levels) for layout in self._layouts
        }
        self._apart = JoinedActions(vector.action_spaces)
        self._width = sum(space.shape[0] for space in vector.action_spaces.values())
        self._pending_seed: int | None = None
        self._ended: BoolArray = np.zeros(vector.n_env, dtype=np.bool_)
        self._make_specs()

    def _make_specs(self) -> None:
        n_env = self.vector.n_env
        shown, acted, earned, ends = {}, {}, {}, {}
        for layout in self._layouts:
            lead = (n_env, len(layout.agents))
            accounts = Composite({name: self._unbounded(*lead, 1) for name in ("cost", "safety")}, shape=lead)
            shown[layout.name] = Composite(
                {"observation": self._box(layout.observations, lead), "info": accounts}, shape=lead
            )
            acted[layout.name] = Composite({"action": self._action_spec(layout, lead)}, shape=lead)
            earned[layout.name] = Composite({"reward": self._unbounded(*lead, 1)}, shape=lead)
            ends[layout.name] = Composite({name: self._flag(*lead, 1) for name in _DONE}, shape=lead)
        state = self._box(self.vector.state_space, (n_env,))
        flags = {name: self._flag(n_env, 1) for name in _DONE}
        self.observation_spec = Composite({**shown, "state": state}, shape=(n_env,))
        self.action_spec = Composite(acted, shape=(n_env,))
        self.reward_spec = Composite(earned, shape=(n_env,))
        self.done_spec = Composite({**ends, **flags}, shape=(n_env,))

    def _action_spec(self, layout: GroupLayout, lead: tuple[int, ...]) -> Any:
        choices = self._choices[layout.name]
        if choices is None:
            return self._box(layout.actions, lead)
        return Categorical(len(choices), shape=torch.Size(lead), dtype=torch.int64, device=self.device)

    def _box(self, space: Any, lead: tuple[int, ...]) -> Any:
        shape = torch.Size((*lead, *space.shape))
        if not np.isfinite(space.low).all() or not np.isfinite(space.high).all():
            return self._unbounded(*shape)
        low, high = (torch.from_numpy(bound.copy()).expand(shape) for bound in (space.low, space.high))
        return Bounded(low=low, high=high, shape=shape, dtype=torch.float32, device=self.device)

    def _unbounded(self, *shape: int) -> Any:
        return Unbounded(shape=torch.Size(shape), dtype=torch.float32, device=self.device)

    def _flag(self, *shape: int) -> Any:
        return Categorical(2, shape=torch.Size(shape), dtype=torch.bool, device=self.device)

    def _set_seed(self, seed: int | None) -> None:
        self._pending_seed = seed

    def _reset(self, tensordict: TensorDictBase | None = None, **options: Any) -> TensorDictBase:
        n_env, chosen = self.vector.n_env, self._asked(tensordict)
        seed, self._pending_seed = self._pending_seed, None
        seeds = None if seed is None else (seed + chosen).tolist()
        observations = self.vector.core.reset(seeds=seeds, envs=chosen, options=options)
        self._ended[chosen] = False
        out = self._shown(observations)
        nothing = np.zeros((len(self.vector.possible_agents), n_env))
        self._add_accounts(out, nothing, nothing)
        self._add_ends(out, self._ended.copy(), np.zeros_like(self._ended))
        return self._packed(out)

    def _step(self, tensordict: TensorDictBase) -> TensorDictBase:
        self._check_under_way(tensordict)
        result = self.vector.core.step(self._actions(tensordict))
        terminated, truncated = result.terminated, result.truncated
        if not self._value_after_limit:
            terminated, truncated = terminated | truncated, np.zeros_like(truncated)
        self._ended = result.terminated | result.truncated
        out = self._shown(result.observations)
        self._add_accounts(out, result.cost, result.safety)
        for layout in self._layouts:
            out[layout.name]["reward"] = self._by_member(result.reward, layout)
        self._add_ends(out, terminated, truncated)
        return self._packed(out)

    def _check_under_way(self, tensordict: TensorDictBase) -> None:
        stepping = tensordict.get("_step", None)
        if stepping is not None and not stepping.all():
            raise ConfigError(
                "Environments are simulated together: none can be held while others go on.",
                remedy="Roll out with break_when_any_done=False, which begins new episodes.",
            )
        if self._ended.any():
            first = int(np.flatnonzero(self._ended)[0])
            raise ConfigError(f"The episode of environment {first} has ended.", remedy="Reset it before the next step.")

    def _asked(self, tensordict: TensorDictBase | None) -> Any:
        """Environments that are to be reset."""
        everyone = np.arange(self.vector.n_env)
        if tensordict is None:
            return everyone
        for key in ("_reset", *((layout.name, "_reset") for layout in self._layouts)):
            mask = tensordict.get(key, None)
            if mask is not None:
                return everyone[mask.reshape(self.vector.n_env, -1).any(dim=1).cpu().numpy()]
        return everyone

    def _actions(self, tensordict: TensorDictBase) -> Any:
        joined = np.empty((self.vector.n_env, self._width), dtype=np.float32)
        for layout in self._layouts:
            values = tensordict.get((layout.name, "action")).detach().cpu().numpy()
            expected = tuple(self.full_action_spec[layout.name, "action"].shape)
            if values.shape != expected:
                raise ActionError(f"Actions of group {layout.name!r} have shape {values.shape}, expected {expected}.")
            choices = self._choices[layout.name]
            if choices is not None:
                values = _chosen(layout.name, values, choices)
            joined[:, layout.action_columns] = values.reshape(self.vector.n_env, -1)
        return self._apart.apart(joined)

    def _shown(self, observations: Vectors) -> dict[str, Any]:
        n_env = self.vector.n_env
        out: dict[str, Any] = {"state": self._tensor(self.vector.state())}
        for layout in self._layouts:
            own = observations.stacked.take(layout.observation_columns, axis=1)
            out[layout.name] = {"observation": self._tensor(own.reshape(n_env, len(layout.agents), -1))}
        return out

    def _add_accounts(self, out: dict[str, Any], cost: Any, safety: Any) -> None:
        for layout in self._layouts:
            info = {"cost": self._by_member(cost, layout), "safety": self._by_member(safety, layout)}
            out[layout.name]["info"] = info

    def _add_ends(self, out: dict[str, Any], terminated: BoolArray, truncated: BoolArray) -> None:
        for name, values in zip(_DONE, (terminated | truncated, terminated, truncated), strict=True):
            flags = self._tensor(values).unsqueeze(-1)
            out[name] = flags
            for layout in self._layouts:
                out[layout.name][name] = flags.unsqueeze(1).repeat(1, len(layout.agents), 1)

    def _packed(self, out: dict[str, Any]) -> TensorDictBase:
        for layout in self._layouts:
            own, lead = out[layout.name], torch.Size([self.vector.n_env, len(layout.agents)])
            own["info"] = TensorDict(own["info"], batch_size=lead, device=self.device)
            out[layout.name] = TensorDict(own, batch_size=lead, device=self.device)
        return TensorDict(out, batch_size=self.batch_size, device=self.device)

    def _by_member(self, values: Any, layout: GroupLayout) -> Any:
        """Numbers ``(n_learner, n_env)`` as a group's tensor ``(n_env, n_member, 1)``."""
        return self._tensor(values[layout.places].T.astype(np.float32)).unsqueeze(-1)

    def _tensor(self, values: Float32Array | BoolArray) -> Any:
        return torch.from_numpy(np.ascontiguousarray(values)).to(self.device)


def _chosen(group: str, numbers: IndexArray, choices: Float32Array) -> Float32Array:
    if numbers.min() < 0 or numbers.max() >= len(choices):
        raise ActionError(
            f"Actions of group {group!r} are choices from {numbers.min()} to {numbers.max()}.",
            remedy=f"There are {len(choices)}, counted from 0.",
        )
    return choices[numbers]

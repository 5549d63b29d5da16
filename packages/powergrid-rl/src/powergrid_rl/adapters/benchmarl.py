"""BenchMARL: microgrids as a task, so that MAPPO, IPPO, MADDPG, QMIX and others of its algorithms train on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from powergrid.envs import VectorGridEnv
from powergrid.setups.loader import load_setup
from powergrid_rl.adapters.torchrl import TorchRLGridEnv
from powergrid_rl.training.errors import MissingExtraError

try:
    from benchmarl.environments import TaskClass
    from torchrl.envs import RewardScaling
except ImportError as cause:
    raise MissingExtraError(
        f"This adapter needs BenchMARL ({cause}).", remedy='Install it: pip install "powergrid-rl[benchmarl]"'
    ) from cause


class PowerGridTask(TaskClass):
    """A setup as a task of BenchMARL, to be handed to an ``Experiment`` as it is.

    Training and BenchMARL's own evaluation take the days of the configuration's split. Judge what was learned on
    held-out days with a `TorchRLGridEnv` of your own.

    Parameters
    ----------
    setup
        Name or folder of a setup.
    changes
        Keys of its configuration with other values.
    levels
        Values of each entry of an action, for algorithms that choose from actions instead of giving numbers. Three
        of four entries are 81 choices.
    value_after_limit
        As in `TorchRLGridEnv`: whether the last step of an episode only interrupts a task that goes on.
    group_map
        As in `TorchRLGridEnv`: which agents are stacked, and share parameters where the experiment says so.
    reward_scale
        Rewards are divided by it, in BenchMARL's logs too, as networks learn numbers of the order of one. [USD]
    """

    def __init__(
        self,
        setup: str = "ieee34_ieee13",
        *,
        changes: Mapping[str, Any] | None = None,
        levels: int = 3,
        value_after_limit: bool = False,
        group_map: Any = None,
        reward_scale: float = 10.0,
    ) -> None:
        config = {
            "setup": setup,
            "changes": dict(changes or {}),
            "levels": levels,
            "value_after_limit": value_after_limit,
            "group_map": group_map,
            "reward_scale": reward_scale,
        }
        super().__init__(name=setup, config=config)

    def get_env_fun(
        self, num_envs: int, continuous_actions: bool, seed: int | None, device: Any
    ) -> Callable[[], TorchRLGridEnv]:
        """A function that builds ``num_envs`` environments in one batch."""

        def build() -> TorchRLGridEnv:
            vector = VectorGridEnv(load_setup(self.config["setup"]) | self.config["changes"], n_env=num_envs)
            env = TorchRLGridEnv(
                vector,
                group_map=self.config["group_map"],
                levels=None if continuous_actions else self.config["levels"],
                value_after_limit=self.config["value_after_limit"],
                device=device,
            )
            env.set_seed(seed)
            return env

        return build

    def supports_continuous_actions(self) -> bool:
        """Yes."""
        return True

    def supports_discrete_actions(self) -> bool:
        """Yes: choices of ``levels`` values of each entry."""
        return True

    def max_steps(self, env: Any) -> int:
        """Steps of an episode."""
        return int(env.max_steps)

    def has_render(self, env: Any) -> bool:
        """No."""
        return False

    def group_map(self, env: Any) -> dict[str, list[str]]:
        """Agents by group."""
        return dict(env.group_map)

    def observation_spec(self, env: Any) -> Any:
        """What agents observe, of one environment."""
        return self._without(env, "info")

    def info_spec(self, env: Any) -> Any:
        """Cost and safety of each agent, of one environment."""
        return self._without(env, "observation")

    def state_spec(self, env: Any) -> Any:
        """The state for centralised critics and mixers, of one environment."""
        spec = env.full_observation_spec_unbatched.clone()
        for group in env.group_map:
            del spec[group]
        return spec

    def action_spec(self, env: Any) -> Any:
        """What agents decide, of one environment."""
        return env.full_action_spec_unbatched

    def action_mask_spec(self, env: Any) -> None:
        """None: every action may be chosen at any time."""

    def get_env_transforms(self, env: Any) -> list[Any]:
        """Division of rewards by their scale."""
        keys = [(group, "reward") for group in env.group_map]
        return [RewardScaling(loc=0.0, scale=1.0 / self.config["reward_scale"], in_keys=keys)]

    @staticmethod
    def env_name() -> str:
        """Name of the environment in logs."""
        return "powergrid"

    @staticmethod
    def log_info(batch: Any) -> dict[str, float]:
        """Mean cost and safety of an agent and step."""
        found: dict[str, float] = {}
        for group, members in batch.get("next").items():
            if hasattr(members, "keys") and "info" in members.keys():  # noqa: SIM118  # a tensordict is no mapping
                info = members.get("info")
                found |= {f"{group}/{name}": float(info.get(name).mean()) for name in ("cost", "safety")}
        return found

    def _without(self, env: Any, name: str) -> Any:
        """What the groups are shown but for one entry."""
        spec = env.full_observation_spec_unbatched.clone()
        del spec["state"]
        for group in env.group_map:
            del spec[group, name]
        return spec

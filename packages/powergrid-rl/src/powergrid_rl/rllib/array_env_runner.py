"""Sampling from many environments behind arrays: the array route."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium
from ray.rllib.core import COMPONENT_RL_MODULE
from ray.rllib.env import INPUT_ENV_SINGLE_SPACES, INPUT_ENV_SPACES
from ray.rllib.env.env_runner import EnvRunner
from ray.rllib.utils.checkpoints import Checkpointable
from ray.rllib.utils.metrics import NUM_ENV_STEPS_SAMPLED_LIFETIME, WEIGHTS_SEQ_NO

from powergrid.powerflow.threads import set_threads
from powergrid_rl.rllib.array_sampler import ArraySampler
from powergrid_rl.rllib.chunk import Chunk
from powergrid_rl.rllib.sampling_record import SamplingRecord

SAMPLER = "sampler"
FACTORY = "factory"
TEAMS = "teams"


class ArrayEnvRunner(EnvRunner, Checkpointable):
    """Runs all environments of one process together and returns their experience as arrays.

    ``config.env_config`` holds the environment's ``factory`` and the ``teams``. RLlib's env-to-module and module-to-env
    connectors and its episode callbacks do not run here: scaling and clipping are the environment's business.

    Parameters
    ----------
    config
        The algorithm's configuration.
    """

    def __init__(self, *, config: Any, **kwargs: Any) -> None:
        super().__init__(config=config, **kwargs)
        self.module: Any = None
        self.sampler: ArraySampler | None = None
        self._record = SamplingRecord(self.metrics, self.config)
        self._weights_seq_no = 0
        # With remote runners the local one only holds weights for evaluation and checkpoints.
        if self.worker_index or not self.config.num_env_runners or self.config.create_env_on_local_worker:
            self.make_env()
        self.make_module()

    def make_env(self) -> None:
        """Build the batched environment and begin its first episodes."""
        if self.worker_index:
            set_threads(1)  # workers share the cores among them; threads in each would only get in each other's way
        settings = self.config.env_config
        self.env = settings[FACTORY].build_vector(n_env=self.config.num_envs_per_env_runner)
        self.sampler = ArraySampler(
            self.env, settings[TEAMS], seed=self.config.seed, worker_index=self.worker_index or 0
        )

    def make_module(self) -> None:
        """Build the acting half of the networks."""
        spec = self.config.get_multi_rl_module_spec(spaces=self.get_spaces(), inference_only=True)
        for module_spec in spec.rl_module_specs.values():
            # RLlib does this for its own module specifications only.
            module_spec.inference_only = True
        self.module = spec.build()

    def sample(self, *, explore: bool | None = None, random_actions: bool = False, **kwargs: Any) -> list[Chunk]:
        """Experience of one fragment in all environments."""
        assert self.sampler is not None
        n_step = self.config.get_rollout_fragment_length(self.worker_index or 0)
        modules = {team.name: self.module[team.name] for team in self.sampler.teams}
        chunk = self.sampler.sample(modules, n_step)
        self._record.log(chunk, self.sampler)
        self.num_env_steps_sampled_lifetime += len(chunk)
        return [chunk]

    def get_metrics(self) -> Any:
        """What was sampled since the last call."""
        return self.metrics.reduce()

    def get_spaces(self) -> dict[str, tuple[gymnasium.Space[Any], gymnasium.Space[Any]]]:
        """Spaces of the environment and of each module."""
        teams = self.config.env_config[TEAMS]
        observation = {agent: team.observation_space for team in teams for agent in team.agents}
        action = {agent: team.action_space for team in teams for agent in team.agents}
        whole = (gymnasium.spaces.Dict(observation), gymnasium.spaces.Dict(action))
        own = {team.name: (team.observation_space, team.action_space) for team in teams}
        return {INPUT_ENV_SPACES: whole, INPUT_ENV_SINGLE_SPACES: whole, **own}

    def get_state(self, components: Any = None, *, not_components: Any = None, **kwargs: Any) -> dict[str, Any]:
        """Weights and everything sampling needs to go on as if never stopped."""
        state: dict[str, Any] = {NUM_ENV_STEPS_SAMPLED_LIFETIME: self.num_env_steps_sampled_lifetime}
        if self._check_component(COMPONENT_RL_MODULE, components, not_components):
            state[COMPONENT_RL_MODULE] = self.module.get_state(
                components=self._get_subcomponents(COMPONENT_RL_MODULE, components),
                not_components=self._get_subcomponents(COMPONENT_RL_MODULE, not_components),
                **kwargs,
            )
            state[WEIGHTS_SEQ_NO] = self._weights_seq_no
        if self.sampler is not None and self._check_component(SAMPLER, components, not_components):
            state[SAMPLER] = self.sampler.save_state()
        return state

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `get_state` gave, or new weights from the learner."""
        if COMPONENT_RL_MODULE in state:
            number = state.get(WEIGHTS_SEQ_NO, 0)
            if number == 0 or self._weights_seq_no < number:
                self.module.set_state(_fetched(state[COMPONENT_RL_MODULE]))
            self._weights_seq_no = number or self._weights_seq_no
        if SAMPLER in state and self.sampler is not None:
            self.sampler.restore_state(state[SAMPLER])
        if NUM_ENV_STEPS_SAMPLED_LIFETIME in state:
            self.num_env_steps_sampled_lifetime = state[NUM_ENV_STEPS_SAMPLED_LIFETIME]

    def get_ctor_args_and_kwargs(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """How RLlib builds the runner again."""
        return (), {"config": self.config}

    def get_checkpointable_components(self) -> list[tuple[str, Any]]:
        """The networks, which have files of their own in a checkpoint."""
        return [(COMPONENT_RL_MODULE, self.module)]

    def assert_healthy(self) -> None:
        """The runner is complete."""
        assert self.module is not None

    def stop(self) -> None:
        """Let go of the environment."""
        if self.env is not None:
            self.env.close()


def _fetched(weights: Any) -> Any:
    import ray

    return ray.get(weights) if isinstance(weights, ray.ObjectRef) else weights

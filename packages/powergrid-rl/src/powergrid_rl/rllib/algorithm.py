"""RLlib's PPO set up for teams of agents with a centralised or a local critic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.connectors.connector_v2 import ConnectorV2
from ray.rllib.connectors.learner import (
    AddColumnsFromEpisodesToTrainBatch,
    AddObservationsFromEpisodesToBatch,
    AddOneTsToEpisodesAndTruncate,
    AgentToModuleMapping,
    BatchIndividualItems,
    NumpyToTensor,
)
from ray.rllib.core.rl_module.multi_rl_module import MultiRLModuleSpec
from ray.rllib.core.rl_module.rl_module import RLModuleSpec

from powergrid_rl.rllib.accounting import Accounting
from powergrid_rl.rllib.annealed_learner import ANNEALING, THREADS, AnnealedPPOLearner
from powergrid_rl.rllib.array_env_runner import FACTORY, TEAMS, ArrayEnvRunner
from powergrid_rl.rllib.chunk_batch import ChunkBatch
from powergrid_rl.rllib.episode_env import VALUE_AFTER_LIMIT, EpisodeEnv
from powergrid_rl.rllib.episode_targets import EpisodeTargets
from powergrid_rl.rllib.module import TeamModule
from powergrid_rl.rllib.state_column import StateColumn
from powergrid_rl.training.environment import EnvironmentFactory
from powergrid_rl.training.settings import Algorithm, Route, TrainingSettings
from powergrid_rl.training.teams import Roster, Team


class TeamOfAgent:
    """RLlib's map from agents to modules.

    Parameters
    ----------
    teams
        Who shares a policy.
    """

    def __init__(self, teams: Sequence[Team]) -> None:
        self._team = {agent: team.name for team in teams for agent in team.agents}

    def __call__(self, agent_id: str, *args: Any, **kwargs: Any) -> str:
        """Module of an agent, whatever the episode."""
        return self._team[agent_id]


def ppo_config(factory: EnvironmentFactory, roster: Roster, settings: TrainingSettings) -> PPOConfig:
    """Configuration of the algorithm; ``build_algo()`` makes it.

    Parameters
    ----------
    factory
        Builds the environments.
    roster
        Who learns.
    settings
        What the run is set to.
    """
    config = (
        PPOConfig()
        .environment(env=EpisodeEnv, env_config=_env_config(factory, roster, settings), disable_env_checking=True)
        .framework("torch")
        .multi_agent(policies={team.name for team in roster.teams}, policy_mapping_fn=TeamOfAgent(roster.teams))
        .rl_module(rl_module_spec=module_spec(roster, settings))
        .debugging(seed=settings.seed, log_level="ERROR")
        .reporting(metrics_num_episodes_for_smoothing=max(1, settings.n_step_round // 24))
    )
    config = config.env_runners(
        num_env_runners=settings.n_worker,
        num_envs_per_env_runner=settings.n_env,
        rollout_fragment_length=settings.n_step,
        **_runner(settings),
    )
    config = config.training(
        train_batch_size_per_learner=settings.n_step_round,
        gamma=settings.gamma,
        lambda_=settings.lambda_,
        clip_param=settings.clip,
        lr=settings.learning_rate,
        grad_clip=settings.gradient_limit,
        vf_loss_coeff=settings.value_weight,
        vf_clip_param=float("inf"),
        use_kl_loss=False,
        entropy_coeff=settings.entropy,
        learner_class=AnnealedPPOLearner,
        learner_config_dict={ANNEALING: annealing(settings), THREADS: settings.n_thread},
        **_minibatches(roster, settings),
    )
    return config.learners(
        num_learners=0,
        num_gpus_per_learner=0,
        add_default_connectors_to_learner_pipeline=False,
        learner_connector=LearnerPipeline(roster, settings),
    )


def module_spec(roster: Roster, settings: TrainingSettings) -> MultiRLModuleSpec:
    """Networks of all teams."""
    return MultiRLModuleSpec(
        rl_module_specs={
            team.name: RLModuleSpec(
                module_class=TeamModule,
                observation_space=team.observation_space,
                action_space=team.action_space,
                model_config=_model_config(team, roster, settings),
            )
            for team in roster.teams
        }
    )


def annealing(settings: TrainingSettings) -> Mapping[str, tuple[float, float]]:
    """First and last values of what changes over a run."""
    return {
        "learning_rate": (settings.learning_rate, settings.last_learning_rate),
        "entropy": (settings.entropy, settings.last_entropy),
    }


class LearnerPipeline:
    """Builds the pieces between experience and the learner, for either route.

    Parameters
    ----------
    roster, settings
        As in `ppo_config`.
    """

    def __init__(self, roster: Roster, settings: TrainingSettings) -> None:
        self._roster, self._settings = roster, settings

    def __call__(self, *spaces: Any) -> list[ConnectorV2]:
        """The pieces, in order."""
        settings = self._settings
        accounting = Accounting(
            gamma=settings.gamma,
            lambda_=settings.lambda_,
            reward_scale=settings.reward_scale,
            reward_limit=settings.reward_limit,
            value_after_limit=settings.value_after_limit,
        )
        if settings.route is Route.EPISODES:
            return self._episode_pieces(accounting)
        rows = n_row_minibatch(self._roster, settings)
        return [ChunkBatch(accounting=accounting, n_epoch=settings.n_epoch, n_row_minibatch=rows, seed=settings.seed)]

    def _episode_pieces(self, accounting: Accounting) -> list[ConnectorV2]:
        names = {team.name for team in self._roster.teams}
        mapping = AgentToModuleMapping(
            rl_module_specs=names,
            agent_to_module_mapping_fn=TeamOfAgent(self._roster.teams),
            as_learner_connector=True,
        )
        central = [StateColumn()] if self._settings.algorithm is Algorithm.MAPPO else []
        return [
            AddOneTsToEpisodesAndTruncate(),
            AddObservationsFromEpisodesToBatch(as_learner_connector=True),
            *central,
            AddColumnsFromEpisodesToTrainBatch(),
            mapping,
            BatchIndividualItems(multi_agent=True),
            NumpyToTensor(as_learner_connector=True),
            EpisodeTargets(accounting=accounting),
        ]


def n_row_minibatch(roster: Roster, settings: TrainingSettings) -> int:
    """Environment steps in a minibatch of the array route: whole minibatches fill the epochs, none exceeds one."""
    n_agent = max(len(team.agents) for team in roster.teams)
    n_row = settings.n_step_round * settings.n_epoch
    n_minibatch = max(settings.n_epoch, round(n_row * n_agent / settings.minibatch))
    return -(-n_row // n_minibatch)


def _env_config(factory: EnvironmentFactory, roster: Roster, settings: TrainingSettings) -> dict[str, Any]:
    if settings.route is Route.EPISODES and settings.algorithm is Algorithm.MAPPO:
        factory = factory.with_config(info_state=True)
    return {FACTORY: factory, TEAMS: roster.teams, VALUE_AFTER_LIMIT: settings.value_after_limit}


def _runner(settings: TrainingSettings) -> dict[str, Any]:
    if settings.route is Route.ARRAYS:
        return {"env_runner_cls": ArrayEnvRunner}
    # Drawn actions may leave the Box and are learned from as drawn.
    return {"batch_mode": "truncate_episodes"}


def _minibatches(roster: Roster, settings: TrainingSettings) -> dict[str, Any]:
    if settings.route is Route.ARRAYS:
        rows = n_row_minibatch(roster, settings)
        # ChunkBatch has repeated and shuffled the rows for all epochs.
        return {"num_epochs": 1, "minibatch_size": rows, "shuffle_batch_per_epoch": False}
    return {
        "num_epochs": settings.n_epoch,
        "minibatch_size": min(settings.minibatch, settings.n_step_round),
        "shuffle_batch_per_epoch": True,
    }


def _model_config(team: Team, roster: Roster, settings: TrainingSettings) -> dict[str, Any]:
    heads = [team.agents.index(agent) if agent in team.agents else 0 for agent in roster.learners]
    return {
        "n_agent": len(team.agents),
        "n_state": roster.n_state,
        "central": settings.algorithm is Algorithm.MAPPO,
        "heads": heads,
        "hidden": list(settings.hidden),
        "activation": settings.activation,
        "log_spread": settings.log_spread,
        "value_memory": settings.value_memory,
    }

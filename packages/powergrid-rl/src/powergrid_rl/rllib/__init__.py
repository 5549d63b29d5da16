"""Routes from a batched environment to RLlib's learner; needs the extra ``rllib``."""

from powergrid_rl.rllib.algorithm import ppo_config as ppo_config
from powergrid_rl.rllib.array_env_runner import ArrayEnvRunner as ArrayEnvRunner
from powergrid_rl.rllib.episode_env import EpisodeEnv as EpisodeEnv
from powergrid_rl.rllib.module import TeamModule as TeamModule

"""Train an algorithm of BenchMARL on many grids at once, and judge it on held-out days.

pip install "powergrid-rl[benchmarl]"
python examples/08_benchmarl.py --algorithm mappo
python examples/08_benchmarl.py --algorithm qmix    agents choose from 81 actions each
python examples/08_benchmarl.py --test              two short rounds, the form that CI runs

BenchMARL's own defaults suit other tasks: a learning rate of 5e-5 and minibatches of 400 learn very slowly here.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: small networks are faster with one thread

import numpy as np
import torch
from benchmarl.algorithms import IppoConfig, MaddpgConfig, MappoConfig, QmixConfig
from benchmarl.experiment import Experiment, ExperimentConfig
from benchmarl.models.mlp import MlpConfig
from torchrl.envs.utils import ExplorationType, set_exploration_type

from powergrid.envs import VectorGridEnv
from powergrid.setups.loader import load_setup
from powergrid_rl.adapters.benchmarl import PowerGridTask
from powergrid_rl.adapters.torchrl import TorchRLGridEnv
from powergrid_rl.evaluation.rollout import count_days

ALGORITHMS = {"mappo": MappoConfig, "ippo": IppoConfig, "maddpg": MaddpgConfig, "qmix": QmixConfig}
SETUP, DAY, LEVELS = "ieee34_ieee13", 24, 3
CHANGES = {"agent_one_hot": True}


def main() -> None:
    options = arguments()
    model = MlpConfig(num_cells=[128, 128], layer_class=torch.nn.Linear, activation_class=torch.nn.Tanh)
    experiment = Experiment(
        task=PowerGridTask(SETUP, changes=CHANGES, levels=LEVELS, reward_scale=100.0),
        algorithm_config=ALGORITHMS[options.algorithm].get_from_yaml(),
        model_config=model,
        critic_model_config=model,
        seed=0,
        config=settings(options),
    )
    choosing = not experiment.continuous_actions
    print(f"untrained: {held_out(experiment.policy, choosing=choosing):8.1f} USD per held-out day")
    experiment.run()
    print(f"\ntrained:   {held_out(experiment.policy, choosing=choosing):8.1f} USD per held-out day")


def settings(options: argparse.Namespace) -> ExperimentConfig:
    """What replaces BenchMARL's defaults."""
    config = ExperimentConfig.get_from_yaml()
    config.loggers, config.create_json, config.render = ["csv"], False, False
    config.save_folder = str(options.out)
    frames = options.grids * options.days * DAY
    config.lr, config.gamma, config.clip_grad_val = 1e-3, 0.99, 1.0
    config.max_n_frames = options.rounds * frames
    config.evaluation = False  # held_out below takes the days that nobody trained on
    config.on_policy_collected_frames_per_batch = config.off_policy_collected_frames_per_batch = frames
    config.on_policy_n_envs_per_worker = config.off_policy_n_envs_per_worker = options.grids
    config.on_policy_n_minibatch_iters, config.on_policy_minibatch_size = 4, min(1536, frames)
    config.off_policy_n_optimizer_steps, config.off_policy_train_batch_size = options.gradient_steps, 512
    config.off_policy_memory_size, config.off_policy_init_random_frames = 200_000, 0
    return config


def held_out(policy: torch.nn.Module, *, choosing: bool) -> float:
    """Mean return of all microgrids together on the days that nobody trained on, without exploration."""
    config = load_setup(SETUP) | CHANGES
    n_day = count_days(config, "test")
    grids = VectorGridEnv(config | {"train": False}, n_env=n_day)
    env = TorchRLGridEnv(grids, levels=LEVELS if choosing else None)
    with torch.no_grad(), set_exploration_type(ExplorationType.DETERMINISTIC):
        data = env.rollout(DAY, policy, auto_reset=False, tensordict=env.reset(day=np.arange(n_day)))
    return float(data["next", "agents", "reward"].sum() / n_day)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--algorithm", choices=sorted(ALGORITHMS), default="mappo")
    parser.add_argument("--grids", type=int, default=64, help="environments simulated together")
    parser.add_argument("--days", type=int, default=4, help="days of each in a round")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--gradient-steps", type=int, default=100, help="in a round, of MADDPG and QMIX")
    parser.add_argument("--out", type=Path, default=Path("runs/example_08"), help="folder of BenchMARL's records")
    parser.add_argument("--test", action="store_true", help="eight grids, two short rounds")
    options = parser.parse_args()
    if options.test:
        options.grids, options.days, options.rounds, options.gradient_steps = 8, 1, 2, 4
    options.out.mkdir(parents=True, exist_ok=True)
    return options


if __name__ == "__main__":
    main()

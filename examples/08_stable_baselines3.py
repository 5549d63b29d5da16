"""Train PPO of Stable-Baselines3 on many grids at once, and judge it on held-out days.

pip install "powergrid-rl[sb3]"
python examples/08_stable_baselines3.py --minutes 3
python examples/08_stable_baselines3.py --test    two short rounds, the form that CI runs

Every microgrid of every grid is an environment of its own, and all share one policy, which sees whose it is.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: small networks are faster with one thread

import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecMonitor, VecNormalize

from powergrid.envs import VectorGridEnv
from powergrid.setups.loader import load_setup
from powergrid_rl.adapters.stable_baselines3 import StableBaselinesVecEnv
from powergrid_rl.evaluation.rollout import count_days


class StopAfter(BaseCallback):
    """Ends the training after some minutes."""

    def __init__(self, minutes: float) -> None:
        super().__init__()
        self.end_s = time.monotonic() + 60.0 * minutes

    def _on_step(self) -> bool:
        return time.monotonic() < self.end_s


def main() -> None:
    options = arguments()
    config = load_setup("ieee34_ieee13") | {"agent_one_hot": True}
    grids = VectorGridEnv(config, n_env=options.grids)
    # A day settles what is left in the batteries, so that nothing comes after its end.
    counted = VecMonitor(StableBaselinesVecEnv(grids, value_after_limit=False))
    env = VecNormalize(counted, norm_obs=False, gamma=0.99)
    model = PPO(
        "MlpPolicy",
        env,
        learning_rate=1e-3,
        n_steps=24 if options.test else 96,
        batch_size=576 if options.test else 4608,
        n_epochs=4,
        max_grad_norm=1.0,
        policy_kwargs={"net_arch": [128, 128], "log_std_init": -0.5},
        device="cpu",
        seed=0,
    )
    print(f"untrained: {held_out(config, model):8.1f} USD per held-out day")
    started_s = time.monotonic()
    model.learn(2 * 24 * env.num_envs if options.test else 10**9, callback=StopAfter(options.minutes))
    n_step = model.num_timesteps // len(grids.possible_agents)
    print(f"{n_step} environment steps, {n_step / (time.monotonic() - started_s):.0f} per second with learning")
    print(f"trained:   {held_out(config, model):8.1f} USD per held-out day")


def held_out(config: dict, model: PPO) -> float:
    """Mean return of all microgrids together on the days that nobody trained on, without exploration."""
    n_day = count_days(config, "test")
    env = StableBaselinesVecEnv(VectorGridEnv(config | {"train": False}, n_env=n_day))
    env.set_options({"day": np.arange(n_day)})
    observations, earned, dones = env.reset(), 0.0, np.zeros(1, dtype=bool)
    while not dones.all():
        actions, _ = model.predict(observations, deterministic=True)
        observations, rewards, dones, _ = env.step(actions)
        earned += float(rewards.sum())
    return earned / n_day


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grids", type=int, default=64, help="environments simulated together")
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--test", action="store_true", help="eight grids, two short rounds")
    options = parser.parse_args()
    if options.test:
        options.grids = 8
    return options


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()

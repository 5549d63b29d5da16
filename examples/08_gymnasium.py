"""Evolve a linear policy on grids behind Gymnasium's vector interface, with nothing but numpy.

python examples/08_gymnasium.py
python examples/08_gymnasium.py --test    twenty small generations, the form that CI runs

Every environment of the batch tries other weights, so that one rollout of a day judges a whole generation. The three
microgrids share the weights; each is a sub-environment with a reward of its own.
"""

from __future__ import annotations

import argparse

import numpy as np
from gymnasium.wrappers.vector import RecordEpisodeStatistics

from heron.envs import SharedPolicyVectorEnv
from powergrid.envs import VectorGridEnv
from powergrid.setups.loader import load_setup
from powergrid_rl.evaluation.rollout import count_days

SPREAD, STEP = 0.05, 0.03  # of the weights tried, and of what is learned from them


def main() -> None:
    options = arguments()
    config = load_setup("ieee34_ieee13")
    env = SharedPolicyVectorEnv(VectorGridEnv(config, n_env=options.candidates))
    n_agent = len(env.vector.possible_agents)
    idle = env.vector.core.control.neutral(env.vector.possible_agents[0])
    weights = np.zeros((env.single_observation_space.shape[0] + 1, len(idle)))
    weights[-1] = idle  # begins as doing nothing
    print(f"do nothing: {held_out(config, weights):8.1f} USD per held-out day")

    rng, speed, n_day = np.random.default_rng(0), np.zeros_like(weights), count_days(config, "train")
    for generation in range(options.generations):
        tried = rng.normal(size=(options.candidates // 2, *weights.shape))
        candidates = weights + SPREAD * np.concatenate([tried, -tried])  # a direction and its opposite, on the same day
        days = np.tile(rng.integers(n_day, size=len(tried)), 2)
        returns = rollout(env, np.repeat(candidates, n_agent, axis=0), days).reshape(2, len(tried), n_agent).sum(axis=2)
        better = np.tanh((returns[0] - returns[1]) / np.abs(returns[0] - returns[1]).mean())
        speed = 0.8 * speed + np.tensordot(better, tried, axes=1) / len(tried)
        weights = weights + STEP * speed
        if generation % 25 == 24:
            print(f"generation {generation + 1:4d}: {held_out(config, weights):8.1f}")
    print(f"evolved:    {held_out(config, weights):8.1f} USD per held-out day")


def rollout(env: SharedPolicyVectorEnv, weights: np.ndarray, day: int | np.ndarray) -> np.ndarray:
    """Return of each sub-environment on one day, with weights of its own."""
    counted = RecordEpisodeStatistics(env)
    observations, _ = counted.reset(options={"day": day})
    while True:
        observations, _, _, truncated, infos = counted.step(act(weights, observations))
        if truncated.all():
            return infos["episode"]["r"]


def act(weights: np.ndarray, observations: np.ndarray) -> np.ndarray:
    """Linear in the observation, one set of weights for all or one for each."""
    linear = (observations[:, np.newaxis] @ weights[..., :-1, :])[:, 0] + weights[..., -1, :]
    return np.clip(linear, -1.0, 1.0).astype(np.float32)


def held_out(config: dict, weights: np.ndarray) -> float:
    """Mean return of all microgrids together on the days that nobody trained on."""
    n_day = count_days(config, "test")
    env = SharedPolicyVectorEnv(VectorGridEnv(config | {"train": False}, n_env=n_day))
    return float(rollout(env, weights, np.arange(n_day)).sum() / n_day)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--candidates", type=int, default=256, help="environments, each with weights of its own")
    parser.add_argument("--generations", type=int, default=150)
    parser.add_argument("--test", action="store_true", help="fewer candidates, twenty generations")
    options = parser.parse_args()
    if options.test:
        options.candidates, options.generations = 64, 20
    return options


if __name__ == "__main__":
    main()

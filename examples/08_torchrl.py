"""Train PPO with a central critic on many grids at once with TorchRL, and judge it on held-out days.

pip install "powergrid-rl[torchrl]"
python examples/08_torchrl.py --rounds 60
python examples/08_torchrl.py --test    two short rounds, the form that CI runs

The microgrids share an actor that reads its own observation; the critic reads the state and has a value for each.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: small networks are faster with one thread

import numpy as np
import torch
from tensordict.nn import TensorDictModule
from torch import nn
from torchrl.envs.utils import ExplorationType, set_exploration_type
from torchrl.modules import NormalParamExtractor, ProbabilisticActor, TanhNormal
from torchrl.objectives import ClipPPOLoss, ValueEstimators

from powergrid.envs import VectorGridEnv
from powergrid.setups.loader import load_setup
from powergrid_rl.adapters.torchrl import TorchRLGridEnv
from powergrid_rl.evaluation.rollout import count_days

AGENTS = "agents"
DAY = 24
REWARD_SCALE_USD = 100.0


def main() -> None:
    options = arguments()
    torch.manual_seed(0)
    config = load_setup("ieee34_ieee13") | {"agent_one_hot": True}
    # A day settles what is left in the batteries, so that nothing comes after its end.
    env = TorchRLGridEnv(VectorGridEnv(config, n_env=options.grids), value_after_limit=False)
    env.set_seed(0)
    actor, critic = networks(env)
    loss = ClipPPOLoss(
        actor,
        critic,
        entropy_coeff=0.0,
        critic_coeff=0.5,
        normalize_advantage=True,
        normalize_advantage_exclude_dims=(-2,),
    )
    keys = {
        "reward": "reward",
        "action": "action",
        "sample_log_prob": "log_prob",
        "value": "state_value",
        "done": "done",
        "terminated": "terminated",
    }
    loss.set_keys(**{name: (AGENTS, key) for name, key in keys.items()})
    loss.make_value_estimator(ValueEstimators.GAE, gamma=0.99, lmbda=0.95)
    optimiser = torch.optim.Adam(loss.parameters(), lr=1e-3)

    print(f"untrained: {held_out(config, actor):8.1f} USD per held-out day")
    for number in range(options.rounds):
        earned = learn(env, actor, loss, optimiser, options)
        if number % 10 == 9:
            print(f"round {number + 1:4d}: {earned:8.1f} USD per day of training, exploring")
    print(f"trained:   {held_out(config, actor):8.1f} USD per held-out day")


def networks(env: TorchRLGridEnv) -> tuple[ProbabilisticActor, TensorDictModule]:
    """An actor that all agents share, and a critic with a value for each."""
    n_agent, n_seen = env.observation_spec[AGENTS, "observation"].shape[1:]
    n_action, n_state = env.full_action_spec[AGENTS, "action"].shape[-1], env.observation_spec["state"].shape[-1]
    body = nn.Sequential(
        nn.Linear(n_seen, 128),
        nn.Tanh(),
        nn.Linear(128, 128),
        nn.Tanh(),
        nn.Linear(128, 2 * n_action),
        NormalParamExtractor("biased_softplus_0.5"),
    )
    parameters = [(AGENTS, "loc"), (AGENTS, "scale")]
    actor = ProbabilisticActor(
        TensorDictModule(body, in_keys=[(AGENTS, "observation")], out_keys=parameters),
        spec=env.full_action_spec[AGENTS, "action"],
        in_keys=parameters,
        out_keys=[(AGENTS, "action")],
        distribution_class=TanhNormal,
        return_log_prob=True,
        log_prob_key=(AGENTS, "log_prob"),
    )
    values = nn.Sequential(
        nn.Linear(n_state, 128),
        nn.Tanh(),
        nn.Linear(128, 128),
        nn.Tanh(),
        nn.Linear(128, n_agent),
        nn.Unflatten(-1, (n_agent, 1)),
    )
    return actor, TensorDictModule(values, in_keys=["state"], out_keys=[(AGENTS, "state_value")])


def learn(
    env: TorchRLGridEnv,
    actor: ProbabilisticActor,
    loss: ClipPPOLoss,
    optimiser: torch.optim.Optimizer,
    options: argparse.Namespace,
) -> float:
    """One round: roll out, judge, take gradient steps; gives the return of a day."""
    with torch.no_grad(), set_exploration_type(ExplorationType.RANDOM):
        data = env.rollout(options.days * DAY, actor, break_when_any_done=False)
        rewards = data["next", AGENTS, "reward"]
        earned = float(rewards.sum() / (options.grids * options.days))
        rewards /= REWARD_SCALE_USD
        loss.value_estimator(data, params=loss.critic_network_params, target_params=loss.target_critic_network_params)
    rows = data.reshape(-1)
    for _ in range(4):
        for part in torch.randperm(len(rows)).split(options.minibatch):
            found = loss(rows[part])
            optimiser.zero_grad()
            (found["loss_objective"] + found["loss_critic"]).backward()
            nn.utils.clip_grad_norm_(loss.parameters(), 1.0)
            optimiser.step()
    return earned


def held_out(config: dict, actor: ProbabilisticActor) -> float:
    """Mean return of all microgrids together on the days that nobody trained on, without exploration."""
    n_day = count_days(config, "test")
    env = TorchRLGridEnv(VectorGridEnv(config | {"train": False}, n_env=n_day))
    with torch.no_grad(), set_exploration_type(ExplorationType.DETERMINISTIC):
        start = env.reset(day=np.arange(n_day))
        data = env.rollout(DAY, actor, auto_reset=False, tensordict=start)
    return float(data["next", AGENTS, "reward"].sum() / n_day)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grids", type=int, default=64, help="environments simulated together")
    parser.add_argument("--days", type=int, default=4, help="days of each in a round")
    parser.add_argument("--minibatch", type=int, default=1536, help="environment steps of a gradient step")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--test", action="store_true", help="eight grids, two short rounds")
    options = parser.parse_args()
    if options.test:
        options.grids, options.days, options.rounds, options.minibatch = 8, 1, 2, 192
    return options


if __name__ == "__main__":
    main()

"""What the one-file trainer samples, and what it makes of it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from toy import AGENTS, ToyEnv

from heron.envs.vector import VectorEnv
from heron.errors import ConfigError
from powergrid_rl.fast.mappo_fast import Experience, MappoFast
from powergrid_rl.training import Algorithm, TrainingSettings
from powergrid_rl.training.environment import EnvironmentFactory, draw_seeds

N_ENV, N_STEP, CLOCK = 4, 23, 3  # episodes of 10 steps: a round ends in the middle of one


def trainer(**changes: Any) -> MappoFast:
    kept: dict[str, Any] = {"n_env": N_ENV, "n_step": N_STEP, "reward_scale": 5.0, "hidden": (16,), "seed": 3}
    settings = TrainingSettings(**{**kept, "algorithm": Algorithm.MAPPO_FAST, **changes})
    factory = EnvironmentFactory(config={"agent_one_hot": True}, env_class=ToyEnv)
    return MappoFast(factory.build_vector(n_env=settings.n_env, stacked=True), settings)


def sampled(**changes: Any) -> tuple[MappoFast, Experience, float]:
    made = trainer(**changes)
    return made, *made.sample()


def test_states_are_those_of_the_observations() -> None:
    # an agent's own target is part of its observation (first entry) and of the state (entries 0, 1, 2)
    _, experience, _ = sampled()
    for place in range(len(AGENTS)):
        torch.testing.assert_close(experience.state[:-1, :, place], experience.seen[:, :, place, 0], rtol=0.0, atol=0.0)


def test_last_states_are_those_before_the_new_episode() -> None:
    # the clock stands at 10/10 when an episode ends and at 0 when the next begins
    _, experience, _ = sampled()
    assert sorted(experience.last_state) == [9, 19]
    assert (experience.last_state[9][:, CLOCK] == 1.0).all()
    assert (experience.state[10, :, CLOCK] == 0.0).all()
    assert experience.ended[9].all()
    assert not experience.ended[10].any()


def test_rewards_are_what_the_actions_cost() -> None:
    # cost of agent k: 20 (aim - target)^2 + 2 (mean of aims)^2 USD, with aims cut to -1 ... 1; then divided by 5 USD
    _, experience, _ = sampled(log_spread=1.0)
    aim = experience.action[..., 0].clamp(-1.0, 1.0)
    target = experience.seen[..., 0]
    expected = -(20.0 * (aim - target) ** 2 + 2.0 * aim.mean(-1, keepdim=True) ** 2) / 5.0
    assert experience.action.abs().max() > 1.0
    torch.testing.assert_close(experience.reward, expected.clamp(-20.0, 20.0), rtol=1e-5, atol=1e-5)


def test_returns_are_sums_over_agents_and_steps_of_whole_episodes() -> None:
    _, experience, training_return = sampled(reward_limit=1e9)
    per_episode = 5.0 * experience.reward.sum(-1)[:20].reshape(2, 10, N_ENV).sum(1)
    assert abs(training_return - float(per_episode.mean())) < 1e-3


def test_log_probabilities_when_drawn_are_those_when_learned_from() -> None:
    made, experience, _ = sampled()
    with torch.no_grad():
        again = made.networks.log_probability(experience.seen, experience.action)
    expected = torch.distributions.Normal(made.networks.actor(experience.seen), made.networks.log_spread.exp())
    torch.testing.assert_close(again, expected.log_prob(experience.action).sum(-1), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(again, experience.log_probability, rtol=1e-5, atol=1e-5)


def test_the_first_loss_is_that_of_an_unmoved_policy() -> None:
    # ratios are 1, so the actor's part is the mean of standardised advantages, 0; the critic's is half its mean square
    made, experience, _ = sampled()
    rows, _ = made.prepare(experience)
    with torch.no_grad():
        loss = made.loss(*rows, bonus=0.0)
        missed = (made.networks.critic(rows[1]) - rows[-1]).square().mean()
    torch.testing.assert_close(loss, 0.5 * missed, rtol=1e-4, atol=1e-4)


def test_values_after_a_time_limit_count_only_where_the_task_goes_on() -> None:
    # lambda 0: the target of a step is its reward, plus gamma times the last state's value where that counts
    for goes_on in (False, True):
        made, experience, _ = sampled(lambda_=0.0, gamma=0.5, value_after_limit=goes_on)
        with torch.no_grad():
            last = made.networks.values(experience.last_state[9])
        rows, _ = made.prepare(experience)
        target = made.networks.scale.restore(rows[-1]).reshape(N_STEP, N_ENV, 3)[9]
        expected = experience.reward[9] + (0.5 * last if goes_on else 0.0)
        torch.testing.assert_close(target, expected, rtol=1e-4, atol=1e-4)


def test_every_row_is_learned_from_once_per_epoch() -> None:
    made = trainer(n_epoch=3, minibatch=60)
    # 92 rows of 3 agents in minibatches of about 60: 92 · 3 / 60 = 4.6, so 5 of 18 or 19 rows
    parts = list(made.minibatches(N_ENV * N_STEP))
    assert [len(part) for part in parts] == [19, 19, 18, 18, 18] * 3
    epochs = torch.cat(parts).reshape(3, -1)
    assert not torch.equal(epochs[0], epochs[1])
    assert all(torch.equal(epoch.sort().values, torch.arange(92)) for epoch in epochs)


@pytest.mark.parametrize(("stacked", "info_state"), [(False, True), (True, False)])
def test_environments_that_do_not_show_enough_are_refused(stacked: bool, info_state: bool) -> None:
    core = ToyEnv(n_env=2).core
    assert core is not None
    env = VectorEnv(core, stacked=stacked, info_state=info_state)
    with pytest.raises(ConfigError, match="needs stacked observations, and the global state"):
        MappoFast(env, TrainingSettings())


def test_runs_with_neighbouring_seeds_share_no_environment() -> None:
    assert not set(draw_seeds([0], 64)) & set(draw_seeds([1], 64))
    assert len(set(draw_seeds([0], 64))) == 64

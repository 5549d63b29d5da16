"""Days rolled out together, beside the same days one by one."""

from __future__ import annotations

import numpy as np
import pytest
from small_world import BATTERY, GENERATOR, SUN, alone, attached, days

from heron.core.policy import ConstantPolicy
from heron.errors import ConfigError
from powergrid.envs import MultiAgentMicrogrids
from powergrid_rl.baselines import do_nothing, random_actions, rule_based
from powergrid_rl.evaluation.rollout import DayBatch, Rollout, count_days, spread_days

EVERYTHING = (GENERATOR, BATTERY, SUN)


def alone_on(env: MultiAgentMicrogrids, maker: object, day: int) -> tuple[float, float, float, float]:
    """Return, cost, safety and share of violations of one day in a plain environment."""
    env.reset(seed=0, options={"day": day})
    policies = {agent: maker(env, agent) for agent in env.possible_agents}
    total, cost, safety, bad = 0.0, 0.0, 0.0, 0
    while env.agents:
        actions = {agent: policy.act(env.core.observe(agent))[0] for agent, policy in policies.items()}
        _, rewards, _, _, infos = env.step(actions)
        total += sum(rewards.values())
        cost += sum(info["cost"] for info in infos.values())
        safety += sum(info["safety"] for info in infos.values())
        bad += any(info["safety"] > 0.0 for info in infos.values())
    return total, cost, safety, bad / 24


@pytest.mark.parametrize("maker", [do_nothing, rule_based])
def test_a_batch_of_days_gives_what_each_day_gives_alone(maker: object) -> None:
    config = attached(*EVERYTHING, n_microgrid=2)
    rollout = DayBatch(config).run("policy", maker)
    env = MultiAgentMicrogrids({**config, "train": False})
    for day in range(2):
        found = (rollout.returns[day], rollout.costs_usd[day], rollout.safety[day], rollout.violations[day])
        np.testing.assert_allclose(found, alone_on(env, maker, day), rtol=1e-9, atol=1e-9)


def test_a_return_is_cost_and_penalty() -> None:
    rollout = DayBatch(attached(*EVERYTHING)).run("policy", random_actions)
    assert rollout.safety.max() > 0.0
    np.testing.assert_allclose(rollout.returns, -rollout.costs_usd - 300.0 * rollout.safety, rtol=1e-12)


def test_held_out_days_are_not_training_days() -> None:
    # day k of the small world has a price of 40 + k all day; 2 days train, 2 are held out
    config = alone(dataset=days([40.0] * 24), settle_storage=False)
    loads = 0.15 * 3.466
    training = DayBatch({**config, **_one_device()}, split="train").run("nothing", do_nothing)
    held_out = DayBatch({**config, **_one_device()}).run("nothing", do_nothing)
    # losses are below 3 % of the load
    np.testing.assert_allclose(training.costs_usd, 24 * loads * np.array([40.0, 41.0]), rtol=0.03)
    np.testing.assert_allclose(held_out.costs_usd, 24 * loads * np.array([42.0, 43.0]), rtol=0.03)


def _one_device() -> dict:
    return {"microgrid_configs": alone(BATTERY)["microgrid_configs"]}


def test_random_actions_depend_on_the_seed_alone() -> None:
    batch = DayBatch(alone(*EVERYTHING))
    first, again = (batch.run("random", random_actions, seed=3).returns for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert (first != batch.run("random", random_actions, seed=4).returns).all()


def test_rows_are_recorded_as_the_policy_met_them() -> None:
    price, soc = "market.exogenous.price_usd_per_mwh", "MG1.ess1.storage.soc"
    batch = DayBatch(alone(BATTERY, dataset=days([float(hour) for hour in range(24)])))
    discharge = batch.run("discharge", lambda env, agent: ConstantPolicy(1.0), record=(price, soc))
    np.testing.assert_allclose(discharge.traces[price][:, 0], np.arange(24) + 2.0)
    # 0.25 MW for an hour draws 0.25 / 0.95 of 1 MWh from 0.5; the floor is 0.1
    np.testing.assert_allclose(discharge.traces[soc][:3, 0], [0.5 - 0.25 / 0.95, 0.1, 0.1], atol=1e-12)


def test_the_worst_voltage_is_the_one_farthest_from_one() -> None:
    def rollout(low: float, high: float) -> Rollout:
        zeros = np.zeros(2)
        return Rollout(
            name="policy",
            days=np.arange(2),
            returns=zeros,
            costs_usd=zeros,
            safety=zeros,
            violations=zeros,
            vm_min_pu=np.array([low, 1.0]),
            vm_max_pu=np.array([1.0, high]),
        )

    assert rollout(0.93, 1.06).worst_vm_pu == 0.93
    assert rollout(0.97, 1.06).worst_vm_pu == 1.06


def test_chosen_days_keep_their_numbers() -> None:
    rollout = DayBatch(alone(BATTERY), days=np.array([1])).run("nothing", do_nothing)
    assert rollout.days.tolist() == [1]


def test_days_are_counted_and_spread() -> None:
    assert count_days(alone(BATTERY), "test") == 2
    assert spread_days(10, 4).tolist() == [0, 2, 5, 7]
    assert spread_days(3, 10).tolist() == [0, 1, 2]


def test_a_configuration_on_events_is_judged_in_lockstep() -> None:
    lockstep = alone(GENERATOR, BATTERY)
    trip = {"kind": "device_trip", "targets": ["A1.g"], "at_s": 60.0, "duration_s": 60.0}
    on_events = {**lockstep, "event_driven": True, "centralized": False, "timing_jitter": 0.1, "disturbances": [trip]}
    found, expected = (DayBatch(config).run("rule", rule_based) for config in (on_events, lockstep))
    np.testing.assert_array_equal(found.returns, expected.returns)


def test_physical_actions_are_refused() -> None:
    with pytest.raises(ConfigError, match="actions from -1 to 1"):
        DayBatch(alone(BATTERY, action_units="physical"))


def test_an_environment_without_learners_is_refused() -> None:
    with pytest.raises(ConfigError, match="Nobody learns"):
        DayBatch(alone(BATTERY, learners=[]))


def test_devices_that_learn_apart_are_judged_by_their_microgrids_voltage() -> None:
    together = DayBatch(alone(GENERATOR, BATTERY)).run("nothing", do_nothing)
    apart = DayBatch(alone(GENERATOR, BATTERY, learners="devices")).run("nothing", do_nothing)
    np.testing.assert_array_equal(apart.vm_min_pu, together.vm_min_pu)

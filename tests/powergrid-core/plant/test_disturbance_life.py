"""Disturbances begin and end: for some environments, over resets and saved states, and on events."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandapower as pp
import pytest
from disturbed_feeder import (
    EVERYTHING,
    begin_all,
    end_all,
    missing_mw,
    steps,
)

from heron.envs.event_driven import EventDrivenCore
from heron.envs.execution import Execution
from heron.errors import ConfigError, UnknownNameError
from heron.scheduling import Disturbance, DisturbanceSchedule
from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid.errors import PowerFlowError
from powergrid.powerflow import Topology


def test_power_is_balanced_whatever_is_wrong(feeder) -> None:
    env = feeder(2)
    begin_all(env, [1])
    for first in range(3):
        steps(env, first=first)
        assert missing_mw(env) < 1e-6
        grid = env.plant.grid
        np.testing.assert_allclose(np.add.reduce(grid.import_mw), grid.slack_mva.real, atol=1e-9)


def test_one_environment_is_hit_and_the_others_are_not(feeder) -> None:
    batch, calm, wrong = feeder(3), feeder(), feeder()
    batch.core.reset(seeds=[0, 0, 0], envs=np.arange(3))
    begin_all(batch, [1])
    begin_all(wrong)
    for first in range(4):
        for env in (batch, calm, wrong):
            steps(env, first=first)
        together = batch.core.table.values
        np.testing.assert_array_equal(together[:, [0]], calm.core.table.values)
        np.testing.assert_array_equal(together[:, [1]], wrong.core.table.values)
        np.testing.assert_array_equal(together[:, [2]], calm.core.table.values)
        np.testing.assert_array_equal(batch.plant.grid.v[:, [1]], wrong.plant.grid.v)
        if first == 1:
            end_all(batch)
            end_all(wrong)


def test_what_is_over_leaves_no_trace_where_nothing_passed(feeder) -> None:
    env, calm = feeder(2), feeder(2)
    for first in range(3):
        begin_all(env)
        end_all(env)
        np.testing.assert_array_equal(env.core.table.values, calm.core.table.values)
        steps(env, first=first)
        steps(calm, first=first)
    np.testing.assert_array_equal(env.core.table.values, calm.core.table.values)
    assert not env.plant.grid.switchgear.is_used


def test_reset_undoes_everything_where_it_is_called(feeder) -> None:
    env, calm, wrong = feeder(2), feeder(2), feeder(2)
    begin_all(env)
    begin_all(wrong)
    for one in (env, calm, wrong):
        steps(one, 2)
        one.core.reset(seeds=[7], envs=np.array([0]))
    begin_all(wrong)
    for first in range(2):
        np.testing.assert_array_equal(env.core.table.values[:, 0], calm.core.table.values[:, 0])
        np.testing.assert_array_equal(env.core.table.values[:, 1], wrong.core.table.values[:, 1])
        assert not np.array_equal(env.core.table.values[:, 1], calm.core.table.values[:, 1])
        for one in (env, calm, wrong):
            steps(one, first=first)
    env.core.reset(seeds=[3, 4])
    calm.core.reset(seeds=[3, 4])
    np.testing.assert_array_equal(env.core.table.values, calm.core.table.values)
    steps(env)
    steps(calm)
    np.testing.assert_array_equal(env.core.table.values, calm.core.table.values)


def test_going_on_from_a_saved_state_equals_never_stopping(feeder) -> None:
    env, other = feeder(2), feeder(2)
    env.plant.set_topology(Topology(open_branches=["MG1 Line 632645"]), [0])
    begin_all(env, [0])
    steps(env)
    saved, factors = env.core.save_state(), env.plant.grid.load_factor().copy()
    kept = []
    for first in range(2):
        steps(env, first=first)
        kept.append(env.core.table.values.copy())
    end_all(env)
    steps(env, first=2)
    kept.append(env.core.table.values.copy())
    for again in (env, other):
        again.core.restore_state(saved)
        assert list(again.plant.unavailable()) == ["MG1.b1", "MG1.h1"]
        np.testing.assert_array_equal(again.plant.grid.load_factor(), factors)
        for first in range(2):
            steps(again, first=first)
            np.testing.assert_array_equal(again.core.table.values, kept[first])
        end_all(again)
        steps(again, first=2)
        np.testing.assert_array_equal(again.core.table.values, kept[2])


def test_restoring_a_calm_state_ends_what_is_wrong(feeder) -> None:
    env = feeder()
    saved = env.core.save_state()
    steps(env)
    calm = env.core.table.values.copy()
    begin_all(env)
    steps(env)
    env.core.restore_state(saved)
    steps(env)
    np.testing.assert_array_equal(env.core.table.values, calm)


def test_a_step_that_cannot_be_solved_keeps_the_loads_of_before(feeder) -> None:
    env = feeder(2)
    env.plant.begin_disturbance("load_step", "MG1 Load 634", {"factor": 0.5})
    steps(env)
    before, drawn = env.plant.grid.load_factor().copy(), env.plant.grid.drawn_mva.copy()
    env.plant.begin_disturbance("load_step", "MG1 Load 671", {"factor": 500.0}, [1])
    env.plant.end_disturbance("load_step", "MG1 Load 634", [0])
    steps(env)
    assert env.plant.failed().tolist() == [False, True]
    np.testing.assert_array_equal(env.plant.grid.load_factor()[:, 1], before[:, 1])
    np.testing.assert_array_equal(env.plant.grid.drawn_mva[:, 1], drawn[:, 1])
    assert np.unique(env.plant.grid.load_factor()[:, 0]).size == 1


def test_within_an_interval_only_what_is_hit_changes(world, pair_env) -> None:
    # clouds and restless loads belong to the beginning of an interval and stay until the next one is written
    restless = {"solar": {}, "load": {}}
    config = {"step_s": 4.0, "max_episode_steps": 4, "variability": restless}
    env = pair_env(
        [world.device("Panel", "pv1", p_rated_mw=0.4)],
        config,
        load_mw=0.8,
        price=np.full(24, 20.0),
        solar=np.full(24, 0.6),
    )
    env.reset(seed=1)
    before = env.core.table.values.copy()
    env.plant.advance(1_500_000_000)
    env.plant.begin_disturbance("price_spike", "market", {"factor": 2.0})
    names = np.array(env.core.table.names)
    outside = np.array([".exogenous." in name for name in names])
    changed = names[outside][(env.core.table.values != before)[outside, 0]]
    assert changed.tolist() == ["market.exogenous.price_usd_per_mwh"]
    saved = env.core.save_state()
    env.plant.write_exogenous()
    env.core.restore_state(saved)
    env.plant.end_disturbance("price_spike", "market")
    np.testing.assert_array_equal(env.core.table.values[outside], before[outside])


def test_what_cannot_happen_is_refused_before_anything_changes(feeder) -> None:
    env = feeder()
    plant, before = env.plant, env.core.table.values.copy()
    refused: list[tuple[str, str, Any, type[Exception], str]] = [
        ("line_outtage", "x", {}, UnknownNameError, r"no disturbance 'line_outtage'; .* mean 'line_outage'"),
        ("device_trip", "MG1.e2", {}, UnknownNameError, r"cannot hit 'MG1.e2'; .*Did you mean 'MG1.e1'"),
        ("device_trip", "MG1.e1", {"factor": 1.0}, UnknownNameError, "no parameter 'factor'; it has none"),
        ("line_outage", "Line 671680", {}, UnknownNameError, "Did you mean 'MG1 Line 671680'"),
        ("load_step", "MG1", {}, ConfigError, "Give one of factor, added_mw"),
        ("load_step", "MG1", {"factor": -0.5}, ConfigError, r"'factor' -0.5. Give a finite number from 0 to inf \[1\]"),
        ("load_step", "MG1", {"added": 1.0}, UnknownNameError, "Did you mean 'added_mw'"),
        ("price_spike", "MG1", {"factor": 2.0}, UnknownNameError, "cannot hit 'MG1'; it can hit market"),
        ("price_spike", "market", {"factor": float("inf")}, ConfigError, "'factor' inf"),
    ]
    for kind, target, parameters, error, message in refused:
        with pytest.raises(error, match=message):
            plant.check_disturbance(kind, target, parameters)
        with pytest.raises(error, match=message):
            plant.begin_disturbance(kind, target, parameters)
    with pytest.raises(UnknownNameError, match="Did you mean 'MG1.e1'"):
        plant.end_disturbance("device_trip", "MG1.e2")
    with pytest.raises(ConfigError, match=r"'envs' is \[1\]"):
        plant.begin_disturbance("device_trip", "MG1.e1", {}, [1])
    np.testing.assert_array_equal(env.core.table.values, before)
    assert plant.save_state()["disturbances"] == {"active": [], "asked": {}}


def test_power_cannot_be_added_to_what_draws_none(world, pair_env) -> None:
    env = pair_env([world.device("Engine", "e1", p_max_mw=0.5)])
    with pytest.raises(ConfigError, match="adds 0.1 MW to 'MG1', which draws 0 MW nominally"):
        env.plant.check_disturbance("load_step", "MG1", {"added_mw": 0.1})
    env.plant.check_disturbance("load_step", "MG1", {"factor": 2.0})


def test_a_solver_of_one_network_cannot_lose_lines(world) -> None:
    net = world.pair_net(load_mw=0.5)
    pp.create_gen(net, 1, p_mw=0.1, vm_pu=1.0)
    agent = world.grid_agent(net, [world.device("Engine", "e1", p_max_mw=0.5)])
    env = NetworkedGridEnv.from_agents(net, [agent], {"dataset": world.series()})
    with pytest.raises(PowerFlowError, match="cannot give environments taps or topologies of their own"):
        env.plant.check_disturbance("line_outage", "line", {})


def test_on_events_they_happen_when_they_are_scheduled(feeder) -> None:
    # from 2 h to 4 h everything is wrong; in lockstep the same is begun and ended by hand between steps
    planned = [
        Disturbance(name=f"number {i}", kind=kind, target=target, at_s=7200.0, duration_s=7200.0, parameters=parameters)
        for i, (kind, target, parameters) in enumerate(EVERYTHING)
    ]
    lockstep, held = feeder(), {"MG1": np.array([0.3, 0.1, 0.5, -0.5, 0.7])}
    execution = Execution(disturbances=DisturbanceSchedule(planned))
    events = EventDrivenCore.of(feeder().core, execution)
    events.reset(seeds=[0])
    for hour in range(6):
        if hour == 2:
            begin_all(lockstep)
        if hour == 4:
            end_all(lockstep)
        lockstep.core.step(held)
        events.step(held)
        if hour not in (1, 3):  # at 2 h and 4 h the events have happened already, the hand has not
            np.testing.assert_array_equal(events.table.values, lockstep.core.table.values)
        assert bool(events.plant.unavailable()) == (hour in (1, 2))


def test_an_engine_that_trips_within_an_hour_is_paid_for_the_time_before(world, pair_env) -> None:
    # 0.5 MW for 15 minutes at 30 USD/MWh are 3.75 USD of fuel; then the source gives 1 MW for 45 minutes at 50 USD/MWh
    engine = world.device("Engine", "e1", p_max_mw=0.5, fuel_usd_per_mwh=30.0)
    core = pair_env([engine], load_mw=0.9, price=np.full(24, 50.0)).core
    trip = Disturbance(name="trip", kind="device_trip", target="MG1.e1", at_s=900.0)
    events = EventDrivenCore.of(core, Execution(disturbances=DisturbanceSchedule([trip])))
    events.reset(seeds=[0])
    result = events.step({"MG1": np.array([1.0])})
    # 0.4 MW reach the end of the line at (1 + sqrt(0.84)) / 2 pu
    fed_mw = 0.4 / (0.5 * (1.0 + np.sqrt(0.84)))
    expected = 3.75 + 50.0 * (0.25 * fed_mw + 0.75 * 1.0)
    assert result.costs["MG1"][0] == pytest.approx(expected, abs=1e-7)

"""What goes wrong in a power system: devices and lines fail, loads and prices jump."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandapower as pp
import pytest
from disturbed_feeder import (
    LOADS,
    missing_mw,
    pandapower_voltages,
    steps,
    voltages,
)

from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid.errors import NetworkError
from powergrid.plant.outages import Outages
from powergrid.plant.switchgear import Switchgear
from powergrid.powerflow import Topology, compile_network


def test_what_a_tripped_engine_gave_comes_from_the_source(world, pair_env) -> None:
    # Without the engine the line delivers 0.9 MW: 0.9 pu, 0.1 MW lost, the source gives 1 MW, at 50 USD/MWh 50 USD.
    # With it 0.4 MW: v = (1 + sqrt(0.84)) / 2, and the fuel of 0.5 MWh costs 15 USD.
    engine = world.device("Engine", "e1", p_max_mw=0.5, fuel_usd_per_mwh=30.0)
    env = pair_env([engine], load_mw=0.9, price=np.full(24, 50.0))
    env.reset()
    *_, infos = env.step({"MG1": [1.0]})
    grid = env.plant.grid
    working_mw, lost_mw = grid.slack_mva[0].real, grid.losses_mw()[0]
    assert infos["MG1"]["cost"] == pytest.approx(15.0 + 50.0 * working_mw, abs=1e-9)
    env.plant.begin_disturbance("device_trip", "MG1.e1", {})
    *_, infos = env.step({"MG1": [1.0]})
    assert grid.slack_mva[0].real == pytest.approx(1.0, abs=1e-9)
    assert grid.slack_mva[0].real - working_mw == pytest.approx(0.5 + 0.1 - lost_mw, abs=1e-9)
    assert infos["MG1"]["cost"] == pytest.approx(50.0, abs=1e-7)
    assert env.agent_dict["MG1"].devices["e1"].cost == 0.0
    assert "e1.p_mw" in str(infos["MG1"]["limited"])


def test_its_setpoint_is_kept_and_in_force_again_when_it_returns(world, pair_env) -> None:
    env = pair_env([world.device("Engine", "e1", p_max_mw=0.5)], n_env=2)
    env.core.reset(seeds=[0, 1])
    plant = env.plant
    plant.begin_disturbance("device_trip", "MG1.e1", {}, [0])
    env.core.step({"MG1": np.full((2, 1), 0.6)})
    assert plant.fleet.power_mw().tolist() == [[0.0, pytest.approx(0.4)]]
    assert plant.limited["MG1.e1"].tolist() == [[True, False]]
    plant.end_disturbance("device_trip", "MG1.e1", [0])
    plant.advance(env.core.step_ns)
    np.testing.assert_allclose(plant.fleet.power_mw(), [[0.4, 0.4]], rtol=1e-12)
    assert not plant.limited


def test_a_tripped_battery_keeps_its_energy_and_violates_nothing(world, pair_env) -> None:
    cell = world.device("Cell", "b1", capacity_mwh=2.0, p_max_mw=0.5, soc_initial=0.9, soc_alarm=0.8)
    env = pair_env([cell])
    env.reset()
    env.plant.begin_disturbance("device_trip", "MG1.b1", {})
    *_, infos = env.step({"MG1": [-1.0]})
    assert env.core.table["MG1.b1.storage.soc"][0] == 0.9
    assert infos["MG1"]["safety"] == 0.0
    env.plant.end_disturbance("device_trip", "MG1.b1")
    # 0.5 MW for an hour at 80 % draw 0.625 of 2 MWh
    env.step({"MG1": [1.0]})
    assert env.core.table["MG1.b1.storage.soc"][0] == pytest.approx(0.9 - 0.3125)


@pytest.mark.parametrize("n_env", [1, 2])
def test_a_tripped_object_stands_still_and_costs_nothing(world, pair_env, n_env: int) -> None:
    env = pair_env([world.device("Heater", "h1")], n_env=n_env)
    env.core.reset(seeds=range(n_env))
    full = {"MG1": np.ones((n_env, 1))}
    env.core.step(full)
    temperature = env.plant.fleet.objects.bank._copies[0][0].temperature_degc
    env.plant.begin_disturbance("device_trip", "MG1.h1", {}, [0])
    result = env.core.step(full)
    heaters = env.plant.fleet.objects.bank._copies[0]
    assert (heaters[0].intervals, heaters[0].temperature_degc) == (1, temperature)
    assert env.plant.fleet.power_mva()[0].tolist() == [0.0, -1.0 - 0.5j][:n_env]
    assert result.costs["MG1"].tolist() == [0.0, 1.0][:n_env]
    assert env.core.table["MG1.h1.account.cost"].tolist() == [0.0, 1.0][:n_env]
    assert env.plant.limited["MG1.h1"].tolist() == [[True, False][:n_env]]
    env.plant.end_disturbance("device_trip", "MG1.h1")
    env.core.step(full)
    assert heaters[0].intervals == 2
    assert env.plant.fleet.power_mw()[0, 0] == -1.0


def test_tripped_devices_are_named_as_unavailable(feeder) -> None:
    env = feeder(2)
    assert list(env.plant.unavailable()) == []
    env.plant.begin_disturbance("device_trip", "MG1.h1", {}, [1])
    env.plant.begin_disturbance("device_trip", "MG1.e1", {}, [0])
    assert list(env.plant.unavailable()) == ["MG1.e1", "MG1.h1"]
    env.plant.end_disturbance("device_trip", "MG1.h1", [0])
    assert list(env.plant.unavailable()) == ["MG1.e1", "MG1.h1"]
    env.core.reset(envs=np.array([1]))
    assert list(env.plant.unavailable()) == ["MG1.e1"]


def test_a_dear_hour_costs_what_is_imported_at_the_price_shown(world, pair_env) -> None:
    # 1 MW from the source: 20 USD/MWh three times as dear and 5 more are 65 USD
    env = pair_env(
        [world.device("Engine", "e1", p_max_mw=0.5)],
        {"forecast_steps": {"price": 1}},
        load_mw=0.9,
        price=np.full(24, 20.0),
    )
    env.reset()
    table, plant = env.core.table, env.plant
    plant.begin_disturbance("price_spike", "market", {"factor": 3.0, "added_usd_per_mwh": 5.0})
    assert table["market.exogenous.price_usd_per_mwh"][0] == 65.0
    assert table["market.forecast.price_usd_per_mwh_1"][0] == 20.0
    assert table["market.exogenous.price_mean_24h_usd_per_mwh"][0] == 20.0
    *_, infos = env.step({"MG1": [-1.0]})
    assert infos["MG1"]["cost"] == pytest.approx(65.0 * 1.0, abs=1e-7)
    assert table["market.exogenous.price_usd_per_mwh"][0] == 65.0
    plant.begin_disturbance("price_spike", "market", {"added_usd_per_mwh": -50.0})  # replaces the first
    assert table["market.exogenous.price_usd_per_mwh"][0] == -30.0
    plant.end_disturbance("price_spike", "market")
    assert table["market.exogenous.price_usd_per_mwh"][0] == 20.0


def test_an_object_is_told_the_price_that_is_shown(world, pair_env) -> None:
    env = pair_env([world.device("Heater", "h1")], price=np.full(24, 20.0))
    env.reset()
    env.plant.begin_disturbance("price_spike", "market", {"factor": 2.0})
    env.step({"MG1": [1.0]})
    assert env.agent_dict["MG1"].devices["h1"].told["price_usd_per_mwh"] == 40.0


@pytest.mark.parametrize("parameters", [{"factor": 2.0}, {"added_mw": 0.45}, {"factor": 0.5, "added_mw": 0.675}])
def test_an_area_that_draws_more_needs_more(world, pair_env, parameters: dict[str, float]) -> None:
    # half of 0.9 MW, doubled or with 0.45 MW more: 0.9 MW again, for which the source gives 1 MW
    env = pair_env([world.device("Engine", "e1", p_max_mw=0.5)], load_mw=0.9, load=np.full(24, 0.5))
    env.reset()
    table, plant = env.core.table, env.plant
    plant.begin_disturbance("load_step", "MG1", parameters)
    assert table["MG1.exogenous.load"][0] == pytest.approx(1.0, abs=1e-12)
    for _ in range(2):
        env.step({"MG1": [-1.0]})
        assert plant.grid.slack_mva[0].real == pytest.approx(1.0, abs=1e-8)
    plant.end_disturbance("load_step", "MG1")
    assert table["MG1.exogenous.load"][0] == 0.5


def test_a_load_that_follows_no_series_steps_and_returns(world) -> None:
    agent = world.grid_agent(net := world.pair_net(load_mw=0.45), [world.device("Engine", "e1", p_max_mw=0.5)])
    with pytest.warns(UserWarning, match="names no dataset"):
        env = NetworkedGridEnv.from_agents(net, [agent])
    env.reset()
    assert not env.plant.exogenous.follows(env.core.table.row("MG1.exogenous.load"))
    env.plant.begin_disturbance("load_step", "MG1", {"factor": 2.0})
    for _ in range(2):
        env.step({"MG1": [-1.0]})
        assert env.core.table["MG1.exogenous.load"][0] == 2.0
        assert env.plant.grid.slack_mva[0].real == pytest.approx(1.0, abs=1e-8)
    env.plant.end_disturbance("load_step", "MG1")
    assert env.core.table["MG1.exogenous.load"][0] == 1.0


def test_a_load_never_draws_less_than_nothing(world, pair_env) -> None:
    env = pair_env([world.device("Engine", "e1", p_max_mw=0.5)], load_mw=0.9)
    env.reset()
    for target in ("MG1", "village"):
        env.plant.begin_disturbance("load_step", target, {"added_mw": -2.0})
        env.step({"MG1": [-1.0]})
        assert env.plant.grid.slack_mva[0].real == pytest.approx(0.0, abs=1e-12)
        env.plant.end_disturbance("load_step", target)


def test_pandapower_finds_the_voltages_of_stepped_loads(feeder) -> None:
    env = feeder()
    env.plant.begin_disturbance("load_step", "MG1", {"factor": 1.3})
    env.plant.begin_disturbance("load_step", "MG1 Load 646", {"factor": 2.0})
    env.plant.begin_disturbance("load_step", "MG1 Load 634", {"added_mw": 0.2})
    steps(env)

    def change(net: Any) -> None:
        own = net.load.name != "MG1.h1"
        net.load.loc[own, ["p_mw", "q_mvar"]] *= 1.3
        net.load.loc[net.load.name == "MG1 Load 646", ["p_mw", "q_mvar"]] *= 2.0
        grown = net.load.name == "MG1 Load 634"
        reactive = (net.load.q_mvar / net.load.p_mw)[grown]
        net.load.loc[grown, "p_mw"] += 0.2
        net.load.loc[grown, "q_mvar"] += 0.2 * reactive

    np.testing.assert_allclose(voltages(env), pandapower_voltages(env, change), atol=1e-8)
    assert np.abs(voltages(env) - pandapower_voltages(env, lambda net: None)).max() > 1e-3
    assert missing_mw(env) < 1e-6
    exported = env.to_pandapower(0)
    pp.runpp(exported, tolerance_mva=1e-11)
    np.testing.assert_allclose(voltages(env), exported.res_bus.vm_pu, atol=1e-8)


@pytest.mark.filterwarnings("ignore:Device 'MG1.e1' joins a net with voltage-dependent loads")
@pytest.mark.parametrize("target", ["MG1", "village"])
def test_a_step_keeps_the_voltage_dependence_of_the_load(world, target: str) -> None:
    net = world.pair_net(load_mw=0.4)
    for letter in "pq":
        net.load[f"const_i_{letter}_percent"], net.load[f"const_z_{letter}_percent"] = 20.0, 30.0
    net.load["q_mvar"] = 0.1
    agent = world.grid_agent(net, [world.device("Engine", "e1", bus="source", p_max_mw=0.5)])
    env = NetworkedGridEnv.from_agents(net, [agent], {"dataset": world.series(load=LOADS), "start": 0})
    env.reset()
    env.plant.begin_disturbance("load_step", target, {"factor": 2.0, "added_mw": 0.2})
    env.step({"MG1": [-1.0]})
    # half the load, doubled, and half as much again: 1.5 times nominal
    alone = world.pair_net(load_mw=0.6)
    for column in net.load.columns.difference(["p_mw", "q_mvar", "name", "bus", "in_service"]):
        alone.load[column] = net.load[column]
    alone.load["q_mvar"] = 0.15
    pp.runpp(alone, init="flat", tolerance_mva=1e-11)
    np.testing.assert_allclose(env.plant.grid.vm_pu[:, 0], alone.res_bus.vm_pu, atol=1e-8)
    assert env.plant.grid.drawn_mva[0, 0] == pytest.approx(complex(*alone.res_load.iloc[0][["p_mw", "q_mvar"]]))
    assert missing_mw(env) < 1e-6


@pytest.mark.filterwarnings("ignore:Device 'MG1.e1' joins a net with voltage-dependent loads")
def test_a_step_of_constant_impedance_beside_the_source_is_what_the_source_gives_more(world) -> None:
    # 0.2 MW at 1 pu, three times as much: 0.6 MW
    net = world.pair_net()
    pp.create_load(net, 0, p_mw=0.2, name="depot", const_z_p_percent=100.0, const_z_q_percent=100.0)
    agent = world.grid_agent(net, [world.device("Engine", "e1", p_max_mw=0.5)])
    env = NetworkedGridEnv.from_agents(net, [agent], {"dataset": world.series()})
    env.reset()
    env.plant.begin_disturbance("load_step", "depot", {"factor": 3.0})
    env.step({"MG1": [-1.0]})
    assert env.plant.grid.slack_mva[0].real == pytest.approx(0.6, abs=1e-9)
    assert env.plant.grid.drawn_mva[0, 0].real == pytest.approx(0.6, abs=1e-9)


@pytest.mark.parametrize("lost", [["MG1 Line 671680"], ["MG1 Line 671680", "MG1 Line 632645"]])
def test_pandapower_finds_the_same_without_the_lost_lines(feeder, lost: list[str]) -> None:
    env = feeder()
    for name in lost:
        env.plant.begin_disturbance("line_outage", name, {})
    env.plant.begin_disturbance("load_step", "MG1 Load 645", {"factor": 2.0})
    steps(env)

    def change(net: Any) -> None:
        net.line.loc[net.line.name.isin(lost), "in_service"] = False
        net.load.loc[net.load.name == "MG1 Load 645", ["p_mw", "q_mvar"]] *= 2.0

    ours = voltages(env)
    assert np.isnan(ours).sum() >= len(lost)
    np.testing.assert_allclose(ours, pandapower_voltages(env, change), atol=1e-8)
    assert missing_mw(env) < 1e-6
    for name in lost:
        env.plant.end_disturbance("line_outage", name)
    steps(env, first=1)
    assert not np.isnan(voltages(env)).any()


def test_lost_lines_stay_lost_whatever_is_asked_of_switches(feeder) -> None:
    env = feeder(3)
    plant, gear = env.plant, env.plant.grid.switchgear
    asked = Topology(open_branches=[("line", 0)])
    plant.set_topology(asked, [1])
    plant.begin_disturbance("line_outage", "MG1 Line 671680", {}, [1, 2])
    name = plant.grid.network.branch_names[plant.grid.network.branch("MG1 Line 671680")]
    both = Topology(open_branches=[("line", 0), name])
    standing = [gear.topology_of(gear.commanded, env) for env in range(3)]
    assert standing == [Topology(), both, Topology(open_branches=[name])]
    plant.set_topology(Topology(), [1])
    plant.set_topology(asked, [0, 2])
    standing = [gear.topology_of(gear.commanded, env) for env in range(3)]
    assert standing == [asked, Topology(open_branches=[name]), both]
    plant.end_disturbance("line_outage", "MG1 Line 671680")
    standing = [gear.topology_of(gear.commanded, env) for env in range(3)]
    assert standing == [asked, Topology(), asked]
    assert plant.save_state()["disturbances"]["asked"] == {}


def test_what_was_asked_in_an_episode_is_forgotten_with_it(feeder) -> None:
    env = feeder()
    gear = env.plant.grid.switchgear
    env.plant.set_topology(Topology(open_branches=[("line", 0)]))
    env.plant.begin_disturbance("line_outage", "MG1 Line 671680", {})
    env.core.reset(seeds=[0])
    assert gear.topology_of(gear.commanded, 0) == Topology()
    env.plant.begin_disturbance("line_outage", "MG1 Line 671680", {})
    assert gear.topology_of(gear.commanded, 0) == Topology(open_branches=["MG1 Line 671680"])


def test_a_tie_that_is_asked_to_close_stays_open_while_it_is_lost(world) -> None:
    net = world.pair_net(load_mw=0.5)
    pp.create_line_from_parameters(net, 0, 1, 1.0, 10.0, 0.0, c_nf_per_km=0.0, max_i_ka=1.0, name="tie")
    net.line.loc[1, "in_service"] = False
    network = compile_network(net, closable=[("line", 1)])
    gear, lost = Switchgear(network), set()
    gear.connect(1, [])
    outages, first = Outages(network, gear, lambda _env: frozenset(lost)), np.array([0])
    asked = Topology(open_branches=["line"], closed_branches=[("line", 1)])
    outages.set_topology(asked, first)
    assert gear.supplied(gear.commanded).all()
    lost.add("tie")
    outages.command(first)
    assert gear.topology_of(gear.commanded, 0) == Topology(open_branches=["line", "tie"])
    assert not gear.supplied(gear.commanded).all()
    lost.clear()
    outages.command(first)
    assert gear.topology_of(gear.commanded, 0) == asked


def test_a_topology_that_does_not_exist_is_refused_during_an_outage(feeder) -> None:
    env = feeder()
    env.plant.begin_disturbance("line_outage", "MG1 Line 671680", {})
    with pytest.raises(NetworkError, match="called 'nowhere'"):
        env.plant.set_topology(Topology(open_branches=["nowhere"]))
    env.plant.end_disturbance("line_outage", "MG1 Line 671680")
    gear = env.plant.grid.switchgear
    assert gear.topology_of(gear.commanded, 0) == Topology()

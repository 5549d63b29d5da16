"""What goes wrong in a power system: devices and lines fail, loads and prices jump."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandapower as pp
import pytest

from heron.envs.event_driven import EventDrivenCore
from heron.envs.execution import Execution
from heron.errors import ConfigError, UnknownNameError
from heron.scheduling import Disturbance, DisturbanceSchedule
from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid.errors import NetworkError, PowerFlowError
from powergrid.networks.ieee13 import IEEE13Bus
from powergrid.plant.outages import Outages
from powergrid.plant.switchgear import Switchgear
from powergrid.powerflow import Topology, compile_network

PRICES = np.arange(24.0) + 10.0
LOADS = np.linspace(0.5, 0.9, 24)
EVERYTHING: list[tuple[str, str, Mapping[str, float]]] = [
    ("device_trip", "MG1.b1", {}),
    ("device_trip", "MG1.h1", {}),
    ("load_step", "MG1", {"factor": 1.2, "added_mw": 0.1}),
    ("load_step", "MG1 Load 675", {"factor": 0.5}),
    ("price_spike", "market", {"factor": 3.0, "added_usd_per_mwh": 2.0}),
    ("line_outage", "MG1 Line 671680", {}),
]


def feeder_env(world: Any, n_env: int = 1, **settings: Any) -> NetworkedGridEnv:
    """IEEE 13 with an engine, a battery, sun and an object at three of its buses."""
    net = IEEE13Bus("MG1")
    devices = [
        world.device("Engine", "e1", bus="671", p_max_mw=0.5, q_max_mvar=0.2, fuel_usd_per_mwh=30.0),
        world.device("Cell", "b1", bus="675", capacity_mwh=1.0, p_max_mw=0.4),
        world.device("Panel", "pv1", bus="634", p_rated_mw=0.3),
        world.device("Heater", "h1", bus="680"),
    ]
    dataset = world.series(load=LOADS, price=PRICES, solar=LOADS[::-1])
    agent = world.grid_agent(net, devices)
    config = {"dataset": dataset, "start": 0, "forecast_steps": {"price": 2}, **settings}
    return NetworkedGridEnv.from_agents(net, [agent], config, n_env=n_env)


@pytest.fixture
def feeder(world: Any) -> Callable[..., NetworkedGridEnv]:
    """Makes that environment and begins an episode."""

    def make(n_env: int = 1, **settings: Any) -> NetworkedGridEnv:
        env = feeder_env(world, n_env, **settings)
        env.core.reset(seeds=range(n_env))
        return env

    return make


def steps(env: NetworkedGridEnv, n_step: int = 1, first: int = 0) -> None:
    """Step with actions that differ from step to step, the same in every environment."""
    n_env, rng = env.core.n_env, np.random.default_rng(first)
    dim = env.core.control.dims["MG1"]
    for _ in range(n_step):
        action = rng.uniform(-1.0, 1.0, dim)
        env.core.step({"MG1": np.tile(action, (n_env, 1))})


def begin_all(env: NetworkedGridEnv, envs: Any = None) -> None:
    for kind, target, parameters in EVERYTHING:
        env.plant.begin_disturbance(kind, target, parameters, envs)


def end_all(env: NetworkedGridEnv, envs: Any = None) -> None:
    for kind, target, _ in EVERYTHING:
        env.plant.end_disturbance(kind, target, envs)


def pandapower_voltages(env: NetworkedGridEnv, change: Callable[[Any], None]) -> np.ndarray:
    """What pandapower finds for the devices' powers of the last interval and loads changed by hand. [pu]"""
    net = env.to_pandapower(0)
    net.load["p_mw"], net.load["q_mvar"] = env.net.load.p_mw, env.net.load.q_mvar
    heater = net.load.index[net.load.name == "MG1.h1"]
    net.load.loc[heater, ["p_mw", "q_mvar"]] = env.to_pandapower(0).load.loc[heater, ["p_mw", "q_mvar"]]
    own = ~net.load.index.isin(heater)
    net.load.loc[own, ["p_mw", "q_mvar"]] *= LOADS[0]
    change(net)
    pp.runpp(net, tolerance_mva=1e-11)
    return net.res_bus.vm_pu.to_numpy()


def voltages(env: NetworkedGridEnv) -> np.ndarray:
    return env.to_pandapower(0).res_bus.vm_pu.to_numpy()


def missing_mw(env: NetworkedGridEnv) -> float:
    """What source and devices with supply give less what is drawn and lost. [MW]"""
    grid = env.plant.grid
    given = grid.slack_mva.real + np.add.reduce(grid.device_mva.real)
    return float(np.abs(given - np.add.reduce(grid.drawn_mva.real) - grid.losses_mw()).max())


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

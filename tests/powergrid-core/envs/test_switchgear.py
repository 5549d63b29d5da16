"""Environments whose switches and taps stand otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandapower as pp
import pytest

from heron.errors import ConfigError
from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid.errors import NetworkError, PowerFlowError
from powergrid.networks.ieee13 import IEEE13Bus
from powergrid.powerflow import NewtonSolver, Topology, get_threads, set_threads

NOTHING = {"MG1": np.zeros((2, 4))}
REGULATOR = "MG1 Regulator 1"


def feeder_env(world: Any, n_env: int = 2) -> NetworkedGridEnv:
    net = IEEE13Bus("MG1")
    pp.create_sgen(net, net.bus.index[net.bus.name == "MG1 Bus 675"][0], p_mw=0.1, q_mvar=0.02, name="neighbour")
    devices = [
        world.device("Engine", "e1", bus="671", p_max_mw=0.5, q_max_mvar=0.2),
        world.device("Cell", "b1", bus="675", capacity_mwh=1.0, p_max_mw=0.4),
        world.device("Heater", "h1", bus="680"),
    ]
    load = np.linspace(0.5, 0.9, 24)
    dataset = world.series(load=load, price=np.arange(24.0))
    agent = world.grid_agent(net, devices)
    env = NetworkedGridEnv.from_agents(net, [agent], {"dataset": dataset, "start": 0}, n_env=n_env)
    env.core.reset(seeds=list(range(n_env)))
    return env


def outage(env: NetworkedGridEnv, bus: str) -> Topology:
    """The line that feeds a bus is open."""
    network = env.plant.grid.network
    node = network.node_names.index(f"MG1 Bus {bus}")
    return Topology(open_branches=[network.branch_names[int(np.flatnonzero(network.to_node == node)[0])]])


def act(env: NetworkedGridEnv, value: float = 0.5) -> Any:
    n_env = env.plant.table.n_env
    return env.core.step({"MG1": np.full((n_env, 4), value)})


def test_a_tap_moves_the_voltage_of_its_own_environment_from_the_next_interval_on(world) -> None:
    env, same = feeder_env(world), feeder_env(world)
    taps = env.plant.grid.network.tap_changers.positions(1)
    env.plant.set_taps(taps + 4.0, np.array([1]))
    np.testing.assert_array_equal(env.plant.table.values, same.plant.table.values)
    act(env)
    act(same)
    # not a bit of the environment beside changes; four steps of 0.625 % of about 1.02 pu
    np.testing.assert_array_equal(env.plant.table.values[:, 0], same.plant.table.values[:, 0])
    behind = env.plant.grid.network.node_names.index("MG1 Bus 671")
    moved = env.plant.grid.vm_pu[behind] - same.plant.grid.vm_pu[behind]
    assert moved[0] == 0.0
    assert moved[1] == pytest.approx(0.025, abs=0.006)


def test_what_loses_its_supply_gives_and_draws_nothing(world) -> None:
    env = feeder_env(world)
    env.plant.set_topology(outage(env, "680"), np.array([0]))
    env.plant.set_topology(Topology(open_branches=["MG1 Regulator 1"]), np.array([1]))
    act(env)
    grid = env.plant.grid
    assert (env.plant.report()["converged"]).all()
    assert grid.vm_pu[grid.network.node_names.index("MG1 Bus 680")].tolist() == [0.0, 0.0]
    # without the regulator nothing is left but the source: no power, no losses
    np.testing.assert_allclose(grid.slack_mva[1], 0.0, atol=1e-9)
    np.testing.assert_allclose(grid.drawn_mva[:, 1], 0.0, atol=1e-12)
    np.testing.assert_allclose(grid.device_mva[:, 1], 0.0)
    assert grid.losses_mw()[1] == pytest.approx(0.0, abs=1e-12)
    # what is not supplied is a violation: 0.95 pu for each node
    dead = np.sum(grid.vm_pu[:, 1] == 0.0)
    assert env.plant.violations("MG1")["voltage"][1] == pytest.approx(0.95 * dead, abs=0.2)


def test_power_is_balanced_with_any_switches_and_taps(world) -> None:
    env = feeder_env(world)
    env.plant.set_topology(outage(env, "634"), np.array([0]))
    env.plant.set_topology(outage(env, "675"), np.array([1]))
    env.plant.set_taps(env.plant.grid.network.tap_changers.positions(1) - 3.0)
    act(env)
    grid, network = env.plant.grid, env.plant.grid.network
    own = network.y @ np.ones(network.n_node)
    np.subtract.at(own, network.from_node, network.yff + network.yft)
    np.subtract.at(own, network.to_node, network.ytf + network.ytt)
    shunts_mw = (network.base_mva * np.abs(grid.v) ** 2 * np.conj(own)[:, np.newaxis]).real.sum(axis=0)
    given_mw = grid.slack_mva.real + grid.device_mva.real.sum(axis=0) - grid.drawn_mva.real.sum(axis=0)
    np.testing.assert_allclose(given_mw, grid.losses_mw() + shunts_mw, atol=1e-8)


@pytest.mark.parametrize("env_index", [0, 1])
def test_pandapower_finds_the_same_on_the_exported_net(world, env_index: int) -> None:
    env = feeder_env(world)
    env.plant.set_topology(outage(env, "634"), np.array([1]))
    env.plant.set_taps(np.array([[5.0, -7.0]]))
    act(env)
    exported, solved = env.to_pandapower(env_index), env.to_pandapower(env_index)
    pp.runpp(solved, tolerance_mva=1e-10)
    assert exported.trafo.tap_pos[exported.trafo.name == REGULATOR].item() == [5.0, -7.0][env_index]
    np.testing.assert_allclose(exported.res_bus.vm_pu, solved.res_bus.vm_pu, atol=1e-9)
    for name, column in (("line", "p_from_mw"), ("trafo", "p_hv_mw"), ("ext_grid", "p_mw"), ("line", "i_ka")):
        ours, theirs = exported[f"res_{name}"][column], solved[f"res_{name}"][column]
        np.testing.assert_allclose(ours.fillna(0.0), theirs.fillna(0.0), atol=1e-7)


def test_an_episode_begins_with_everything_as_it_was_built(world) -> None:
    env, same = feeder_env(world), feeder_env(world)
    env.plant.set_topology(outage(env, "634"))
    env.plant.set_taps(np.array([[5.0]]))
    act(env)
    for one in (env, same):
        one.core.reset(seeds=[7, 8])
        act(one)
    np.testing.assert_array_equal(env.plant.table.values, same.plant.table.values)


def test_going_on_after_a_restore_equals_never_having_stopped(world) -> None:
    env, other = feeder_env(world), feeder_env(world)
    env.plant.set_topology(outage(env, "634"), np.array([1]))
    env.plant.set_taps(np.array([[5.0]]), np.array([0]))
    act(env)
    env.plant.set_taps(np.array([[-5.0]]), np.array([1]))  # commanded and not in force yet
    state = env.core.save_state()
    act(env, 0.25)
    wanted = env.plant.table.values.copy()
    act(env)
    for one in (env, other):
        one.core.restore_state(state)
        act(one, 0.25)
        np.testing.assert_array_equal(one.plant.table.values, wanted)


def test_every_environment_has_the_bits_it_has_alone_with_any_number_of_threads(world) -> None:
    n_env, before = 130, get_threads()
    rng = np.random.default_rng(0)
    taps, chosen = rng.integers(-8, 9, (1, n_env)), rng.integers(0, 3, n_env)
    tables = []
    try:
        for threads in (1, 3):
            set_threads(threads)
            env = feeder_env(world, n_env)
            topologies = [Topology(), outage(env, "634"), outage(env, "675")]
            for number, topology in enumerate(topologies):
                env.plant.set_topology(topology, np.flatnonzero(chosen == number))
            env.plant.set_taps(taps)
            act(env)
            tables.append(env.plant.table.values.copy())
    finally:
        set_threads(before)
    np.testing.assert_array_equal(tables[0], tables[1])
    for index in (0, 64, 129):
        alone = feeder_env(world, 1)
        alone.core.reset(seeds=[index])
        alone.plant.set_topology(topologies[chosen[index]])
        alone.plant.set_taps(taps[:, [index]])
        act(alone)
        np.testing.assert_array_equal(alone.plant.table.values[:, 0], tables[0][:, index])


def test_what_cannot_be_set_is_refused(world) -> None:
    env = feeder_env(world)
    with pytest.raises(PowerFlowError, match="'MG1 Regulator 1' cannot stand at 17"):
        env.plant.set_taps(np.array([[17]]))
    with pytest.raises(PowerFlowError, match=r"Taps have shape \(2, 2\); \(1, 2\)"):
        env.plant.set_taps(np.zeros((2, 2)))
    with pytest.raises(NetworkError, match="No branch that is in service is called 'nothing'"):
        env.plant.set_topology(Topology(open_branches=["nothing"]))
    env.plant.grid.solver = NewtonSolver(env.plant.grid.network)
    with pytest.raises(PowerFlowError, match="NewtonSolver cannot give environments taps or topologies"):
        env.plant.set_taps(np.array([[0]]))


def test_saved_switchgear_is_arrays_and_plain_values_only(world) -> None:
    env = feeder_env(world)
    env.plant.set_topology(outage(env, "680"), np.array([1]))
    act(env)

    def check(value: Any) -> None:
        if isinstance(value, dict):
            for part in value.values():
                check(part)
        elif isinstance(value, list | tuple):
            for part in value:
                check(part)
        else:
            assert value is None or isinstance(value, str | bool | int | float | np.ndarray | np.generic)

    check(env.plant.save_state()["switchgear"])


def test_topologies_that_nobody_has_any_more_are_forgotten(world) -> None:
    env, fresh = feeder_env(world, n_env=3), feeder_env(world, n_env=3)
    names = env.plant.grid.network.branch_names
    kept = outage(env, "680")
    for any_env in (env, fresh):
        any_env.plant.set_topology(kept, np.array([1]))
    for number in range(300):  # each another pair of branches
        pair = Topology(
            open_branches=[names[number % len(names)], names[(number * 7 + number // len(names)) % len(names)]]
        )
        env.plant.set_topology(pair, np.array([2]))
    for any_env in (env, fresh):
        any_env.plant.set_topology(Topology(), np.array([2]))
        act(any_env)
    assert len(env.plant.grid.switchgear.save_state()["topologies"]) <= 66
    np.testing.assert_array_equal(env.plant.table.values, fresh.plant.table.values)
    assert env.plant.grid.topology_of(1) == kept


def test_after_a_reset_nothing_is_left_of_what_moved(world) -> None:
    env, fresh = feeder_env(world), feeder_env(world)
    env.plant.set_topology(outage(env, "680"), np.array([1]))
    act(env)
    assert env.plant.grid.variation is not None
    for any_env in (env, fresh):
        any_env.core.reset(seeds=[5, 6])
        act(any_env)
    assert env.plant.grid.variation is None
    np.testing.assert_array_equal(env.plant.table.values, fresh.plant.table.values)


def test_environments_are_chosen_by_number_or_by_mask(world) -> None:
    env = feeder_env(world, n_env=4)
    taps = env.plant.grid.network.tap_changers.positions(1)
    env.plant.set_taps(taps + 1.0, np.array([False, False, False, True]))
    assert env.plant.grid.switchgear.commanded.taps[0].tolist() == [*([taps[0, 0]] * 3), taps[0, 0] + 1.0]
    for wrong in ([0.7], [-1], [4], np.array([True])):
        with pytest.raises(ConfigError, match="'envs' is"):
            env.plant.set_taps(taps, np.asarray(wrong))


def test_one_row_of_taps_is_not_taken_for_one_of_each_environment(world) -> None:
    env = feeder_env(world, n_env=3)
    n_changer = len(env.plant.grid.network.tap_changers)
    for wrong in (np.zeros(n_changer), np.float64(1.0), np.zeros((1, 3)) if n_changer > 1 else np.zeros(3)):
        with pytest.raises(PowerFlowError, match="Taps have shape"):
            env.plant.set_taps(wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"open_branches": [9999]}, "has 9999, which names no branch"),
        ({"open_branches": [["line", 3]]}, r"has \['line', 3\], which names no branch"),
        ({"open_branches": "line 3"}, "'line 3' is one branch, not several"),
        ({"open_ends": ["line 3"]}, "'open_ends' has 'line 3'"),
    ],
)
def test_what_names_no_branch_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        Topology(**wrong)


def test_what_is_no_topology_or_no_taps_is_refused(world) -> None:
    plant = feeder_env(world).plant
    with pytest.raises(NetworkError, match=r"'line 3' is no topology. Write Topology\(open_branches"):
        plant.set_topology("line 3")
    with pytest.raises(PowerFlowError, match="no array of numbers. Give a row for each of the tap changers MG1 Reg"):
        plant.set_taps({REGULATOR: 4})

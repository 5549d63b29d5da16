"""Environments on nets whose generators hold a voltage."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pandapower as pp
import pytest

from heron.errors import ConfigError
from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid.errors import PowerFlowError
from powergrid.powerflow import NewtonSolver

pytestmark = pytest.mark.filterwarnings("ignore:.*joins a net with voltage-dependent loads:UserWarning")

TABLES = ("bus", "line", "ext_grid", "load", "sgen", "storage", "gen")


def held_net(*, zones: bool = False) -> Any:
    """Source, 10 kV line, village, 10 kV line, harbour with two generators that hold 1.01 pu; 1 pu is 1 MVA."""
    net = pp.create_empty_network(name="coast", sn_mva=1.0)
    buses = pp.create_buses(net, 3, 10.0, name=["source", "village", "harbour"])
    if zones:
        net.bus["zone"] = ["up", "up", "down"]
    pp.create_ext_grid(net, buses[0])
    for near, name in ((0, "first"), (1, "second")):
        pp.create_line_from_parameters(
            net, buses[near], buses[near + 1], 1.0, 2.0, 8.0, c_nf_per_km=200.0, max_i_ka=0.1, name=name
        )
    pp.create_load(net, buses[1], 0.8, 0.3, name="homes")
    pp.create_load(net, buses[2], 0.2, 0.1, name="cranes", const_i_q_percent=40.0, const_z_p_percent=30.0)
    pp.create_gen(net, buses[2], 0.25, vm_pu=1.01, name="G7")
    pp.create_gen(net, buses[2], 0.1, vm_pu=1.01, scaling=0.5, name="G8")
    return net


def held_env(world: Any, n_env: int = 2, *, net: Any = None, **settings: Any) -> NetworkedGridEnv:
    net = held_net() if net is None else net
    devices = [
        world.device("Engine", "e1", bus="village", p_max_mw=0.5, q_max_mvar=0.2),
        world.device("Engine", "e2", bus="harbour", p_max_mw=0.3, q_max_mvar=0.4),
    ]
    config = {"dataset": world.series(load=np.linspace(0.5, 1.2, 24)), "start": 0, **settings}
    return NetworkedGridEnv.from_agents(net, [world.grid_agent(net, devices)], config, n_env=n_env)


@pytest.fixture(scope="module")
def stepped(world) -> NetworkedGridEnv:
    env = held_env(world)
    env.core.reset(seeds=[0, 1])
    for action in (0.5, -0.5, 0.25):
        env.core.step({"MG1": np.array([[action, 0.9, action, 0.3], [-action, 0.4, -action, -0.5]])})
    assert not env.plant.failed().any()
    return env


class TestSolver:
    def test_the_default_holds_the_voltage_and_says_why(self, world, caplog) -> None:
        with caplog.at_level(logging.INFO, logger="powergrid"):
            env = held_env(world)
        grid = env.plant.grid
        assert isinstance(grid.solver, NewtonSolver)
        assert grid.solver_name == "newton"
        assert grid.solver_reason == "generators hold the voltage at 1 of the 3 nodes: 'G7, G8'"
        assert "solver 'auto' is 'newton': generators hold the voltage at 1 of the 3 nodes: 'G7, G8'." in caplog.text

    def test_without_such_generators_it_says_that_too(self, pair_env, world) -> None:
        grid = pair_env([world.device("Engine", "e1", p_max_mw=0.5)]).plant.grid
        assert (grid.solver_name, grid.solver_reason) == (
            "fixed_point",
            "all of the 2 nodes but 1 slack nodes have given power",
        )

    def test_a_solver_that_is_named_is_the_reason(self, world) -> None:
        grid = held_env(world, solver="pandapower").plant.grid
        assert (grid.solver_name, grid.solver_reason) == ("pandapower", "the configuration names it")

    def test_the_fixed_point_is_refused_when_the_environment_is_built(self, world) -> None:
        with pytest.raises(PowerFlowError, match=r"'fixed_point' cannot.*'G7, G8'.*Say solver: auto or solver: newton"):
            held_env(world, solver="fixed_point")


class TestPower:
    def test_the_voltage_is_held_in_every_environment(self, stepped) -> None:
        np.testing.assert_allclose(stepped.plant.grid.vm_pu[2], 1.01, rtol=0.0, atol=1e-12)

    def test_sources_and_injections_less_losses_leave_nothing(self, stepped) -> None:
        grid = stepped.plant.grid
        devices = stepped.plant.fleet.power_mva().sum(axis=0)
        losses = (grid.flows.s_from + grid.flows.s_to).sum(axis=0)
        # what the network's own elements draw contains both generators, with their reactive power
        balance = grid.slack_mva + devices - grid.drawn_mva.sum(axis=0) - losses
        np.testing.assert_allclose(balance, 0.0, rtol=0.0, atol=1e-9)

    def test_a_device_at_a_held_bus_spares_the_generators_its_reactive_power(self, world) -> None:
        found = []
        for q_share in (-1.0, 1.0):
            env = held_env(world, 1)
            env.core.reset(seeds=[0])
            env.core.step({"MG1": np.array([[0.0, 0.0, 0.0, q_share]])})
            found.append((env.plant.grid.held_mvar[0, 0], env.plant.grid.v[:, 0].copy()))
        np.testing.assert_allclose(found[0][1], found[1][1], rtol=0.0, atol=1e-12)
        # from -0.4 to 0.4 Mvar
        assert found[0][0] - found[1][0] == pytest.approx(0.8, abs=1e-9)

    def test_what_an_area_imports_is_less_by_what_its_generators_give(self, world) -> None:
        net = held_net(zones=True)
        agents = [
            world.grid_agent(net, [world.device("Engine", name, bus=bus, p_max_mw=0.5)], name=name.upper())
            for name, bus in (("up", "village"), ("down", "harbour"))
        ]
        for agent, zone in zip(agents, ("up", "down"), strict=True):
            agent.zones = (zone,)
        env = NetworkedGridEnv.from_agents(net, agents, {"dataset": world.series()})
        env.reset(seed=0)
        env.step({"UP": [-1.0], "DOWN": [-1.0]})
        grid = env.plant.grid
        harbour = [area.name for area in grid.areas.areas].index("DOWN")
        # 0.1 Mvar of which 40 % follow the voltage of 1.01: 0.06 + 0.04 * 1.01 = 0.1004
        assert grid.drawn_mva[harbour, 0].imag == pytest.approx(0.1004 - grid.held_mvar[0, 0], abs=1e-12)
        # 0.2 MW of which 30 % follow its square, less 0.25 + 0.5 * 0.1: 0.14 + 0.06 * 1.0201 - 0.3
        assert grid.import_mw[harbour, 0] == pytest.approx(-0.098794, abs=1e-12)

    def test_a_batch_has_the_bits_of_single_environments(self, world) -> None:
        def run(n_env: int, env_index: int) -> tuple[bytes, bytes]:
            env = held_env(world, n_env)
            env.core.reset(seeds=[3] * n_env)
            env.core.step({"MG1": np.tile([[0.1, 0.2, -0.3, 0.4]], (n_env, 1))})
            grid = env.plant.grid
            return grid.v[:, env_index].tobytes(), grid.held_mvar[:, env_index].tobytes()

        assert run(1, 0) == run(7, 4) == run(64, 63)

    def test_a_restored_state_knows_it_too(self, stepped) -> None:
        grid = stepped.plant.grid
        state, held = grid.save_state(), grid.held_mvar.copy()
        grid.held_mvar[...] = 0.0
        grid.restore_state(state)
        assert np.array_equal(grid.held_mvar, held)


class TestExport:
    @pytest.mark.parametrize("env_index", [0, 1])
    def test_pandapower_finds_what_the_environment_found(self, stepped, env_index: int) -> None:
        exported, solved = stepped.to_pandapower(env_index), stepped.to_pandapower(env_index)
        # pandapower would give the shares of 'cranes' to the device at its bus
        for net in (exported, solved):
            net.user_pf_options = {**net.get("user_pf_options", {}), "voltage_depend_loads": False}
        drawn = exported.res_load.loc[1]
        solved.load.loc[1, ["p_mw", "q_mvar"]] = [drawn.p_mw, drawn.q_mvar]
        pp.runpp(solved, tolerance_mva=1e-10)
        # 1e-6: pandapower shares reactive power between generators in a sum with limits of 1e9 Mvar
        for name in TABLES:
            ours, theirs = exported[f"res_{name}"], solved[f"res_{name}"]
            assert set(ours.columns) == set(theirs.columns)
            np.testing.assert_allclose(
                ours[theirs.columns].to_numpy(dtype=float), theirs.to_numpy(dtype=float), atol=1e-6, err_msg=name
            )

    def test_a_generator_that_is_the_slack_gives_the_slacks_power(self, world) -> None:
        net = held_net()
        net.ext_grid["in_service"] = False
        pp.create_gen(net, 0, 9.0, vm_pu=1.02, slack=True, name="G0")
        pp.create_gen(net, 1, 0.1, vm_pu=1.0, in_service=False, name="idle")
        env = held_env(world, net=net)
        env.core.reset(seeds=[0, 1])
        env.core.step({"MG1": np.zeros((2, 4))})
        exported = env.to_pandapower(1)
        slack = env.plant.grid.slack_mva[1]
        assert exported.res_gen.loc[2, ["p_mw", "q_mvar"]].tolist() == pytest.approx(
            [slack.real, slack.imag], abs=1e-12
        )
        assert exported.res_gen.loc[3].tolist() == [0.0, 0.0, 0.0, 0.0]
        assert exported.res_gen.p_mw[[0, 1]].tolist() == pytest.approx([0.25, 0.05], abs=1e-15)
        assert exported.res_ext_grid.isna().all(axis=None)

    def test_every_source_has_the_power_of_its_own_node(self, world) -> None:
        net = held_net()
        net.gen["in_service"] = False
        pp.create_ext_grid(net, 2, vm_pu=1.01)
        env = held_env(world, net=net)
        env.core.reset(seeds=[0, 1])
        env.core.step({"MG1": np.zeros((2, 4))})
        exported, solved = env.to_pandapower(0), env.to_pandapower(0)
        drawn = exported.res_load.loc[1]
        solved.load.loc[1, ["p_mw", "q_mvar", "const_i_q_percent", "const_z_p_percent"]] = [
            *drawn[["p_mw", "q_mvar"]],
            0,
            0,
        ]
        pp.runpp(solved, tolerance_mva=1e-10)
        np.testing.assert_allclose(exported.res_ext_grid, solved.res_ext_grid, rtol=0.0, atol=1e-7)
        slack = env.plant.grid.slack_mva[0]
        assert exported.res_ext_grid.sum().tolist() == pytest.approx([slack.real, slack.imag], abs=1e-12)


def test_an_environment_that_is_not_there_is_still_refused(stepped) -> None:
    with pytest.raises(ConfigError, match="no environment 2"):
        stepped.to_pandapower(2)

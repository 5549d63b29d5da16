"""Random feeders are radial, the same for the same seed, and loaded as they say."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pandapower as pp
import pytest

from powergrid.errors import NetworkError
from powergrid.networks.random_feeder import linear_drop_pu, random_radial_feeder
from powergrid.powerflow import FixedPointSolver, compile_network, nominal_loads


def test_drops_add_up_along_the_way() -> None:
    # 0 - 1 - 2 and 1 - 3, 1 ohm each, 1 MW at each of 1, 2, 3: 3 MW through the first line, 1 MW through the others
    drop_pu = linear_drop_pu(np.array([0, 1, 1]), np.full(3, 1.0 + 0.0j), np.full(3, 1.0 + 0.0j))
    np.testing.assert_allclose(drop_pu, np.array([3.0, 4.0, 4.0]) / 12.47**2, rtol=1e-12)


def test_reactive_power_drops_voltage_in_reactances() -> None:
    # 2 ohm reactance and 3 Mvar, nothing else
    drop_pu = linear_drop_pu(np.array([0]), np.array([2.0j]), np.array([3.0j]))
    np.testing.assert_allclose(drop_pu, [6.0 / 12.47**2], rtol=1e-12)


def test_a_feeder_is_a_tree_of_all_its_buses() -> None:
    net = random_radial_feeder("F", n_bus=200, seed=3)
    graph = nx.Graph(list(zip(net.line.from_bus, net.line.to_bus, strict=True)))
    assert nx.is_tree(graph)
    assert len(graph) == len(net.bus) == 200
    assert len(net.load) == 199
    assert set(net.bus.zone) == {"F"}


@pytest.mark.parametrize("n_bus", [2, 30, 1000])
def test_a_feeder_drops_about_six_percent_and_both_solvers_agree(n_bus: int) -> None:
    net = random_radial_feeder("F", n_bus=n_bus)
    network = compile_network(net)
    loads = nominal_loads(net, network)
    s = np.zeros((network.n_node, 1), dtype=np.complex128)
    np.add.at(s[:, 0], loads.node, -(loads.p_mw + 1j * loads.q_mvar))
    result = FixedPointSolver(network).solve(s)
    assert result.converged.all()
    # one load at the end: v (1 - v) = 0.06, v = 0.936; spread loads drop less on top of the 0.94 of first order
    assert np.abs(result.v).min() == pytest.approx(0.936, abs=0.005)
    pp.runpp(net, tolerance_mva=1e-10)
    nodes = [network.node(bus) for bus in net.bus.index]
    np.testing.assert_allclose(np.abs(result.v[nodes, 0]), net.res_bus.vm_pu, atol=1e-9)


def test_the_same_seed_gives_the_same_feeder_and_another_does_not() -> None:
    first, again, other = (random_radial_feeder("F", n_bus=50, seed=seed) for seed in (1, 1, 2))
    assert first.load.p_mw.equals(again.load.p_mw)
    assert not first.load.p_mw.equals(other.load.p_mw)


def test_a_feeder_of_one_bus_is_refused() -> None:
    with pytest.raises(NetworkError, match="A feeder of 1 buses"):
        random_radial_feeder("F", n_bus=1)

"""What a net's own elements draw and inject."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest

from powergrid.powerflow import compile_network, fixed_injections, nominal_loads


def test_loads_are_scaled_and_those_out_of_service_left_out(two_buses: Callable[..., Any]) -> None:
    net = two_buses()
    pp.create_load(net, 1, 0.4, 0.2, scaling=0.5, name="half")
    pp.create_load(net, 1, 0.4, 0.2, in_service=False, name="off")
    loads = nominal_loads(net)
    assert loads.names == ("half",)
    assert (loads.p_mw.tolist(), loads.q_mvar.tolist()) == ([0.2], [0.1])
    assert loads.node.tolist() == [compile_network(net).node(1)]
    assert not loads.has_voltage_dependence


def test_each_load_keeps_its_own_shares(two_buses: Callable[..., Any]) -> None:
    net = two_buses()
    pp.create_load(
        net, 1, 1.0, 0.5, const_z_p_percent=30, const_i_p_percent=20, const_z_q_percent=10, const_i_q_percent=60
    )
    pp.create_load(net, 1, 2.0, 1.0)
    loads = nominal_loads(net)
    # 1 MW: 50 % constant, 20 % current, 30 % impedance; 0.5 Mvar: 30 %, 60 %, 10 %
    np.testing.assert_allclose(loads.p_mw, [0.5, 2.0])
    np.testing.assert_allclose(loads.p_current_mw, [0.2, 0.0])
    np.testing.assert_allclose(loads.p_impedance_mw, [0.3, 0.0])
    np.testing.assert_allclose(loads.q_mvar, [0.15, 1.0])
    np.testing.assert_allclose(loads.q_current_mvar, [0.3, 0.0])
    np.testing.assert_allclose(loads.q_impedance_mvar, [0.05, 0.0])
    assert loads.has_voltage_dependence


def test_a_net_may_call_all_its_loads_constant(two_buses: Callable[..., Any]) -> None:
    net = two_buses()
    pp.create_load(net, 1, 1.0, 0.5, const_z_p_percent=30, const_z_q_percent=30)
    pp.set_user_pf_options(net, voltage_depend_loads=False)
    loads = nominal_loads(net)
    assert loads.p_mw.tolist() == [1.0]
    assert loads.p_impedance_mw.tolist() == [0.0]


def test_loads_that_stand_for_devices_are_not_counted(two_buses: Callable[..., Any]) -> None:
    net = two_buses()
    pp.create_load(net, 1, 0.4, name="shop")
    pp.create_load(net, 1, 0.4, name="load1")
    assert nominal_loads(net, exclude=["load1"]).names == ("shop",)


def test_zone_and_element_are_those_of_the_table(two_buses: Callable[..., Any]) -> None:
    net = two_buses()
    net.bus["zone"] = [None, "MG1"]
    pp.create_load(net, 0, 0.1, index=7)
    pp.create_load(net, 1, 0.1, index=9)
    loads = nominal_loads(net, compile_network(net))
    assert loads.zone == ("", "MG1")
    assert loads.element.tolist() == [7, 9]
    assert loads.names == ("load 7", "load 9")


def test_loads_without_supply_are_reported(two_buses: Callable[..., Any]) -> None:
    net = two_buses()
    pp.create_load(net, pp.create_bus(net, vn_kv=10.0), 0.1, name="island")
    loads = nominal_loads(net)
    assert loads.names == ()
    assert loads.unsupplied == ("island",)
    assert loads.p_mw.shape == (0,)


def test_everything_else_that_injects_is_positive_into_the_grid(two_buses: Callable[..., Any]) -> None:
    net = two_buses()
    pp.create_load(net, 1, 5.0, 5.0, const_i_p_percent=50)
    pp.create_sgen(net, 1, 0.5, 0.1, scaling=2.0, name="roof")
    pp.create_storage(net, 1, 0.3, 1.0, name="cell")
    pp.create_ward(net, 1, 0.05, 0.01, 0.7, 0.7)
    pp.create_sgen(net, 1, 9.0, name="gen1")
    network = compile_network(net)
    # 1.0 + j0.2 generated, 0.3 charging, 0.05 + j0.01 drawn; the ward's impedance is in the matrix
    found = fixed_injections(net, network, exclude=["gen1"])
    assert found[network.node(1)] == pytest.approx(0.65 + 0.19j)
    assert found[network.node(0)] == 0.0
    assert net.sgen.p_mw.tolist() == [0.5, 9.0]


def test_loads_and_injections_are_all_that_pandapower_solves_with() -> None:
    net = pn.create_cigre_network_mv(with_der="all")
    network = compile_network(net)
    s = fixed_injections(net, network)
    loads = nominal_loads(net, network)
    np.add.at(s, loads.node, -(loads.p_mw + 1j * loads.q_mvar))
    pp.runpp(net)
    drawn = net.res_bus.p_mw + 1j * net.res_bus.q_mvar
    for bus in net.bus.index:
        if network.node(bus) not in network.slack_nodes:
            assert s[network.node(bus)] == pytest.approx(-drawn[bus], abs=1e-12)

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandapower as pp
import pandas as pd
import pytest
from pandapower.auxiliary import pandapowerNet

from powergrid.networks import CIGRELV, IEEE13Bus, IEEE34Bus, find_bus


@pytest.fixture(scope="module")
def mg1() -> pandapowerNet:
    return IEEE13Bus("MG1")


def test_buses_carry_the_name_of_the_feeder(mg1: pandapowerNet) -> None:
    assert set(mg1.bus.zone) == {"MG1"}
    assert all(mg1.bus.name.str.startswith("MG1 Bus "))
    assert mg1.bus.name.iloc[0] == "MG1 Bus 650"
    assert (mg1.name, mg1.f_hz, mg1.sn_mva) == ("MG1", 60.0, 1.0)


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("line", "MG1 Line 650632"),
        ("load", "MG1 Load 634"),
        ("trafo", "MG1 Transformer XFM1"),
        ("trafo", "MG1 Regulator 1"),
        ("shunt", "MG1 Capacitor 675"),
        ("switch", "MG1 Switch 671692"),
        ("ext_grid", "MG1 Grid"),
    ],
)
def test_elements_are_named_after_the_feeder(mg1: pandapowerNet, table: str, name: str) -> None:
    assert (mg1[table].name == name).sum() == 1


def test_scales_multiply_loads_and_capacitors() -> None:
    # published: 3466 kW + 2102 kvar of load, 700 kvar of capacitors
    net = IEEE13Bus("MG1", load_scale=0.15, capacitor_scale=0.5)
    assert net.load.p_mw.sum() == pytest.approx(0.15 * 3.466)
    assert net.load.q_mvar.sum() == pytest.approx(0.15 * 2.102)
    assert net.shunt.q_mvar.sum() == pytest.approx(-0.5 * 0.700)


def test_without_load_a_regulator_lifts_its_load_side_by_its_steps() -> None:
    # 4 steps of 0.625 % on the load side: 1.025
    net = IEEE13Bus("MG1", load_scale=0.0, capacitor_scale=0.0, regulator_taps={"reg1": 4})
    pp.runpp(net)
    assert net.res_bus.vm_pu[find_bus(net, "rg60")] == pytest.approx(1.025, abs=1e-5)
    assert net.res_bus.vm_pu[find_bus(net, "650")] == pytest.approx(1.0)


def test_lines_are_rated_by_their_conductors(mg1: pandapowerNet) -> None:
    rating_ka = mg1.line.set_index("name").max_i_ka
    assert rating_ka["MG1 Line 650632"] == pytest.approx(0.730)
    assert rating_ka["MG1 Line 632645"] == pytest.approx(0.230 * 2 / 3)
    assert rating_ka["MG1 Line 684652"] == pytest.approx(0.165 / 3)


def test_regulators_are_rated_by_their_current_transformers(mg1: pandapowerNet) -> None:
    # sqrt(3) * 4.16 kV * 700 A = 5.0437 MVA
    rating_mva = mg1.trafo.set_index("name").sn_mva["MG1 Regulator 1"]
    assert rating_mva == pytest.approx(math.sqrt(3.0) * 4.16 * 0.7)


def test_zip_loads_keep_their_published_models() -> None:
    net = IEEE13Bus("MG1", load_model="zip")
    loads = net.load.set_index("name")
    assert loads.const_z_p_percent["MG1 Load 646"] == 100.0
    assert loads.const_i_q_percent["MG1 Load 611"] == 100.0
    assert loads.const_z_p_percent["MG1 Load 634"] == 0.0


def test_power_balances_with_voltage_dependent_loads() -> None:
    # pandapower loses the balance when loads on one fused bus have different shares; ours have equal ones.
    net = IEEE13Bus("MG1", load_model="zip")
    pp.runpp(net)
    loss_mw = net.res_line.pl_mw.sum() + net.res_trafo.pl_mw.sum()
    assert net.res_ext_grid.p_mw.sum() == pytest.approx(net.res_load.p_mw.sum() + loss_mw, abs=1e-7)


def test_the_slack_voltage_is_that_of_the_published_solution_unless_given() -> None:
    assert IEEE34Bus().ext_grid.vm_pu.iloc[0] == 1.05
    assert IEEE34Bus(slack_vm_pu=1.03).ext_grid.vm_pu.iloc[0] == 1.03


def test_nets_share_nothing() -> None:
    first = IEEE13Bus("MG1")
    first.bus.loc[0, "vn_kv"] = 1.0
    first["std_types"]["line"].clear()
    second = IEEE13Bus("MG2")
    assert second.bus.vn_kv.iloc[0] == 4.16
    assert second.name == "MG2"
    assert second["std_types"]["line"]


@pytest.mark.parametrize("build", [IEEE13Bus, IEEE34Bus, CIGRELV])
def test_no_table_of_two_nets_lies_in_the_same_memory(build: Callable[[str], pandapowerNet]) -> None:
    first, second = build("MG1"), build("MG2")
    tables = [name for name, table in first.items() if isinstance(table, pd.DataFrame) and len(table)]
    for name in tables:
        assert first[name] is not second[name]
        for column in first[name].columns:
            values = [np.asarray(net[name][column]) for net in (first, second)]
            assert not np.shares_memory(*values), f"{name}.{column}"
    assert {"bus", "line", "load", "trafo"} <= set(tables)

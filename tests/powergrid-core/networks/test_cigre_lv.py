from __future__ import annotations

from pathlib import Path

import numpy as np
import pandapower as pp
import pandas as pd
import pytest
from pandapower.auxiliary import pandapowerNet

from powergrid.errors import NetworkError
from powergrid.networks import cigre_lv, find_bus


@pytest.fixture(scope="module")
def net() -> pandapowerNet:
    built = cigre_lv.CIGRELV(name="LV1")
    pp.runpp(built, tolerance_mva=1e-9)
    return built


def test_bus_voltages_are_those_of_the_reference(net: pandapowerNet, shared_data: Path) -> None:
    reference = pd.read_csv(shared_data / "feeders" / "cigre" / "cigre_lv_bus_voltages.csv")
    result = net.res_bus.loc[[find_bus(net, name) for name in reference.name]]
    np.testing.assert_allclose(result.vm_pu, reference.vm_pandapower, rtol=0.0, atol=1e-8)
    np.testing.assert_allclose(result.va_degree, reference.va_pandapower, rtol=0.0, atol=1e-6)


def test_line_flows_are_those_of_the_reference(net: pandapowerNet, shared_data: Path) -> None:
    reference = pd.read_csv(shared_data / "feeders" / "cigre" / "cigre_lv_line_flows.csv")
    flows = net.res_line.loc[[net.line.index[net.line.name == f"LV1 {name}"][0] for name in reference.name]]
    np.testing.assert_allclose(flows.i_ka, reference.i_ka, rtol=0.0, atol=1e-7)
    np.testing.assert_allclose(flows.p_from_mw * 1e3, reference.p_from_kw, rtol=0.0, atol=1e-4)


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("bus", "LV1 Bus R1"),
        ("line", "LV1 Line R1-R2"),
        ("trafo", "LV1 Trafo R0-R1"),
        ("load", "LV1 Load R11"),
        ("switch", "LV1 Switch S1"),
        ("ext_grid", "LV1 Grid"),
    ],
)
def test_elements_are_named_after_the_feeder(net: pandapowerNet, table: str, name: str) -> None:
    assert (net[table].name == name).sum() == 1


def test_all_buses_are_in_the_feeders_zone(net: pandapowerNet) -> None:
    assert set(net.bus.zone) == {"LV1"}
    assert net.name == "LV1"


def test_load_scale_and_slack_voltage_are_taken(net: pandapowerNet) -> None:
    scaled = cigre_lv.CIGRELV(name="LV1", load_scale=0.5, slack_vm_pu=1.02)
    assert scaled.load.p_mw.sum() == pytest.approx(0.5 * net.load.p_mw.sum())
    assert scaled.ext_grid.vm_pu.iloc[0] == 1.02
    assert scaled.user_pf_options["init_vm_pu"] == pytest.approx(np.full(44, 1.02))


def test_a_negative_load_scale_is_refused() -> None:
    with pytest.raises(NetworkError, match="load_scale is -1"):
        cigre_lv.CIGRELV(load_scale=-1.0)

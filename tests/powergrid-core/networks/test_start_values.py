from __future__ import annotations

import numpy as np
import pandapower as pp
import pytest
from pandapower.auxiliary import LoadflowNotConverged, pandapowerNet

from powergrid.networks import CIGRELV, IEEE13Bus, IEEE34Bus, find_bus, set_start_values


def start_vm_pu(net: pandapowerNet, bus: str) -> float:
    return float(net.user_pf_options["init_vm_pu"][net.bus.index.get_loc(find_bus(net, bus))])


def test_start_values_are_the_slack_times_the_tap_ratios() -> None:
    # 7 and 12 steps: 1.05 * 1.04375 = 1.0959375; times 1.075 = 1.1781328
    net = IEEE34Bus()
    assert start_vm_pu(net, "814") == pytest.approx(1.05)
    assert start_vm_pu(net, "850") == pytest.approx(1.0959375)
    assert start_vm_pu(net, "890") == pytest.approx(1.17813281, abs=1e-8)
    assert set(net.user_pf_options["init_va_degree"]) == {0.0}


def test_start_angles_follow_the_vector_groups() -> None:
    # Dyn1: the low-voltage side lags by 30 degrees
    net = CIGRELV()
    angles = dict(zip(net.bus.name, net.user_pf_options["init_va_degree"], strict=True))
    assert angles["CIGRELV Bus 0"] == 0.0
    assert angles["CIGRELV Bus R18"] == pytest.approx(-30.0)


def test_a_tap_on_the_high_voltage_side_lowers_the_low_voltage_side() -> None:
    # 4 steps of 2.5 % on the high-voltage side: 1 / 1.1
    net = pp.create_empty_network()
    hv_bus, lv_bus = pp.create_bus(net, 20.0, name="hv"), pp.create_bus(net, 0.4, name="lv")
    pp.create_ext_grid(net, hv_bus)
    pp.create_transformer(net, hv_bus, lv_bus, "0.4 MVA 20/0.4 kV", tap_pos=4)
    set_start_values(net)
    assert start_vm_pu(net, "lv") == pytest.approx(1.0 / 1.1)
    assert net.user_pf_options["init_va_degree"][1] == pytest.approx(-150.0)  # Dyn5


def test_buses_behind_an_open_switch_start_at_one() -> None:
    net = IEEE13Bus("MG1")
    net.switch["closed"] = False
    set_start_values(net)
    assert start_vm_pu(net, "692") == 1.0
    assert start_vm_pu(net, "675") == 1.0
    assert start_vm_pu(net, "671") == pytest.approx(1.0625)


def test_without_start_values_newton_fails_on_ieee34() -> None:
    net = IEEE34Bus()
    pp.set_user_pf_options(net, overwrite=True)
    with pytest.raises(LoadflowNotConverged):
        pp.runpp(net)


@pytest.mark.parametrize("load_model", ["constant_power", "zip"])
@pytest.mark.parametrize("variant", ["drop_preserving", "sequence"])
def test_every_ieee_net_converges_with_plain_runpp(variant: str, load_model: str) -> None:
    for build in (IEEE13Bus, IEEE34Bus):
        net = build(variant=variant, load_model=load_model)
        pp.runpp(net)
        assert net.converged


def test_an_added_bus_breaks_the_start_values_and_set_start_values_mends_them() -> None:
    net = IEEE13Bus("MG1")
    new = pp.create_bus(net, 4.16, name="MG1 Bus 700", zone="MG1")
    pp.create_switch(net, find_bus(net, "680"), new, et="b")
    with pytest.raises(ValueError, match="could not broadcast input array"):
        pp.runpp(net)
    set_start_values(net)
    pp.runpp(net)
    assert start_vm_pu(net, "700") == pytest.approx(1.0625)


def test_other_power_flow_options_stay() -> None:
    net = IEEE13Bus("MG1")
    pp.set_user_pf_options(net, tolerance_mva=1e-10)
    set_start_values(net)
    assert net.user_pf_options["tolerance_mva"] == 1e-10


def test_start_values_survive_saving_and_loading() -> None:
    net = IEEE34Bus()
    loaded = pp.from_json_string(pp.to_json(net))
    np.testing.assert_allclose(loaded.user_pf_options["init_vm_pu"], net.user_pf_options["init_vm_pu"])
    pp.runpp(loaded)


def test_three_winding_transformers_and_impedances_are_passed() -> None:
    net = pp.create_empty_network()
    hv_bus, mv_bus, lv_bus, end = (pp.create_bus(net, kv) for kv in (110.0, 20.0, 10.0, 10.0))
    pp.create_ext_grid(net, hv_bus, vm_pu=1.02)
    pp.create_transformer3w(net, hv_bus, mv_bus, lv_bus, "63/25/38 MVA 110/20/10 kV")
    pp.create_impedance(net, lv_bus, end, rft_pu=0.01, xft_pu=0.02, sn_mva=10.0)
    set_start_values(net)
    assert net.user_pf_options["init_vm_pu"] == pytest.approx([1.02, 1.02, 1.02, 1.02])
    pp.runpp(net)

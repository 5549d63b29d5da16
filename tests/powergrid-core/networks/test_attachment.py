from __future__ import annotations

import copy
import math
from functools import cache

import numpy as np
import pandapower as pp
import pytest
from pandapower.auxiliary import pandapowerNet

from powergrid.errors import NetworkError, UnknownBusError
from powergrid.networks import (
    CIGRELV,
    AttachedFeeder,
    IEEE13Bus,
    IEEE34Bus,
    ImportTransformer,
    attach_feeder,
    find_bus,
    set_start_values,
)

TRANSFORMER = ImportTransformer(sn_mva=0.5, vkr_percent=1.0, vkx_percent=5.0, hv_kv=24.9, lv_kv=4.16)


@cache
def grid() -> pandapowerNet:
    return IEEE34Bus(load_scale=0.30, capacitor_scale=0.30, regulator_taps={"reg1": 2, "reg2": 2}, slack_vm_pu=1.03)


@cache
def microgrid(name: str, load_scale: float = 0.15) -> pandapowerNet:
    return IEEE13Bus(name, load_scale=load_scale, capacitor_scale=load_scale, regulator_taps={"reg1": 0})


@pytest.fixture(scope="module")
def single() -> AttachedFeeder:
    return attach_feeder(grid(), microgrid("MG1"), connection_bus="Bus 850", transformer=TRANSFORMER)


@pytest.fixture(scope="module")
def fused() -> pandapowerNet:
    """The network of the default setup: three microgrids on one feeder."""
    net = grid()
    for name, bus, load_scale in (("MG1", "850", 0.15), ("MG2", "860", 0.12), ("MG3", "844", 0.12)):
        feeder = microgrid(name, load_scale)
        net = attach_feeder(net, feeder, connection_bus=f"IEEE34 Bus {bus}", transformer=TRANSFORMER).net
    pp.runpp(net)
    return net


def test_fused_net_has_78_nodes(fused: pandapowerNet) -> None:
    # 36 + 3 * 15 buses, less one for each of the three closed switches 671-692
    assert len(fused.bus) == 81
    nodes = {int(node) for node in fused._pd2ppc_lookups["bus"][fused.bus.index]}
    assert len(nodes) == 78
    assert len(fused.ext_grid) == 1


@pytest.mark.parametrize(
    ("zone", "p_mw", "q_mvar"),
    [
        ("IEEE34", 0.531, 0.313),  # 0.30 * (1769 + j1044) kVA
        ("MG1", 0.520, 0.315),  # 0.15 * (3466 + j2102) kVA
        ("MG2", 0.416, 0.252),  # 0.12 * (3466 + j2102) kVA
        ("MG3", 0.416, 0.252),
    ],
)
def test_fused_net_has_the_nominal_loads_of_the_sizing(
    fused: pandapowerNet, zone: str, p_mw: float, q_mvar: float
) -> None:
    loads = fused.load[fused.load.bus.map(fused.bus.zone) == zone]
    assert loads.p_mw.sum() == pytest.approx(p_mw, abs=5e-4)
    assert loads.q_mvar.sum() == pytest.approx(q_mvar, abs=5e-4)


def test_fused_net_has_the_taps_capacitors_and_transformers_of_the_sizing(fused: pandapowerNet) -> None:
    trafo = fused.trafo.set_index("name")
    assert [trafo.tap_pos[f"IEEE34 Regulator {n}"] for n in (1, 2)] == [2, 2]
    assert [trafo.tap_pos[f"MG{n} Regulator 1"] for n in (1, 2, 3)] == [0, 0, 0]
    assert fused.shunt.set_index("name").q_mvar["IEEE34 Capacitor 844"] == pytest.approx(-0.090)
    assert fused.shunt.set_index("name").q_mvar["IEEE34 Capacitor 848"] == pytest.approx(-0.135)
    inserted = trafo.loc[[f"MG{n} Import Transformer" for n in (1, 2, 3)]]
    assert inserted.vk_percent.to_numpy() == pytest.approx(5.099, abs=5e-4)  # sqrt(1 + 25)
    assert list(fused.bus.name[inserted.hv_bus]) == ["IEEE34 Bus 850", "IEEE34 Bus 860", "IEEE34 Bus 844"]
    assert list(fused.bus.name[inserted.lv_bus]) == ["MG1 Bus 650", "MG2 Bus 650", "MG3 Bus 650"]


def test_fused_net_balances_its_power(fused: pandapowerNet) -> None:
    loss_mw = fused.res_line.pl_mw.sum() + fused.res_trafo.pl_mw.sum()
    assert fused.res_ext_grid.p_mw.sum() == pytest.approx(fused.load.p_mw.sum() + loss_mw, abs=1e-6)


def test_fused_net_couples_the_microgrids_as_the_sizing_says(fused: pandapowerNet) -> None:
    # At about a third of the nominal load: 0.120 pu per MW at MG2 itself, 0.092 at MG3, 0.043 at MG1.
    net = copy.deepcopy(fused)
    net.load[["p_mw", "q_mvar"]] *= 0.35
    pp.runpp(net)
    before = net.res_bus.vm_pu.groupby(net.bus.zone).mean()
    pp.create_sgen(net, find_bus(net, "675", zone="MG2"), p_mw=0.01)
    pp.runpp(net)
    pu_per_mw = (net.res_bus.vm_pu.groupby(net.bus.zone).mean() - before) / 0.01
    assert [pu_per_mw[zone] for zone in ("MG1", "MG2", "MG3")] == pytest.approx([0.043, 0.120, 0.092], abs=0.003)


def test_the_report_says_what_was_inserted(single: AttachedFeeder) -> None:
    assert single.report == (
        "MG1: 15 buses attached to 'IEEE34 Bus 850' through a transformer of 0.5 MVA, 24.9/4.16 kV, 5.099 %, to "
        "'MG1 Bus 650'; the feeder's own external grid is left out."
    )
    assert single.net.trafo.name[single.transformer_index] == single.transformer_name == "MG1 Import Transformer"
    assert single.feeder_name == "MG1"


def test_attaching_changes_neither_of_the_two_nets() -> None:
    net, feeder = grid(), microgrid("MG1")
    attach_feeder(net, feeder, connection_bus="850", transformer=TRANSFORMER)
    assert (len(net.bus), len(net.trafo), len(feeder.bus), len(feeder.ext_grid)) == (36, 3, 15, 1)
    pp.runpp(net)
    pp.runpp(feeder)


def test_an_attached_feeder_sees_the_voltage_of_its_connection_bus(single: AttachedFeeder) -> None:
    # Alone and behind the transformer the feeder is the same: give it the voltage found at its head.
    pp.runpp(single.net)
    head = single.net.res_bus.loc[find_bus(single.net, "MG1 Bus 650")]
    alone = IEEE13Bus(
        "MG1", load_scale=0.15, capacitor_scale=0.15, regulator_taps={"reg1": 0}, slack_vm_pu=float(head.vm_pu)
    )
    pp.runpp(alone)
    attached = [find_bus(single.net, name) for name in alone.bus.name]
    np.testing.assert_allclose(single.net.res_bus.vm_pu.loc[attached], alone.res_bus.vm_pu, rtol=0.0, atol=1e-9)


def test_merging_by_hand_breaks_the_start_values() -> None:
    merged = pp.toolbox.merge_nets(grid(), microgrid("MG1"), validate=False, net2_reindex_log_level=None)
    with pytest.raises(ValueError, match="could not broadcast input array"):
        pp.runpp(merged)
    set_start_values(merged)
    pp.runpp(merged)


def test_a_second_feeder_of_the_same_name_is_refused(single: AttachedFeeder) -> None:
    with pytest.raises(NetworkError, match=r"already has a feeder 'MG1'.*another name"):
        attach_feeder(single.net, microgrid("MG1"), connection_bus="860", transformer=TRANSFORMER)


def test_an_unknown_connection_bus_is_refused() -> None:
    with pytest.raises(UnknownBusError, match=r"no bus 'Bus 851'.*'IEEE34 Bus 850'"):
        attach_feeder(grid(), microgrid("MG1"), connection_bus="Bus 851", transformer=TRANSFORMER)


@pytest.mark.parametrize(
    ("transformer", "bus", "message"),
    [
        (
            ImportTransformer(sn_mva=0.5, hv_kv=24.9, lv_kv=4.16),
            "890",
            r"hv_kv is 24\.9 kV, but bus 'IEEE34 Bus 890' has 4\.16 kV\. Set hv_kv=4\.16",
        ),
        (
            ImportTransformer(sn_mva=0.5, hv_kv=24.9, lv_kv=0.48),
            "850",
            r"lv_kv is 0\.48 kV, but bus 'MG1 Bus 650' has 4\.16 kV\. Set lv_kv=4\.16",
        ),
    ],
)
def test_rated_voltages_that_do_not_fit_are_refused(transformer: ImportTransformer, bus: str, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        attach_feeder(grid(), microgrid("MG1"), connection_bus=bus, transformer=transformer)


def test_feeders_of_different_frequency_are_refused() -> None:
    with pytest.raises(NetworkError, match=r"runs at 60 Hz and feeder 'CIGRELV' at 50 Hz"):
        attach_feeder(grid(), CIGRELV(), connection_bus="850", transformer=TRANSFORMER)


def test_a_feeder_without_one_zone_is_refused() -> None:
    feeder = copy.deepcopy(microgrid("MG1"))
    feeder.bus.loc[3, "zone"] = None
    with pytest.raises(NetworkError, match=r"needs one zone name.*feeder\.bus\['zone'\]"):
        attach_feeder(grid(), feeder, connection_bus="850", transformer=TRANSFORMER)


def test_a_feeder_without_external_grid_is_refused() -> None:
    feeder = copy.deepcopy(microgrid("MG1"))
    feeder.ext_grid["in_service"] = False
    with pytest.raises(NetworkError, match=r"has 0 external grids in service.*create_ext_grid"):
        attach_feeder(grid(), feeder, connection_bus="850", transformer=TRANSFORMER)


def test_reactance_and_short_circuit_voltage_give_each_other() -> None:
    from_reactance = ImportTransformer(sn_mva=0.5, hv_kv=24.9, lv_kv=4.16, vkr_percent=3.0, vkx_percent=4.0)
    assert from_reactance.vk_percent == pytest.approx(5.0)
    from_short_circuit = ImportTransformer(sn_mva=0.5, hv_kv=24.9, lv_kv=4.16, vkr_percent=3.0, vk_percent=5.0)
    assert from_short_circuit.vkx_percent == pytest.approx(4.0)
    neither = ImportTransformer(sn_mva=0.5, hv_kv=24.9, lv_kv=4.16)
    assert (neither.vkr_percent, neither.vkx_percent) == (1.0, 5.0)


def test_rounded_percentages_may_stand_together() -> None:
    both = ImportTransformer(sn_mva=0.5, hv_kv=24.9, lv_kv=4.16, vkr_percent=1.0, vkx_percent=5.0, vk_percent=5.099)
    assert both.vk_percent == pytest.approx(math.sqrt(26.0), rel=1e-12)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sn_mva": 0.0}, r"sn_mva is 0\.0; it must be positive"),
        ({"vkr_percent": -1.0}, "vkr_percent is -1"),
        ({"vk_percent": 0.5}, r"vk_percent 0\.5 leaves no reactance"),
        ({"vkx_percent": 5.0, "vk_percent": 6.0}, r"vk_percent is 6.*give 5\.099"),
    ],
)
def test_a_transformer_that_cannot_be_is_refused(changes: dict[str, float], message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        ImportTransformer(**({"sn_mva": 0.5, "hv_kv": 24.9, "lv_kv": 4.16} | changes))

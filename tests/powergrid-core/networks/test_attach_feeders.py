from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cache

import numpy as np
import pandapower as pp
import pandas as pd
import pytest
from pandapower.auxiliary import pandapowerNet
from pandapower.toolbox import merge_nets

from powergrid.errors import NetworkError, UnknownBusError
from powergrid.networks import (
    FeederAttachment,
    IEEE13Bus,
    IEEE34Bus,
    ImportTransformer,
    add_device_element,
    attach_feeder,
    attach_feeders,
    find_bus,
    set_start_values,
)

TRANSFORMER = ImportTransformer(sn_mva=0.5, vkr_percent=1.0, vkx_percent=5.0)


@cache
def grid() -> pandapowerNet:
    return IEEE34Bus(load_scale=0.30, capacitor_scale=0.30, regulator_taps={"reg1": 2, "reg2": 2}, slack_vm_pu=1.03)


def microgrid(name: str, load_scale: float = 0.1) -> pandapowerNet:
    return IEEE13Bus(name, load_scale=load_scale, capacitor_scale=load_scale, regulator_taps={"reg1": 0})


def hang(feeder: pandapowerNet, bus: str) -> FeederAttachment:
    return FeederAttachment(feeder=feeder, connection_bus=bus, transformer=TRANSFORMER)


def with_devices(name: str) -> pandapowerNet:
    feeder = microgrid(name)
    add_device_element(feeder, device_name=f"{name}.ess", bus="634", family="storage")
    add_device_element(feeder, device_name=f"{name}.pv", bus="675", family="sgen")
    add_device_element(feeder, device_name=f"{name}.ev", bus="646", family="load")
    return feeder


def with_switches(name: str) -> pandapowerNet:
    """A feeder with an open line, a switched transformer, a generator, an impedance and gaps among its indices."""
    feeder = microgrid(name)
    line = int(feeder.line.index[feeder.line.name == f"{name} Line 684652"][0])
    pp.create_switch(feeder, int(feeder.line.from_bus.at[line]), line, et="l", closed=False, name=f"{name} open")
    pp.create_switch(feeder, int(feeder.trafo.lv_bus.iloc[0]), 0, et="t", closed=True, name=f"{name} low side")
    bus = pp.create_bus(feeder, vn_kv=4.16, name=f"{name} Bus far", zone=name, index=700)
    pp.create_impedance(feeder, find_bus(feeder, "680"), bus, 0.01, 0.02, sn_mva=1.0, name=f"{name} Z")
    pp.create_gen(feeder, bus, p_mw=0.01, vm_pu=1.0, in_service=False, name=f"{name} machine")
    pp.create_load(feeder, bus, p_mw=0.01, name=f"{name} far", index=500)
    return feeder


def with_cost(name: str) -> pandapowerNet:
    feeder = with_devices(name)
    pp.create_poly_cost(feeder, 0, "storage", cp1_eur_per_mw=3.0)
    return feeder


def with_own_columns(name: str) -> pandapowerNet:
    """A feeder as another program may have left it: wider types, and a column that nobody else has."""
    feeder = microgrid(name)
    feeder.line["parallel"] = feeder.line["parallel"].astype("int64")
    feeder.trafo["tap_pos"] = feeder.trafo["tap_pos"].astype(object)
    feeder.load["owner"] = [f"owner {number}" for number in range(len(feeder.load))]
    return feeder


def merged_one_by_one(net: pandapowerNet, attachments: Sequence[FeederAttachment]) -> pandapowerNet:
    """What pandapower's own functions make of it, feeder by feeder."""
    for attachment in attachments:
        feeder = copy.deepcopy(attachment.feeder)
        name = feeder.bus.zone.iloc[0]
        head = feeder.bus.name.at[feeder.ext_grid.bus.iloc[0]]
        at = find_bus(net, attachment.connection_bus)
        feeder.ext_grid = feeder.ext_grid.drop(feeder.ext_grid.index)
        net = merge_nets(net, feeder, validate=False, merge_results=False, net2_reindex_log_level=None)
        pp.create_transformer_from_parameters(
            net,
            at,
            find_bus(net, head, zone=name),
            sn_mva=0.5,
            vn_hv_kv=net.bus.vn_kv.at[at],
            vn_lv_kv=4.16,
            vkr_percent=1.0,
            vk_percent=np.hypot(1.0, 5.0),
            pfe_kw=0.0,
            i0_percent=0.0,
            name=f"{name} Import Transformer",
        )
    set_start_values(net)
    return net


def assert_same(found: pandapowerNet, expected: pandapowerNet) -> None:
    assert list(found) == list(expected)
    for key, value in expected.items():
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(found[key], value, check_exact=True, obj=key)
        else:
            assert found[key] == value, key


@pytest.mark.parametrize(
    "feeders",
    [
        [microgrid("MG1"), microgrid("MG2", 0.05), microgrid("MG3")],
        [with_devices("MG1"), microgrid("MG2"), with_devices("MG3")],
        [microgrid("MG1"), with_devices("MG2"), microgrid("MG3")],
        [with_switches("MG1"), with_devices("MG2"), with_switches("MG3")],
        [microgrid("MG1"), with_own_columns("MG2"), with_devices("MG3")],
        [microgrid("MG1"), with_cost("MG2"), with_cost("MG3")],
    ],
    ids=["plain", "devices", "devices-later", "switches-and-gaps", "own-columns", "costs"],
)
def test_all_at_once_gives_the_net_of_merging_one_by_one(feeders: list[pandapowerNet]) -> None:
    buses = ["IEEE34 Bus 850", "IEEE34 Bus 860", "IEEE34 Bus 844"]
    attachments = [hang(feeder, bus) for feeder, bus in zip(feeders, buses, strict=True)]
    found, expected = attach_feeders(grid(), attachments).net, merged_one_by_one(grid(), attachments)
    assert_same(found, expected)
    pp.runpp(found)
    pp.runpp(expected)
    for results in (key for key in expected if key.startswith("res_")):
        pd.testing.assert_frame_equal(found[results], expected[results], check_exact=True, obj=results)
    assert len(found.res_bus) == len(found.bus)


def test_a_feeder_may_hang_on_one_attached_before_it() -> None:
    low = ImportTransformer(sn_mva=0.1)
    attached = attach_feeders(
        grid(),
        [
            hang(microgrid("MG1"), "850"),
            FeederAttachment(feeder=microgrid("MG2", 0.01), connection_bus="MG1 Bus 680", transformer=low),
        ],
    )
    above = attached.net.trafo.loc[attached.feeders[1].transformer_index]
    assert attached.net.bus.name[above.hv_bus] == "MG1 Bus 680"
    assert attached.net.bus.name[above.lv_bus] == "MG2 Bus 650"
    assert above.vn_hv_kv == above.vn_lv_kv == 4.16
    pp.runpp(attached.net)


def test_a_transformer_without_voltages_takes_those_of_its_buses() -> None:
    attached = attach_feeder(grid(), microgrid("MG1"), connection_bus="850", transformer=TRANSFORMER)
    inserted = attached.net.trafo.loc[attached.transformer_index]
    assert (inserted.vn_hv_kv, inserted.vn_lv_kv) == (24.9, 4.16)
    assert "24.9/4.16 kV, 5.099 %" in attached.report


def test_costs_follow_their_elements_to_new_indices() -> None:
    net = attach_feeders(grid(), [hang(with_cost("MG1"), "850"), hang(with_cost("MG2"), "860")]).net
    assert net.storage.name[net.poly_cost.element].tolist() == ["MG1.ess", "MG2.ess"]


def test_switches_follow_their_elements_to_new_indices() -> None:
    net = attach_feeders(grid(), [hang(with_switches("MG1"), "850"), hang(with_switches("MG2"), "860")]).net
    switch = net.switch.set_index("name")
    for name in ("MG1", "MG2"):
        assert net.line.name[switch.element[f"{name} open"]] == f"{name} Line 684652"
        assert net.trafo.name[switch.element[f"{name} low side"]] == f"{name} Transformer XFM1"
        assert net.bus.name[switch.element[f"{name} Switch 671692"]] == f"{name} Bus 692"


def test_indices_that_are_free_are_kept() -> None:
    # Bus 700 and load 500 are free in the net of IEEE 34, and taken when the second feeder comes.
    net = attach_feeders(grid(), [hang(with_switches("MG1"), "850"), hang(with_switches("MG2"), "860")]).net
    assert net.bus.name[700] == "MG1 Bus far"
    assert net.load.name[500] == "MG1 far"
    assert find_bus(net, "MG2 Bus far") > 700


def test_the_nets_that_are_joined_stay_as_they_are() -> None:
    net, feeders = grid(), [with_switches("MG1"), with_switches("MG2")]
    before = copy.deepcopy([net, *feeders])
    joined = attach_feeders(net, [hang(feeder, "850") for feeder in feeders]).net
    joined.bus["vn_kv"] = 1.0
    joined["std_types"]["line"].clear()
    for now, then in zip([net, *feeders], before, strict=True):
        assert_same(now, then)


def test_standard_types_of_all_feeders_are_there() -> None:
    feeders = [microgrid("MG1"), microgrid("MG2")]
    for feeder, max_i_ka in zip(feeders, (0.1, 0.2), strict=True):
        data = {"r_ohm_per_km": 1.0, "x_ohm_per_km": 1.0, "c_nf_per_km": 0.0, "max_i_ka": max_i_ka}
        pp.create_std_type(feeder, data, "cable", element="line")
    net = attach_feeders(grid(), [hang(feeder, "850") for feeder in feeders]).net
    assert net.std_types["line"]["cable"]["max_i_ka"] == 0.1


def test_no_feeders_give_a_copy() -> None:
    attached = attach_feeders(grid(), [])
    assert attached.feeders == ()
    assert attached.net is not grid()
    assert_same(attached.net, grid())


def test_two_feeders_of_the_same_name_are_refused() -> None:
    with pytest.raises(NetworkError, match=r"already has a feeder 'MG1'.*another name"):
        attach_feeders(grid(), [hang(microgrid("MG1"), "850"), hang(microgrid("MG1"), "860")])


def test_a_node_that_feeders_share_is_refused() -> None:
    attachments = [hang(microgrid("MG1"), "850"), hang(microgrid("MG2"), "860"), hang(microgrid("MG3"), "Bus 675")]
    with pytest.raises(UnknownBusError, match=r"'Bus 675' fits 2 buses of network 'IEEE34'.*full name"):
        attach_feeders(grid(), attachments)

from __future__ import annotations

from typing import Any

import pandapower as pp
import pytest
from pandapower.auxiliary import pandapowerNet

from powergrid.conventions import storage_to_pandapower
from powergrid.errors import NetworkError, UnknownBusError
from powergrid.networks import IEEE13Bus, add_device_element, find_bus


@pytest.fixture
def net() -> pandapowerNet:
    return IEEE13Bus("MG1")


@pytest.mark.parametrize("family", ["sgen", "storage", "load"])
def test_an_element_rests_and_is_controllable(net: pandapowerNet, family: Any) -> None:
    index = add_device_element(net, device_name="MG1.dev1", bus="Bus 675", family=family)
    row = net[family].loc[index]
    assert (row["name"], row.p_mw, row.q_mvar, bool(row.controllable)) == ("MG1.dev1", 0.0, 0.0, True)
    assert row.bus == find_bus(net, "675")
    pp.runpp(net)  # no bus was added: the start values still fit


def test_resting_devices_change_no_voltage(net: pandapowerNet) -> None:
    pp.runpp(net)
    before = net.res_bus.vm_pu.to_numpy()
    for family in ("sgen", "storage", "load"):
        add_device_element(net, device_name=f"{family}1", bus="671", family=family)
    pp.runpp(net)
    assert net.res_bus.vm_pu.to_numpy().tolist() == before.tolist()


def test_discharging_raises_the_voltage(net: pandapowerNet) -> None:
    pp.runpp(net)
    bus = find_bus(net, "675")
    before = net.res_bus.vm_pu[bus]
    index = add_device_element(net, device_name="ess1", bus=bus, family="storage")
    net.storage.loc[index, "p_mw"] = storage_to_pandapower(0.25)
    pp.runpp(net)
    assert net.res_bus.vm_pu[bus] > before


def test_a_second_element_of_the_same_name_is_refused(net: pandapowerNet) -> None:
    add_device_element(net, device_name="gen1", bus="671", family="sgen")
    with pytest.raises(NetworkError, match=r"already has a sgen named 'gen1'"):
        add_device_element(net, device_name="gen1", bus="675", family="sgen")


def test_an_unknown_family_is_named_with_the_nearest(net: pandapowerNet) -> None:
    wrong: Any = "storages"
    with pytest.raises(NetworkError, match=r"'gen1': there is no element family 'storages'.*'storage'"):
        add_device_element(net, device_name="gen1", bus="671", family=wrong)


def test_an_unknown_bus_is_refused_by_name_and_by_index(net: pandapowerNet) -> None:
    with pytest.raises(UnknownBusError, match="Bus 67"):
        add_device_element(net, device_name="gen1", bus="Bus 67", family="sgen")
    with pytest.raises(NetworkError, match="no bus with index 99"):
        add_device_element(net, device_name="gen1", bus=99, family="sgen")


def test_a_net_with_voltage_dependent_loads_brings_a_warning() -> None:
    net = IEEE13Bus("MG1", load_model="zip")
    with pytest.warns(UserWarning, match="load_model='constant_power' is exact in both"):
        add_device_element(net, device_name="gen1", bus="646", family="sgen")

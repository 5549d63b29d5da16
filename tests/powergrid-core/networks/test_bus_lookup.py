from __future__ import annotations

import pandapower as pp
import pytest
from pandapower.auxiliary import pandapowerNet

from powergrid.errors import UnknownBusError
from powergrid.networks import IEEE13Bus, find_bus


@pytest.fixture(scope="module")
def mg1() -> pandapowerNet:
    return IEEE13Bus("MG1")


@pytest.fixture(scope="module")
def own() -> pandapowerNet:
    net = pp.create_empty_network(name="own")
    for name, zone in (("A Bus 1", "A"), ("B Bus 1", "B"), ("Bus 2", None), ("quarry", None), ("1", "C")):
        pp.create_bus(net, 20.0, name=name, zone=zone)
    return net


@pytest.mark.parametrize("spelling", ["MG1 Bus 633", "Bus 633", "633", "bus 633", "mg1 bus 633"])
def test_a_bus_is_found_by_every_spelling(mg1: pandapowerNet, spelling: str) -> None:
    assert mg1.bus.name[find_bus(mg1, spelling)] == "MG1 Bus 633"


def test_an_unknown_bus_comes_with_the_nearest_names(mg1: pandapowerNet) -> None:
    with pytest.raises(UnknownBusError, match=r"no bus 'Bus 63' in network 'MG1'\. Nearest of 15: .*'MG1 Bus 633'"):
        find_bus(mg1, "Bus 63")


def test_a_name_in_several_zones_needs_its_zone(own: pandapowerNet) -> None:
    with pytest.raises(UnknownBusError, match=r"'bus 1' fits 2 buses.*\['A Bus 1', 'B Bus 1'\].*give the zone"):
        find_bus(own, "bus 1")
    assert find_bus(own, "Bus 1", zone="B") == 1


def test_an_exact_name_wins(own: pandapowerNet) -> None:
    assert find_bus(own, "1") == 4  # though the node of "A Bus 1" and "B Bus 1" is called so too


def test_buses_without_zone_are_found_by_their_own_names(own: pandapowerNet) -> None:
    assert find_bus(own, "2") == 2
    assert find_bus(own, "quarry") == 3


def test_an_unknown_zone_has_no_buses(own: pandapowerNet) -> None:
    with pytest.raises(UnknownBusError, match=r"in zone 'D'\. It has no buses"):
        find_bus(own, "Bus 1", zone="D")


def test_an_unknown_bus_is_a_lookup_error(own: pandapowerNet) -> None:
    with pytest.raises(LookupError, match="There is no bus 'nowhere'"):
        find_bus(own, "nowhere")

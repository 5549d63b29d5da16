"""Zones as text, however a net spells them."""

from __future__ import annotations

from typing import Any

import pandapower as pp
import pytest

from powergrid.networks import find_bus
from powergrid.networks.zone import bus_zones, zone_name


@pytest.mark.parametrize(
    ("zone", "name"),
    [(1, "1"), (1.0, "1"), ("1", "1"), ("MG1", "MG1"), (1.5, "1.5"), (None, None), (float("nan"), None)],
)
def test_a_zone_has_one_name(zone: Any, name: str | None) -> None:
    assert zone_name(zone) == name


def test_a_bus_is_found_in_a_numbered_zone() -> None:
    net = pp.create_empty_network()
    for zone in (1.0, 2.0):
        pp.create_bus(net, 20.0, name="mill", zone=zone)
    assert bus_zones(net) == {0: "1", 1: "2"}
    assert find_bus(net, "mill", zone="2") == 1

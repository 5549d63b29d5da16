"""pandapower elements that stand for devices."""

from __future__ import annotations

import warnings
from typing import Literal, TypeAlias

import pandapower as pp
from pandapower.auxiliary import pandapowerNet

from heron.errors import suggest
from powergrid.errors import NetworkError
from powergrid.networks.bus_lookup import find_bus
from powergrid.networks.start_values import has_voltage_dependent_loads

DeviceFamily: TypeAlias = Literal["sgen", "storage", "load"]
"""Tables of pandapower that devices are put into."""

_FAMILIES: tuple[DeviceFamily, ...] = ("sgen", "storage", "load")


def add_device_element(net: pandapowerNet, *, device_name: str, bus: int | str, family: DeviceFamily) -> int:
    """Add the element that stands for one device, at zero power.

    Parameters
    ----------
    net
        Changed in place. No bus is added, so its start values still fit.
    device_name
        Name of the element, unique in its table.
    bus
        Index, or a name for `find_bus`.
    family
        ``"sgen"``, ``"storage"`` or ``"load"``.

    Returns
    -------
    int
        Index in that table. Powers written there later go through `powergrid.conventions`.

    Raises
    ------
    UnknownBusError
        No such bus.
    NetworkError
        The family is none of the three, or has an element of that name.
    """
    if family not in _FAMILIES:
        raise NetworkError(
            f"Device {device_name!r}: there is no element family {family!r}, only {list(_FAMILIES)}.",
            remedy=suggest(family, _FAMILIES),
        )
    index = _bus_index(net, bus, device_name)
    if (net[family].name == device_name).any():
        raise NetworkError(
            f"The net {net.name!r} already has a {family} named {device_name!r}.",
            remedy="Give the device another name.",
        )
    if has_voltage_dependent_loads(net):
        _warn_of_fused_shares(net, index, device_name)
    if family == "storage":
        return int(pp.create_storage(net, index, p_mw=0.0, max_e_mwh=0.0, name=device_name, controllable=True))
    create = pp.create_sgen if family == "sgen" else pp.create_load
    return int(create(net, index, p_mw=0.0, name=device_name, controllable=True))


def _bus_index(net: pandapowerNet, bus: int | str, device_name: str) -> int:
    if isinstance(bus, str):
        return find_bus(net, bus)
    if bus not in net.bus.index:
        raise NetworkError(f"Device {device_name!r}: the net {net.name!r} has no bus with index {bus}.")
    return int(bus)


def _warn_of_fused_shares(net: pandapowerNet, bus: int, device_name: str) -> None:
    warnings.warn(
        f"Device {device_name!r} joins a net with voltage-dependent loads (bus {net.bus.name.at[bus]!r}). pandapower "
        "gives everything at a bus the mean voltage dependence of the loads there, devices included, so its power "
        "flow would differ from the compiled one; load_model='constant_power' is exact in both.",
        stacklevel=3,
    )

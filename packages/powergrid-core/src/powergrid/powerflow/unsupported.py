"""Elements of pandapower that the compiled network has no place for."""

from __future__ import annotations

from pandapower.auxiliary import pandapowerNet

from powergrid.errors import NetworkError

_TABLES = {
    "trafo3w": "three-winding transformers",
    "xward": "extended wards",
    "dcline": "DC lines",
    "svc": "static var compensators",
    "tcsc": "series compensators",
    "ssc": "static synchronous compensators",
    "vsc": "voltage source converters",
    "vsc_stacked": "stacked converters",
    "vsc_bipolar": "bipolar converters",
}
_OPTIONS = {"distributed_slack": "a distributed slack", "tdpf": "temperature-dependent power flow"}
_SHOWN = 5


def check_supported(net: pandapowerNet) -> None:
    """Refuse a net with elements or options that would be left out in silence.

    Parameters
    ----------
    net
        Any pandapower net.

    Raises
    ------
    NetworkError
        Elements in service that have no place in a compiled network; the message names them all.
    """
    findings = [
        f"{meaning} ({_names(net, table)})"
        for table, meaning in _TABLES.items()
        if table in net and len(net[table]) and net[table].in_service.any()
    ]
    options = net.get("user_pf_options", {})
    findings += [meaning for option, meaning in _OPTIONS.items() if options.get(option)]
    if findings:
        raise NetworkError(
            f"Network {net.name!r} has {', '.join(findings)}, which a compiled network cannot hold.",
            remedy="Replace them by lines, two-winding transformers and injections, or take them out of service.",
        )


def check_voltage_control(net: pandapowerNet, buses: set[int]) -> None:
    """Refuse a net with generators that hold a voltage.

    Parameters
    ----------
    net
        Any pandapower net.
    buses
        Buses whose voltage magnitude is given and whose angle is not.

    Raises
    ------
    NetworkError
        There are such buses; the message names the generators at them.
    """
    if not buses:
        return
    holding = net.gen[net.gen.in_service & net.gen.bus.isin(buses)]
    names = [str(name) if name else f"gen {index}" for index, name in holding.name.items()]
    raise NetworkError(
        f"Network {net.name!r} has generators that hold a voltage: {', '.join(map(repr, names[:_SHOWN]))}"
        f"{' and more' if len(names) > _SHOWN else ''}. Only external grids may.",
        remedy="Make them static generators (sgen) with given P and Q, or external grids.",
    )


def _names(net: pandapowerNet, table: str) -> str:
    rows = net[table][net[table].in_service]
    names = [str(name) if name else f"{table} {index}" for index, name in rows.name.items()]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, names[:_SHOWN])) + more

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
_OPTIONS = {
    "distributed_slack": "a distributed slack",
    "tdpf": "temperature-dependent power flow",
}
_LIMITS = {
    "enforce_q_lims": "generators whose reactive power has limits to keep",
    "enforce_p_lims": "generators whose active power has limits to keep",
}
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
    wanted = _OPTIONS | (_LIMITS if net.gen.in_service.any() else {})
    findings += [meaning for option, meaning in wanted.items() if options.get(option)]
    if findings:
        raise NetworkError(
            f"Network {net.name!r} has {', '.join(findings)}, which a compiled network cannot hold.",
            remedy="Replace them by lines, two-winding transformers and injections, or take them out of service; an "
            "option is switched off with pandapower.set_user_pf_options.",
        )


def _names(net: pandapowerNet, table: str) -> str:
    rows = net[table][net[table].in_service]
    names = [str(name) if name else f"{table} {index}" for index, name in rows.name.items()]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, names[:_SHOWN])) + more

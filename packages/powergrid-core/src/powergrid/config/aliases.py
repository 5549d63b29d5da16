"""Older spellings of parameters and fields: the only place where they are written."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from powergrid.config.finding import Finding, InvalidConfigError

_RENAMED = {
    # device parameters
    "p_max_MW": "p_max_mw",
    "p_min_MW": "p_min_mw",
    "q_max_MVAr": "q_max_mvar",
    "q_min_MVAr": "q_min_mvar",
    "s_rated_MVA": "s_rated_mva",
    "p_rated_MW": "p_rated_mw",
    "startup_time_hr": "startup_time_h",
    "shutdown_time_hr": "shutdown_time_h",
    "e_capacity_MWh": "capacity_mwh",
    "init_soc": "soc_initial",
    "ch_eff": "eta_charge",
    "dsc_eff": "eta_discharge",
    "degr_cost_per_MWh": "degradation_usd_per_mwh",
    "startup_cost": "startup_cost_usd",
    "shutdown_cost": "shutdown_cost_usd",
    "p_dsc_max_MW": "p_max_mw",
    # fields of features
    "p_MW": "p_mw",
    "q_MVAr": "q_mvar",
    "P_MW": "p_mw",
    "Q_MVAr": "q_mvar",
    "s_MVA": "s_mva",
    "Vm_pu": "vm_pu",
    "Va_deg": "va_deg",
    "e_throughput_MWh": "throughput_mwh",
    "p_from_MW": "p_from_mw",
    "q_from_MVAr": "q_from_mvar",
    "p_to_MW": "p_to_mw",
    "q_to_MVAr": "q_to_mvar",
}
_CONVERTED = {
    # charging was written as a positive limit; here power into the grid is positive
    "p_ch_max_MW": ("p_min_mw", -1.0),
    # nameplates give the parts of the short-circuit voltage in percent
    "vkr_percent": ("r_pu", 0.01),
    "vkx_percent": ("x_pu", 0.01),
    "loading_percent": ("loading", 0.01),
}
ALIASES: Mapping[str, tuple[str, float]] = MappingProxyType(
    {**{old: (new, 1.0) for old, new in _RENAMED.items()}, **_CONVERTED}
)
"""Older spelling to today's name and the factor that turns its value into today's unit and sign."""


def canonical(name: str) -> str:
    """Today's name of a parameter or field; a name without an older spelling is returned as it is."""
    return ALIASES[name][0] if name in ALIASES else name


def factor(name: str) -> float:
    """Number that a value under this spelling is multiplied by to get today's unit and sign."""
    return ALIASES[name][1] if name in ALIASES else 1.0


def translate(values: Mapping[str, Any]) -> dict[str, Any]:
    """Copy of a mapping with today's names, units and signs.

    Parameters
    ----------
    values
        Parameters or fields by any spelling; names that are not older spellings are kept.

    Raises
    ------
    InvalidConfigError
        One parameter is given under two spellings.
    """
    spelt: dict[str, str] = {}
    translated: dict[str, Any] = {}
    findings = []
    for name, value in values.items():
        new = canonical(name)
        if new in spelt:
            message = f"{spelt[new]!r} and {name!r} are the same parameter."
            findings.append(Finding(path=name, message=message, remedy=f"Keep {new!r} only."))
        spelt[new] = name
        translated[new] = _in_todays_unit(value, factor(name))
    if findings:
        raise InvalidConfigError("mapping", findings)
    return translated


def _in_todays_unit(value: Any, scale: float) -> Any:
    if scale == 1.0 or value is None:
        return value
    if isinstance(value, (list, tuple)):
        return [_in_todays_unit(entry, scale) for entry in value]
    # text and booleans are no quantities: left alone, so that the reader can say what they are
    return value if isinstance(value, (str, bool)) else value * scale

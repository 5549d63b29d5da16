"""Units that names end in: the one table behind the naming rule, its lint and the documentation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit as the last part of a name, ``capacity_mwh``.

    Parameters
    ----------
    suffix
        End of the name with its underscore.
    symbol
        How the unit is written in docstrings and plots.
    meaning
        What is measured, in words.
    si
        The unit in terms of the SI; money stays money.
    table_only
        True for units that sources and pandapower use: allowed in tables of published data and where nets are
        built or read, nowhere else.
    """

    suffix: str
    symbol: str
    meaning: str
    si: str
    table_only: bool = False


def _unit(suffix: str, symbol: str, meaning: str, si: str, *, table_only: bool = False) -> Unit:
    return Unit(suffix=suffix, symbol=symbol, meaning=meaning, si=si, table_only=table_only)


UNITS: tuple[Unit, ...] = (
    _unit("_mw", "MW", "active power", "1e6 W"),
    _unit("_mvar", "Mvar", "reactive power", "1e6 W"),
    _unit("_mva", "MVA", "apparent power", "1e6 W"),
    _unit("_mwh", "MWh", "energy", "3.6e9 J"),
    _unit("_kv", "kV", "voltage, line to line", "1e3 V"),
    _unit("_ka", "kA", "current of one phase", "1e3 A"),
    _unit("_ohm", "Ω", "resistance, reactance, impedance", "V/A"),
    _unit("_pu", "pu", "per unit of the base named in the docstring", "1"),
    _unit("_deg", "deg", "electrical angle", "π/180 rad"),
    _unit("_rad", "rad", "electrical angle", "rad"),
    _unit("_degc", "°C", "temperature", "K - 273.15"),
    _unit("_s", "s", "time", "s"),
    _unit("_h", "h", "time, only where an energy is computed", "3600 s"),
    _unit("_usd", "USD", "money", "USD"),
    _unit("_usd_per_mwh", "USD/MWh", "price of energy", "USD/(3.6e9 J)"),
    _unit("_usd_per_h", "USD/h", "cost of running", "USD/(3600 s)"),
    _unit("_mw_per_h", "MW/h", "ramp of active power", "1e6 W/(3600 s)"),
    _unit("_per_h", "1/h", "rate", "1/(3600 s)"),
    _unit("_pu_per_mw", "pu/MW", "change of voltage with active power", "1e-6 /W"),
    _unit("_pu_per_mvar", "pu/Mvar", "change of voltage with reactive power", "1e-6 /W"),
    _unit("_mw_per_mw", "MW/MW", "change of active with active power", "1"),
    _unit("_mw_per_mvar", "MW/Mvar", "change of active with reactive power", "1"),
    _unit("_per_mw", "1/MW", "change of a fraction with active power", "1e-6 /W"),
    _unit("_per_mvar", "1/Mvar", "change of a fraction with reactive power", "1e-6 /W"),
    _unit("_hz", "Hz", "frequency", "1/s"),
    _unit("_ns", "ns", "instant or time as an integer", "1e-9 s"),
    _unit("_kw", "kW", "active power", "1e3 W", table_only=True),
    _unit("_kvar", "kvar", "reactive power", "1e3 W", table_only=True),
    _unit("_kva", "kVA", "apparent or complex power", "1e3 W", table_only=True),
    _unit("_ampere", "A", "current of one phase", "A", table_only=True),
    _unit("_volt", "V", "voltage", "V", table_only=True),
    _unit("_ft", "ft", "length", "0.3048 m", table_only=True),
    _unit("_mile", "mi", "length", "1609.344 m", table_only=True),
    _unit("_km", "km", "length", "1e3 m", table_only=True),
    _unit("_nf", "nF", "capacitance of one phase", "1e-9 F", table_only=True),
    _unit("_us", "µS", "susceptance of one phase", "1e-6 S", table_only=True),
    _unit("_ohm_per_mile", "Ω/mi", "impedance of a line", "Ω/(1609.344 m)", table_only=True),
    _unit("_us_per_mile", "µS/mi", "susceptance of a line", "1e-6 S/(1609.344 m)", table_only=True),
    _unit("_nf_per_mile", "nF/mi", "capacitance of a line", "1e-9 F/(1609.344 m)", table_only=True),
    _unit("_ohm_per_km", "Ω/km", "impedance of a line", "1e-3 Ω/m", table_only=True),
    _unit("_nf_per_km", "nF/km", "capacitance of a line", "1e-12 F/m", table_only=True),
    _unit("_percent", "%", "pandapower's hundredths", "1e-2", table_only=True),
    _unit("_degree", "deg", "pandapower's electrical angle", "π/180 rad", table_only=True),
)
"""Every suffix that carries a unit. A name that ends in none of them is a count, a fraction or no quantity."""

_BY_LENGTH = tuple(sorted(UNITS, key=lambda unit: -len(unit.suffix)))


def unit_of(name: str) -> Unit | None:
    """Unit that a name ends in.

    Parameters
    ----------
    name
        A variable, field, column or row name such as ``"price_usd_per_mwh"``.

    Returns
    -------
    Unit or None
        The longest suffix that fits, so ``usd_per_mwh`` and not ``mwh``; None for a name without unit.
    """
    return next((unit for unit in _BY_LENGTH if name.endswith(unit.suffix)), None)

"""Violations of limits, by kind and area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

GRID_TERMS = ("voltage", "line", "transformer")
TERMS = (*GRID_TERMS, "device", "power_flow")
UNITS: Mapping[str, str] = MappingProxyType(
    {"voltage": "pu", "line": "1", "transformer": "1", "device": "1", "power_flow": "1"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyLimits:
    """What counts as a violation, and how much each kind weighs in the scalar.

    Parameters
    ----------
    v_min_pu, v_max_pu
        Voltage band. [pu]
    weights
        Factor of each term in the scalar; the scalar is the weighted sum of the terms.
    power_flow_failure
        Value of the term ``power_flow`` in an interval whose power flow did not converge. [1]
    """

    v_min_pu: float = 0.95
    v_max_pu: float = 1.05
    weights: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(TERMS, 1.0))
    power_flow_failure: float = 10.0

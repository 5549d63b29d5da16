"""Violations of limits, by kind and area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from heron.types import FloatArray

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


def voltage_violation_pu(vm_pu: FloatArray, *, v_min_pu: float, v_max_pu: float) -> FloatArray:
    """How far each voltage is outside its band, 0 inside. [pu]

    Parameters
    ----------
    vm_pu : (n_node, n_env)
        Voltage magnitudes. [pu]
    v_min_pu, v_max_pu
        The band. [pu]

    Returns
    -------
    (n_node, n_env)
        ``max(0, v - v_max, v_min - v)``. [pu]
    """
    violation: FloatArray = np.maximum(np.maximum(vm_pu - v_max_pu, v_min_pu - vm_pu), 0.0)
    return violation


def overload(loading: FloatArray) -> FloatArray:
    """How far each loading is above one, 0 below. [1]"""
    above: FloatArray = np.maximum(loading - 1.0, 0.0)
    return above

"""The best power of a generator when the price is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heron.types import FloatArray
from powergrid.utils.cost import quadratic_cost


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitLimits:
    """Nameplate of a generator, as its dispatch needs it; ramps, and costs and times of starting, are left out.

    Parameters
    ----------
    p_min_mw, p_max_mw
        Powers between which it can run. [MW]
    cost_curve_coefs
        Running cost ``a P² + b P + c``, none of them negative. [USD/(MW² h)], [USD/MWh], [USD/h]
    can_stop
        Whether it can stand still, where it costs nothing.
    """

    p_min_mw: float
    p_max_mw: float
    cost_curve_coefs: tuple[float, float, float]
    can_stop: bool

    def running_cost_usd_per_h(self, p_mw: FloatArray) -> FloatArray:
        """Fuel at a power, 0 at standstill. [USD/h]"""
        return np.where((p_mw > 0.0) | (not self.can_stop), quadratic_cost(p_mw, *self.cost_curve_coefs), 0.0)


def cheapest_power_mw(price_usd_per_mwh: FloatArray, unit: UnitLimits) -> FloatArray:
    """Power at which fuel less the value of the energy is lowest.

    Where marginal cost meets the price, ``(price - b) / (2 a)`` within the limits; nothing where standing still is
    cheaper than that.

    Parameters
    ----------
    price_usd_per_mwh : (n,)
        Price of energy. [USD/MWh]
    unit
        The generator.

    Returns
    -------
    (n,)
        [MW]

    Source
    ------
    Equal incremental cost: A. J. Wood, B. F. Wollenberg, Power Generation, Operation, and Control, chapter 3.
    """
    a, b, _ = unit.cost_curve_coefs
    surplus = price_usd_per_mwh - b
    if a > 0.0:
        running = np.clip(surplus / (2.0 * a), unit.p_min_mw, unit.p_max_mw)
    else:
        running = np.where(surplus > 0.0, unit.p_max_mw, unit.p_min_mw)
    if not unit.can_stop:
        return running
    earned = price_usd_per_mwh * running - unit.running_cost_usd_per_h(running)
    return np.where(earned > 0.0, running, 0.0)

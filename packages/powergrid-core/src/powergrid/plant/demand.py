"""Demand: what a network's own elements draw and feed in, beside the devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from heron.types import FloatArray, IndexArray
from powergrid.plant.reduce import scatter_add, segment_sum
from powergrid.powerflow.nominal_loads import NominalLoads

ComplexArray: TypeAlias = NDArray[np.complex128]


@dataclass(slots=True)
class ScaledLoads:
    """Loads of one interval.

    Parameters
    ----------
    power, current, impedance : (n_load, n_env)
        Consumption at 1 pu of what does not depend on voltage, scales with it, and with its square; None where the
        network has none of that sort. [MVA]
    """

    power: ComplexArray
    current: ComplexArray | None
    impedance: ComplexArray | None

    def of(self, columns: IndexArray) -> ScaledLoads:
        """The same of some of the environments."""
        return ScaledLoads(
            self.power.take(columns, axis=1),
            None if self.current is None else self.current.take(columns, axis=1),
            None if self.impedance is None else self.impedance.take(columns, axis=1),
        )


class Demand:
    """Loads that follow their area's series, and generators and storages that are nobody's devices.

    Parameters
    ----------
    loads
        Nominal loads.
    of_node : (n_node,)
        Area of each node.
    n_area
        Number of areas.
    fixed_mva : (n_node,)
        What else the network's own elements inject, whatever the time; positive into the grid. [MVA]
    """

    def __init__(self, loads: NominalLoads, of_node: IndexArray, n_area: int, fixed_mva: ComplexArray) -> None:
        self.loads = loads
        self.area: IndexArray = of_node[loads.node]
        self._n_area = n_area
        self._fixed = fixed_mva[:, np.newaxis]
        self._has_fixed = bool(fixed_mva.any())
        self._fixed_drawn = segment_sum(-self._fixed, of_node, n_area)
        self._power = _column(loads.p_mw, loads.q_mvar)
        self._current = _present(_column(loads.p_current_mw, loads.q_current_mvar))
        self._impedance = _present(_column(loads.p_impedance_mw, loads.q_impedance_mvar))

    def scaled(self, load_scale: FloatArray) -> ScaledLoads:
        """Loads under a factor of each area.

        Parameters
        ----------
        load_scale : (n_area, n_env)
            Factor on the nominal loads. [1]
        """
        scale = load_scale[self.area]
        return ScaledLoads(
            self._power * scale,
            None if self._current is None else self._current * scale,
            None if self._impedance is None else self._impedance * scale,
        )

    def inject(self, loads: ScaledLoads, out: ComplexArray) -> tuple[ComplexArray | None, ComplexArray | None]:
        """Add what does not depend on voltage to the nodes' injections, and give the rest.

        Parameters
        ----------
        loads
            Loads of the interval.
        out : (n_node, n_env)
            Injections, positive into the grid; added to in place. [MVA]

        Returns
        -------
        (n_node, n_env) or None
            Injections of constant current, and of constant impedance, at 1 pu. [MVA]
        """
        if self._has_fixed:
            out += self._fixed
        scatter_add(out, self.loads.node, -loads.power)
        return self._at_nodes(loads.current, out), self._at_nodes(loads.impedance, out)

    def drawn_mva(self, loads: ScaledLoads, vm_pu: FloatArray) -> ComplexArray:
        """What is drawn in each area at the voltages that were found, ``(n_area, n_env)``. [MVA]

        Parameters
        ----------
        loads
            Loads of the interval.
        vm_pu : (n_node, n_env)
            Voltage magnitudes. [pu]
        """
        drawn = loads.power
        if loads.current is not None:
            drawn = drawn + loads.current * vm_pu[self.loads.node]
        if loads.impedance is not None:
            drawn = drawn + loads.impedance * vm_pu[self.loads.node] ** 2
        total: ComplexArray = segment_sum(drawn, self.area, self._n_area) + self._fixed_drawn
        return total

    def _at_nodes(self, loads: ComplexArray | None, like: ComplexArray) -> ComplexArray | None:
        return None if loads is None else scatter_add(np.zeros_like(like), self.loads.node, -loads)


def _column(p_mw: FloatArray, q_mvar: FloatArray) -> ComplexArray:
    column: ComplexArray = (p_mw + 1j * q_mvar)[:, np.newaxis]
    return column


def _present(power: ComplexArray) -> ComplexArray | None:
    return power if power.any() else None

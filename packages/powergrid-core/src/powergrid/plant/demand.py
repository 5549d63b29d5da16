"""Demand: what a network's own elements draw and feed in, beside the devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from heron.types import FloatArray, IndexArray
from powergrid.plant.grid_kernel import draw, inject, inject_loads
from powergrid.plant.reduce import segment_sum
from powergrid.powerflow.nominal_loads import NominalLoads

ComplexArray: TypeAlias = NDArray[np.complex128]


@dataclass(slots=True)
class DevicePower:
    """Power of all devices in an interval.

    Parameters
    ----------
    place : (n_dev, 2)
        Node and area of each device.
    p_mw, q_mvar : (n_dev, n_env)
        Positive into the grid. [MW, Mvar]
    """

    place: IndexArray
    p_mw: FloatArray
    q_mvar: FloatArray

    def of(self, columns: IndexArray) -> DevicePower:
        """The same of some of the environments."""
        return DevicePower(self.place, self.p_mw.take(columns, axis=1), self.q_mvar.take(columns, axis=1))


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
        self._place = np.column_stack([loads.node, self.area]).astype(np.intp)
        self._fixed = np.array(fixed_mva)
        self._fixed_drawn = segment_sum(-self._fixed[:, np.newaxis], of_node, n_area)
        self._power = loads.p_mw + 1j * loads.q_mvar
        current = loads.p_current_mw + 1j * loads.q_current_mvar
        impedance = loads.p_impedance_mw + 1j * loads.q_impedance_mvar
        # sorts of load by the power of the voltage that they follow; those that the network has
        self._dependent = {k: power for k, power in ((1, current), (2, impedance)) if power.any()}

    def inject(
        self,
        load_scale: FloatArray,
        devices: DevicePower,
        at_nodes: ComplexArray,
        in_areas: ComplexArray,
        load_steps: FloatArray | None = None,
    ) -> tuple[ComplexArray | None, ComplexArray | None]:
        """Fill what is injected whatever the voltage, and give the rest.

        Parameters
        ----------
        load_scale : (n_area, n_env)
            Factor on the nominal loads. [1]
        devices
            Power of the devices.
        at_nodes : (n_node, n_env)
            Written: everything injected at each node. [MVA]
        in_areas : (n_area, n_env)
            Written: what devices give in each area. [MVA]
        load_steps : (n_load, n_env)
            What is added to the factor of single loads; nothing when not given. [1]

        Returns
        -------
        (n_node, n_env) or None
            Injections of constant current, and of constant impedance, at 1 pu; None without such loads. [MVA]
        """
        n_env = at_nodes.shape[1]
        inject(
            0,
            n_env,
            self._fixed,
            self._place,
            self._power,
            load_scale,
            devices.place,
            devices.p_mw,
            devices.q_mvar,
            at_nodes,
            in_areas,
        )
        self._subtract_steps(self._power, load_steps, at_nodes)
        found: list[ComplexArray | None] = [None, None]
        for exponent, power in self._dependent.items():
            at_one_pu = np.empty_like(at_nodes)
            inject_loads(0, n_env, self._place, power, load_scale, at_one_pu)
            self._subtract_steps(power, load_steps, at_one_pu)
            found[exponent - 1] = at_one_pu
        return found[0], found[1]

    def fill_drawn(
        self,
        first: int,
        stop: int,
        load_scale: FloatArray,
        vm_pu: FloatArray,
        drawn_mva: ComplexArray,
        load_steps: FloatArray | None = None,
    ) -> None:
        """Write what is drawn in each area at the voltages that were found, in some environments.

        Parameters
        ----------
        first, stop
            Environments from `first` up to but not including `stop`.
        load_scale : (n_area, n_env)
            Factor on the nominal loads. [1]
        vm_pu : (n_node, n_env)
            Voltage magnitudes. [pu]
        drawn_mva : (n_area, n_env)
            Written. [MVA]
        load_steps : (n_load, n_env)
            As in `inject`.
        """
        drawn_mva[:, first:stop] = self._fixed_drawn
        draw(first, stop, self._place, self._power, load_scale, vm_pu, 0, drawn_mva)
        for exponent, power in self._dependent.items():
            draw(first, stop, self._place, power, load_scale, vm_pu, exponent, drawn_mva)
        if load_steps is not None:
            self._draw_steps(load_steps, vm_pu, drawn_mva, slice(first, stop))

    def _subtract_steps(self, power: ComplexArray, load_steps: FloatArray | None, at_nodes: ComplexArray) -> None:
        if load_steps is not None:
            for load in np.flatnonzero(load_steps.any(axis=1)):
                at_nodes[self.loads.node[load]] -= power[load] * load_steps[load]

    def _draw_steps(self, load_steps: FloatArray, vm_pu: FloatArray, drawn_mva: ComplexArray, envs: slice) -> None:
        for load in np.flatnonzero(load_steps.any(axis=1)):
            vm = vm_pu[self.loads.node[load], envs]
            at_voltage = self._power[load] * (vm > 0.0)
            for exponent, power in self._dependent.items():
                at_voltage = at_voltage + power[load] * vm**exponent
            drawn_mva[self.area[load], envs] += at_voltage * load_steps[load, envs]

"""Powers that balance single nodes: of generators that hold a voltage, and of sources."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from heron.types import FloatArray, IndexArray
from powergrid.powerflow.nominal_loads import NominalLoads

ComplexArray: TypeAlias = NDArray[np.complex128]


class DependentLoads:
    """Loads of constant current and impedance at some nodes.

    Parameters
    ----------
    loads
        Nominal loads of the network's own load elements.
    of_node : (n_node,)
        Area of each node.
    nodes : (n_place,)
        The nodes.
    """

    def __init__(self, loads: NominalLoads, of_node: IndexArray, nodes: IndexArray) -> None:
        place = {node: k for k, node in enumerate(nodes.tolist())}
        current = loads.p_current_mw + 1j * loads.q_current_mvar
        impedance = loads.p_impedance_mw + 1j * loads.q_impedance_mvar
        self._loads = [
            (load, place[node], node, int(of_node[node]), exponent, complex(power[load]))
            for exponent, power in ((1, current), (2, impedance))
            for load, node in enumerate(loads.node.tolist())
            if node in place and power[load] != 0.0
        ]

    def add(
        self,
        first: int,
        stop: int,
        load_scale: FloatArray,
        vm_pu: FloatArray,
        out: ComplexArray,
        load_steps: FloatArray | None = None,
    ) -> None:
        """Add what they draw in some environments.

        Parameters
        ----------
        first, stop
            Environments from `first` up to but not including `stop`.
        load_scale : (n_area, n_env)
            Factor on the nominal loads. [1]
        vm_pu : (n_node, n_env)
            Voltage magnitudes. [pu]
        out : (n_place, n_env)
            Added to. [MVA]
        load_steps : (n_load, n_env)
            What is added to the factor of single loads; nothing when not given. [1]
        """
        envs = slice(first, stop)
        for load, place, node, area, exponent, power in self._loads:
            scale = load_scale[area, envs] if load_steps is None else load_scale[area, envs] + load_steps[load, envs]
            out[place, envs] += power * scale * vm_pu[node, envs] ** exponent


class HeldPower:
    """Reactive power that generators give where they hold the voltage: what flows off beside what is injected there.

    Parameters
    ----------
    loads
        Nominal loads of the network's own load elements.
    of_node : (n_node,)
        Area of each node.
    nodes : (n_pv,)
        Nodes whose voltage is held.
    """

    def __init__(self, loads: NominalLoads, of_node: IndexArray, nodes: IndexArray) -> None:
        self._nodes: IndexArray = nodes.astype(np.intp)
        self._area: list[int] = of_node[self._nodes].tolist()
        self._dependent = DependentLoads(loads, of_node, nodes)

    def __len__(self) -> int:
        return len(self._nodes)

    def fill(
        self,
        first: int,
        stop: int,
        load_scale: FloatArray,
        vm_pu: FloatArray,
        injected: ComplexArray,
        flowing: ComplexArray,
        held_mvar: FloatArray,
        drawn: ComplexArray,
        load_steps: FloatArray | None = None,
    ) -> None:
        """Write what the generators give in some environments, and take it off what their areas draw.

        Parameters
        ----------
        first, stop
            Environments from `first` up to but not including `stop`.
        load_scale : (n_area, n_env)
            Factor on the nominal loads. [1]
        vm_pu, injected : (n_node, n_env)
            Voltage magnitudes [pu], and what was injected whatever the voltage [MVA].
        flowing : (n_pv, n_env)
            What flows from these nodes into the network; what is drawn by loads that depend on voltage is added. [MVA]
        held_mvar : (n_pv, n_env)
            Written. [Mvar]
        drawn : (n_area, n_env)
            What the network's own elements draw, these generators' reactive power not among it; changed. [MVA]
        load_steps : (n_load, n_env)
            As in `DependentLoads.add`.
        """
        envs = slice(first, stop)
        self._dependent.add(first, stop, load_scale, vm_pu, flowing, load_steps)
        held_mvar[:, envs] = flowing[:, envs].imag - injected[self._nodes, envs].imag
        for place, area in enumerate(self._area):
            drawn[area, envs] -= 1j * held_mvar[place, envs]

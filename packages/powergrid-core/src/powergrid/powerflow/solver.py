"""What every power-flow solver offers."""

from __future__ import annotations

from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from powergrid.errors import PowerFlowError
from powergrid.powerflow.result import PowerFlowResult
from powergrid.powerflow.variation import Variation


class PowerFlowSolver(Protocol):
    """Finds the voltages of one compiled network for all environments at once.

    A solver keeps nothing from one call to the next that could change a result: the same injections give the same
    bits, whatever was solved before and however many environments are solved together.

    One that holds the voltage at ``network.pv_nodes`` has an attribute ``holds_voltages`` that is True; without it, it
    is refused for networks that have such nodes.
    """

    def solve(
        self,
        s: NDArray[np.complex128],
        *,
        s_current: NDArray[np.complex128] | None = None,
        s_impedance: NDArray[np.complex128] | None = None,
        out: PowerFlowResult | None = None,
    ) -> PowerFlowResult:
        """Voltages for given injections.

        Parameters
        ----------
        s : (n_node, n_env)
            Complex power injected whatever the voltage is, positive into the grid. [MVA]
        s_current : (n_node, n_env)
            Complex power injected at 1 pu by what draws constant current: it scales with |V|. [MVA]
        s_impedance : (n_node, n_env)
            Complex power injected at 1 pu by what is a constant impedance: it scales with |V|². [MVA]
        out
            Filled and returned instead of new arrays; from `PowerFlowResult.allocate`.

        Returns
        -------
        PowerFlowResult
            One column per environment. A flow that does not converge is a status.

        Raises
        ------
        PowerFlowError
            An array has another shape than the network asks for.
        """
        ...


class VaryingSolver(PowerFlowSolver, Protocol):
    """A solver for environments that have taps and topologies of their own.

    It says so by an attribute ``varies_network`` that is True.
    """

    varies_network: bool

    def solve(
        self,
        s: NDArray[np.complex128],
        *,
        s_current: NDArray[np.complex128] | None = None,
        s_impedance: NDArray[np.complex128] | None = None,
        variation: Variation | None = None,
        out: PowerFlowResult | None = None,
    ) -> PowerFlowResult:
        """Voltages for given injections, taps and topologies.

        Parameters
        ----------
        s, s_current, s_impedance, out
            As in `PowerFlowSolver.solve`.
        variation
            Topologies and tap positions; None where every environment has the network as compiled.

        Returns
        -------
        PowerFlowResult
            Nodes that a topology leaves without supply have a voltage of 0, and what is injected there counts for
            nothing.

        Raises
        ------
        PowerFlowError
            An array has another shape than the network asks for, a tap position does not exist, or what a topology
            leaves cannot be solved without load.
        NetworkError
            A topology names a branch that the network has not.
        """
        ...


def varying(solver: PowerFlowSolver) -> VaryingSolver:
    """The same solver, if it knows taps and topologies.

    Parameters
    ----------
    solver
        Any solver.

    Returns
    -------
    VaryingSolver
        The same object.

    Raises
    ------
    PowerFlowError
        It solves one network only.
    """
    if not getattr(solver, "varies_network", False):
        raise PowerFlowError(
            f"{type(solver).__name__} cannot give environments taps or topologies of their own.",
            remedy="solver: fixed_point can, where no generator holds a voltage; solver: pandapower always, slowly.",
        )
    return cast("VaryingSolver", solver)

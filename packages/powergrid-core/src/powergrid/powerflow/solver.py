"""What every power-flow solver offers."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from powergrid.powerflow.result import PowerFlowResult


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

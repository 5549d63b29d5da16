"""Power flow by Newton's method: for networks whose generators hold voltages, and near voltage collapse."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from powergrid.errors import PowerFlowError
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.injection import checked_injection, checked_output, checked_shape
from powergrid.powerflow.newton_kernel import BLOCK, BLOCK_FROM, SINGLE, iterate
from powergrid.powerflow.newton_pattern import plan_newton
from powergrid.powerflow.newton_plan import NewtonOutput
from powergrid.powerflow.result import PowerFlowResult
from powergrid.powerflow.threads import in_blocks
from powergrid.powerflow.voltage_control import start_voltage

TOLERANCE_MVA = 5e-10
MAX_ITERATIONS = 30


class NewtonSolver:
    """Newton's method in rectangular coordinates, every environment with a Jacobian of its own.

    The pattern of the factors is found once, when the solver is made. Every environment starts from the network without
    load, held voltages at what they are held at, and stops on its own error, so that its result has the same bits in
    any batch and with any number of threads. Limits of generators' reactive power are not enforced, as
    `pandapower.runpp` does not by default.

    Parameters
    ----------
    network
        Compiled network, with generators that hold a voltage or without.
    tolerance_mva
        Largest sum over nodes of apparent power that may be left unbalanced. Where the rounding of the voltages alone
        leaves more, in large or stiff networks on 100 MVA, an environment is solved when a step no longer halves
        what is left. [MVA]
    max_iterations
        Steps after which an environment is given up.

    Raises
    ------
    PowerFlowError
        The network's matrix is singular, or a setting is not positive.

    Source
    ------
    V. M. da Costa, N. Martins, J. L. R. Pereira, "Developments in the Newton Raphson power flow formulation based on
    current injections", IEEE Transactions on Power Systems 14 (1999) 1320. Equations: docs/physics/power_flow.md.
    """

    holds_voltages = True

    def __init__(
        self,
        network: CompiledNetwork,
        *,
        tolerance_mva: float = TOLERANCE_MVA,
        max_iterations: int = MAX_ITERATIONS,
    ) -> None:
        if not (tolerance_mva > 0.0 and max_iterations > 0):
            raise PowerFlowError(
                f"tolerance_mva is {tolerance_mva} and max_iterations is {max_iterations}; both must be positive."
            )
        self._network = network
        self._plan = plan_newton(network)
        self._tolerance_mva = float(tolerance_mva)
        self._max_iterations = int(max_iterations)

    @property
    def network(self) -> CompiledNetwork:
        """Network that is solved."""
        return self._network

    @property
    def no_load_voltage(self) -> NDArray[np.complex128]:
        """Voltages when nothing is injected but what holds the held ones: where every solve starts. (n_node,) [pu]"""
        return start_voltage(self._network)

    def solve(
        self,
        s: NDArray[np.complex128],
        *,
        s_current: NDArray[np.complex128] | None = None,
        s_impedance: NDArray[np.complex128] | None = None,
        out: PowerFlowResult | None = None,
    ) -> PowerFlowResult:
        """Voltages for given injections; see `PowerFlowSolver.solve`.

        What is injected at a slack node does not change any voltage, nor does reactive power where a voltage is held.
        """
        shape = checked_shape(s, self._network.n_node)
        s = checked_injection("s", s, shape)
        if s_current is not None or s_impedance is not None:
            nothing = np.zeros(shape, dtype=np.complex128)
            s_current = nothing if s_current is None else checked_injection("s_current", s_current, shape)
            s_impedance = nothing if s_impedance is None else checked_injection("s_impedance", s_impedance, shape)
        result = checked_output(out, shape)
        lanes = BLOCK if shape[1] >= BLOCK_FROM else SINGLE
        output = NewtonOutput(result.v, result.status, result.iterations, result.mismatch_mva)
        settings = (self._plan, s, s_current, s_impedance, output, self._tolerance_mva, self._max_iterations)

        def solve_block(first: int, stop: int) -> None:
            iterate(lanes, *settings, first, stop)

        in_blocks(solve_block, shape[1])
        return result

"""pandapower's Newton behind the interface of all solvers: slow, and what the others are compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from powergrid.errors import PowerFlowError
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.injection import checked_injection, checked_output, checked_shape
from powergrid.powerflow.result import PowerFlowResult
from powergrid.powerflow.status import PowerFlowStatus
from powergrid.powerflow.voltage_control import start_voltage

if TYPE_CHECKING:
    from pandapower.auxiliary import pandapowerNet

TOLERANCE_MVA = 1e-10
MAX_ITERATIONS = 60

# Constant-current parts: runs of Newton, and the change of voltage at which they stand still.
_MAX_RUNS = 60
_STANDSTILL_PU = 1e-11

_Complex = NDArray[np.complex128]


class PandapowerSolver:
    """Runs `pandapower.runpp` for one environment after the other, on a copy of the net with the same injections.

    Newton starts from the voltages without load, held voltages at what they are held at. Constant-impedance parts
    become shunts. Constant-current parts are taken at the voltages of the run before until these stand still:
    pandapower's own voltage-dependent loads would give their shares to the generators at the same bus too.

    Parameters
    ----------
    net
        pandapower net, left as it is.
    network
        Its compiled form.
    tolerance_mva
        Largest mismatch of active or reactive power that Newton leaves at a node. [MVA]
    max_iterations
        Newton steps after which it is given up.

    Raises
    ------
    PowerFlowError
        The network cannot be solved without load, or a setting is not positive.
    """

    holds_voltages = True

    def __init__(
        self,
        net: pandapowerNet,
        network: CompiledNetwork,
        *,
        tolerance_mva: float = TOLERANCE_MVA,
        max_iterations: int = MAX_ITERATIONS,
    ) -> None:
        from powergrid.powerflow.pandapower_run import PandapowerRun

        if not (tolerance_mva > 0.0 and max_iterations > 0):
            raise PowerFlowError(
                f"tolerance_mva is {tolerance_mva} and max_iterations is {max_iterations}; both must be positive."
            )
        self._network = network
        self._no_load = start_voltage(network)
        self._run = PandapowerRun(
            net, network, self._no_load, tolerance_mva=tolerance_mva, max_iterations=max_iterations
        )

    @property
    def network(self) -> CompiledNetwork:
        """Network that is solved."""
        return self._network

    def solve(
        self,
        s: _Complex,
        *,
        s_current: _Complex | None = None,
        s_impedance: _Complex | None = None,
        out: PowerFlowResult | None = None,
    ) -> PowerFlowResult:
        """Voltages for given injections; see `PowerFlowSolver.solve`.

        ``iterations`` counts Newton steps, over all runs where there is constant current.
        """
        shape = checked_shape(s, self._network.n_node)
        power = checked_injection("s", s, shape)
        result = checked_output(out, shape)
        nothing = np.zeros(shape, dtype=np.complex128)
        current = nothing if s_current is None else checked_injection("s_current", s_current, shape)
        impedance = nothing if s_impedance is None else checked_injection("s_impedance", s_impedance, shape)
        for env in range(shape[1]):
            self._solve_one(env, power[:, env], current[:, env], impedance[:, env], result)
        return result

    def _solve_one(
        self, env: int, power: _Complex, current: _Complex, impedance: _Complex, result: PowerFlowResult
    ) -> None:
        v, iterations, status = self._solution(power, current, impedance)
        converged = status == PowerFlowStatus.CONVERGED
        result.v[:, env] = v if converged else self._no_load
        result.status[env] = status
        result.iterations[env] = iterations
        result.mismatch_mva[env] = self._mismatch_mva(v, power, current, impedance) if converged else np.inf

    def _solution(
        self, power: _Complex, current: _Complex, impedance: _Complex
    ) -> tuple[_Complex, int, PowerFlowStatus]:
        if not np.all(np.isfinite(power + current + impedance)):
            return self._no_load, 0, PowerFlowStatus.DIVERGED
        v, iterations = self._no_load, 0
        for _ in range(_MAX_RUNS):
            before = v
            found, steps = self._run.newton(power + current * np.abs(before), impedance)
            iterations += steps
            if found is None:
                break
            v = found
            if not current.any() or np.max(np.abs(v - before)) <= _STANDSTILL_PU:
                return v, iterations, PowerFlowStatus.CONVERGED
        return self._no_load, iterations, PowerFlowStatus.MAX_ITERATIONS

    def _mismatch_mva(self, v: _Complex, power: _Complex, current: _Complex, impedance: _Complex) -> float:
        vm = np.abs(v)
        flowing = self._network.base_mva * v * np.conj(self._network.y @ v)  # one batch: one environment at a time
        lacking = power + current * vm + impedance * vm**2 - flowing
        lacking.imag[self._network.pv_nodes] = 0.0
        off = np.abs(lacking)
        off[self._network.slack_nodes] = 0.0
        return float(np.sum(off))

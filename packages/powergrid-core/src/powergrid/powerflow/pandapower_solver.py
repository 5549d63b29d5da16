"""pandapower's Newton behind the interface of all solvers: slow, and what the others are compared with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from heron.types import IndexArray
from powergrid.errors import PowerFlowError
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.injection import checked_injection, checked_output, checked_shape
from powergrid.powerflow.result import PowerFlowResult
from powergrid.powerflow.status import PowerFlowStatus
from powergrid.powerflow.topology import Topology
from powergrid.powerflow.variation import Variation
from powergrid.powerflow.voltage_control import start_voltage

if TYPE_CHECKING:
    from pandapower.auxiliary import pandapowerNet

    from powergrid.powerflow.pandapower_run import PandapowerRun

TOLERANCE_MVA = 1e-10
MAX_ITERATIONS = 60

# Constant-current parts: runs of Newton, and the change of voltage at which they stand still.
_MAX_RUNS = 60
_STANDSTILL_PU = 1e-11

_KEPT_CASES = 64

_Complex = NDArray[np.complex128]


class _Case(NamedTuple):
    """One topology with one set of tap positions.

    Parameters
    ----------
    network
        The net as it stands then, compiled.
    node : (n_node,)
        Its node for each node of the network to solve, -1 for those without supply.
    start : (n_case_node,)
        Voltages from which Newton starts. [pu]
    run
        pandapower on that net.
    """

    network: CompiledNetwork
    node: IndexArray
    start: _Complex
    run: PandapowerRun


class PandapowerSolver:
    """Runs `pandapower.runpp` for one environment after the other, on a copy of the net with the same injections.

    Newton starts from the voltages without load, held voltages at what they are held at. Constant-impedance parts
    become shunts. Constant-current parts are taken at the voltages of the run before until these stand still:
    pandapower's own voltage-dependent loads would give their shares to the generators at the same bus too. Topologies
    and taps are written into copies of the net, which are compiled anew.

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
    varies_network = True

    def __init__(
        self,
        net: pandapowerNet,
        network: CompiledNetwork,
        *,
        tolerance_mva: float = TOLERANCE_MVA,
        max_iterations: int = MAX_ITERATIONS,
    ) -> None:
        if not (tolerance_mva > 0.0 and max_iterations > 0):
            raise PowerFlowError(
                f"tolerance_mva is {tolerance_mva} and max_iterations is {max_iterations}; both must be positive."
            )
        self._net, self._network = net, network
        self._tolerance_mva, self._max_iterations = tolerance_mva, max_iterations
        self._known: dict[tuple[Topology, tuple[float, ...] | None], _Case] = {}
        self._case(Topology(), None)

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
        variation: Variation | None = None,
        out: PowerFlowResult | None = None,
    ) -> PowerFlowResult:
        """Voltages for given injections, taps and topologies; see `VaryingSolver.solve`.

        ``iterations`` counts Newton steps, over all runs where there is constant current.
        """
        shape = checked_shape(s, self._network.n_node)
        power = checked_injection("s", s, shape)
        result = checked_output(out, shape)
        nothing = np.zeros(shape, dtype=np.complex128)
        current = nothing if s_current is None else checked_injection("s_current", s_current, shape)
        impedance = nothing if s_impedance is None else checked_injection("s_impedance", s_impedance, shape)
        for env, case in enumerate(self._cases(variation, shape[1])):
            self._solve_one(case, env, power[:, env], current[:, env], impedance[:, env], result)
        return result

    def _cases(self, variation: Variation | None, n_env: int) -> Iterator[_Case]:
        variation = Variation() if variation is None else variation
        chosen = variation.topology_of_each(n_env)
        variation.deviation(self._network, n_env)  # checks the taps
        for env in range(n_env):
            taps = None if variation.taps is None else tuple(float(tap) for tap in variation.taps[:, env])
            yield self._case(variation.topologies[chosen[env]], taps)

    def _case(self, topology: Topology, taps: tuple[float, ...] | None) -> _Case:
        if (topology, taps) not in self._known:
            if len(self._known) >= _KEPT_CASES:
                del self._known[next(iter(self._known))]
            self._known[topology, taps] = self._make_case(topology, taps)
        return self._known[topology, taps]

    def _make_case(self, topology: Topology, taps: tuple[float, ...] | None) -> _Case:
        from powergrid.powerflow.compilation import compile_network
        from powergrid.powerflow.pandapower_run import PandapowerRun
        from powergrid.powerflow.pandapower_variation import node_in, varied_net

        net, network = self._net, self._network
        if taps is not None or topology != Topology() or network.normally_open is not None:
            net = varied_net(net, network, topology, taps)
            network = compile_network(net)
        start = start_voltage(network)
        run = PandapowerRun(net, network, start, tolerance_mva=self._tolerance_mva, max_iterations=self._max_iterations)
        return _Case(network, node_in(self._network, network), start, run)

    def _solve_one(
        self, case: _Case, env: int, power: _Complex, current: _Complex, impedance: _Complex, result: PowerFlowResult
    ) -> None:
        supplied = case.node >= 0
        injected = np.zeros((3, case.network.n_node), dtype=np.complex128)
        injected[:, case.node[supplied]] = np.array([power, current, impedance])[:, supplied]
        v, iterations, status = self._solution(case, *injected)
        converged = status == PowerFlowStatus.CONVERGED
        result.v[:, env] = 0.0
        result.v[supplied, env] = v[case.node[supplied]]
        result.status[env] = status
        result.iterations[env] = iterations
        result.mismatch_mva[env] = _mismatch_mva(case.network, v, *injected) if converged else np.inf

    def _solution(
        self, case: _Case, power: _Complex, current: _Complex, impedance: _Complex
    ) -> tuple[_Complex, int, PowerFlowStatus]:
        if not np.all(np.isfinite(power + current + impedance)):
            return case.start, 0, PowerFlowStatus.DIVERGED
        v, iterations = case.start, 0
        for _ in range(_MAX_RUNS):
            before = v
            found, steps = case.run.newton(power + current * np.abs(before), impedance)
            iterations += steps
            if found is None:
                break
            v = found
            if not current.any() or np.max(np.abs(v - before)) <= _STANDSTILL_PU:
                return v, iterations, PowerFlowStatus.CONVERGED
        return case.start, iterations, PowerFlowStatus.MAX_ITERATIONS


def _mismatch_mva(
    network: CompiledNetwork, v: _Complex, power: _Complex, current: _Complex, impedance: _Complex
) -> float:
    vm = np.abs(v)
    flowing = network.base_mva * v * np.conj(network.y @ v)  # one batch: one environment at a time
    lacking = power + current * vm + impedance * vm**2 - flowing
    lacking.imag[network.pv_nodes] = 0.0
    off = np.abs(lacking)
    off[network.slack_nodes] = 0.0
    return float(np.sum(off))

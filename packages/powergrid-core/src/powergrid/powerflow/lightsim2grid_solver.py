"""lightsim2grid behind the interface of all solvers: optional, Newton's method in C++ for one environment at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from heron.types import BoolArray, FloatArray
from powergrid.errors import PowerFlowError
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.injection import checked_injection, checked_output, checked_shape
from powergrid.powerflow.node_balance import NodeBalance
from powergrid.powerflow.other_programs import refuse_dead_nodes, refuse_voltage_dependence
from powergrid.powerflow.result import PowerFlowResult
from powergrid.powerflow.series_branches import series_branches
from powergrid.powerflow.status import PowerFlowStatus
from powergrid.powerflow.voltage_control import start_voltage

if TYPE_CHECKING:
    from pandapower.auxiliary import pandapowerNet

NAME = "lightsim2grid"
TOLERANCE_PU = 1e-9
MAX_ITERATIONS = 30

_Complex = NDArray[np.complex128]
# Types of buses in MATPOWER's table.
_PQ, _PV, _SLACK = 1, 2, 3


class LightSim2GridSolver:
    """Runs lightsim2grid's ``InjectionSweepCPP``, whose environments all start from the network without load.

    Its network is made of the compiled one, so that voltages agree with those of the other solvers to 1e-8 pu. It knows
    generators that hold a voltage. It does not know loads of constant current or impedance, nor several sources.

    Parameters
    ----------
    net
        pandapower net, left as it is.
    network
        Its compiled form.
    tolerance_pu
        Largest mismatch of active or reactive power at a node. [pu]
    max_iterations
        Newton steps after which an environment is given up.
    threads
        Threads of lightsim2grid's own.

    Raises
    ------
    PowerFlowError
        lightsim2grid is not installed, or this network has something that it does not know.

    Source
    ------
    B. Donnot, "Lightsim2grid", https://lightsim2grid.readthedocs.io.
    """

    holds_voltages = True

    def __init__(
        self,
        net: pandapowerNet,
        network: CompiledNetwork,
        *,
        tolerance_pu: float = TOLERANCE_PU,
        max_iterations: int = MAX_ITERATIONS,
        threads: int = 1,
    ) -> None:
        try:
            from lightsim2grid.lightsim2grid_cpp import InjectionSweepCPP
            from lightsim2grid.network import init_from_matpower
        except ImportError as cause:
            raise PowerFlowError(
                f"Solver {NAME!r} needs the package lightsim2grid ({cause}).",
                remedy='Install it: pip install "powergrid-core[lightsim2grid]"',
            ) from cause
        if len(network.slack_nodes) > 1:
            raise PowerFlowError(
                f"Solver {NAME!r} cannot solve this network: it has {len(network.slack_nodes)} slack nodes, not one.",
                remedy="Say solver: auto.",
            )
        refuse_voltage_dependence(net, network, NAME)
        refuse_dead_nodes(network, NAME)
        self._network = network
        self._start = start_voltage(network)
        self._drawing = np.setdiff1d(np.arange(network.n_node), network.slack_nodes)
        grid = init_from_matpower(_matpower(network))
        for load in range(len(self._drawing)):
            grid.change_p_load(load, 0.0)
            grid.change_q_load(load, 0.0)
        self._sweep = InjectionSweepCPP(grid)
        self._sweep.nb_thread = threads
        self._balance = NodeBalance(network)
        self._limits = (max_iterations, tolerance_pu)

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
        """Voltages for given injections; see `PowerFlowSolver.solve`."""
        shape = checked_shape(s, self._network.n_node)
        s = checked_injection("s", s, shape)
        if s_current is not None or s_impedance is not None:
            raise PowerFlowError(f"Solver {NAME!r} knows constant power only.", remedy="Say solver: auto.")
        result = checked_output(out, shape)
        drawn = -s[self._drawing].T
        usable: BoolArray = np.array(np.isfinite(drawn).all(axis=1))
        drawn = np.where(usable[:, np.newaxis], drawn, 0.0)
        self._compute(np.ascontiguousarray(drawn.real), np.ascontiguousarray(drawn.imag))
        found = usable.copy()
        found &= np.array(self._sweep.converged_mask())
        result.v[...] = np.where(found, self._sweep.get_voltages().T, self._start[:, np.newaxis])
        result.status[:] = np.where(
            found,
            PowerFlowStatus.CONVERGED,
            np.where(usable, PowerFlowStatus.MAX_ITERATIONS, PowerFlowStatus.DIVERGED),
        )
        result.iterations[:] = np.array(self._sweep.get_row_nb_iter())
        self._balance.mismatch_mva(result.v, s, result.mismatch_mva)
        result.mismatch_mva[~found] = np.inf
        return result

    def prepared(self, s: _Complex) -> Callable[[], None]:
        """lightsim2grid's own work for injections ``(n_node, n_env)`` [MVA], without what `solve` does around it."""
        drawn = -s[self._drawing].T
        return partial(self._compute, np.ascontiguousarray(drawn.real), np.ascontiguousarray(drawn.imag))

    def _compute(self, p_mw: FloatArray, q_mvar: FloatArray) -> None:
        self._sweep.clear()
        self._sweep.modify_load_p(p_mw)
        self._sweep.modify_load_q(q_mvar)
        self._sweep.compute(self._start.copy(), *self._limits)


def _matpower(network: CompiledNetwork) -> dict[str, Any]:
    """The network as MATPOWER's tables, with a load at every node but the slack."""
    n_node, base_mva = network.n_node, network.base_mva
    branches = series_branches(network, NAME)
    kind = np.full(n_node, _PQ)
    kind[network.pv_nodes], kind[network.slack_nodes] = _PV, _SLACK
    load_mva = np.where(kind == _SLACK, 0.0, base_mva)  # any: a node without would get no load
    held_pu = np.ones(n_node)
    held_pu[network.pv_nodes], held_pu[network.slack_nodes] = network.pv_voltage_pu, np.abs(network.slack_voltage)
    angle_deg = np.zeros(n_node)
    angle_deg[network.slack_nodes] = np.angle(network.slack_voltage, deg=True)
    one, zero, number = np.ones(n_node), np.zeros(n_node), np.arange(1.0, n_node + 1.0)
    shunt_mva = branches.shunt * base_mva
    holding = np.flatnonzero(kind != _PQ)
    few, none = np.ones(len(holding)), np.zeros(len(holding))
    pair, nothing = np.ones(len(branches.z)), np.zeros(len(branches.z))
    return {
        "baseMVA": base_mva,
        "bus": np.column_stack(
            [
                *(number, kind, load_mva, load_mva, shunt_mva.real, shunt_mva.imag),
                *(one, held_pu, angle_deg, network.vn_kv, one, 2.0 * one, zero),
            ]
        ),
        "gen": np.column_stack(
            [holding + 1.0, none, none, 1e9 * few, -1e9 * few, held_pu[holding], few * base_mva, few, 1e9 * few, none]
        ),
        "branch": np.column_stack(
            [
                *(branches.from_node + 1.0, branches.to_node + 1.0, branches.z.real, branches.z.imag, nothing),
                *(nothing, nothing, nothing, np.where(branches.shift_rad == 0.0, 0.0, 1.0)),
                *(np.rad2deg(branches.shift_rad), pair, -360.0 * pair, 360.0 * pair),
            ]
        ),
    }

"""The wires: injections in, voltages, loadings and exchanges out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from heron.core.quantity import Quantity
from heron.core.table import StateTable, TableBuilder
from heron.core.visibility import Visibility
from heron.types import BoolArray, FloatArray, IndexArray
from powergrid.core.features.network import BusVoltages, LineFlows
from powergrid.plant.area import Area
from powergrid.plant.reduce import scatter_add
from powergrid.plant.safety import SafetyLimits, overload, voltage_violation_pu
from powergrid.powerflow.branch_flows import BranchFlows, branch_flows
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.nominal_loads import NominalLoads
from powergrid.powerflow.solver import PowerFlowSolver

_ComplexArray: TypeAlias = NDArray[np.complex128]
_SYSTEM = frozenset({Visibility.SYSTEM})
_VOLTAGE = Quantity(name="vm_pu", unit="pu", initial=1.0, low=0.0, offset=1.0, scale=0.05, visibility=_SYSTEM)
_LOADING = Quantity(name="loading", low=0.0, offset=0.5, scale=0.5, visibility=_SYSTEM)
SLACK = "slack"


@dataclass(frozen=True, slots=True, kw_only=True)
class GridAreas:
    """Which area each node and branch belongs to, and where areas are fed.

    Parameters
    ----------
    areas
        The areas in order; the one with the slack among them.
    of_node : (n_node,)
        Area of each node.
    of_branch : (n_branch,)
        Area of each branch; a transformer that feeds an area belongs to it.
    feeding_branch
        Branch that feeds each area, -1 where it has the slack or no boundary of its own.
    slack_area
        Area that the slack belongs to.
    """

    areas: tuple[Area, ...]
    of_node: IndexArray
    of_branch: IndexArray
    feeding_branch: IndexArray
    slack_area: int


class Grid:
    """The network with its loads, solved for all environments at once.

    Parameters
    ----------
    network, solver
        Compiled network and power-flow solver.
    loads
        Nominal loads of the network's own load elements.
    areas
        Who is responsible for what.
    limits
        Voltage band and the like.
    """

    def __init__(
        self,
        network: CompiledNetwork,
        solver: PowerFlowSolver,
        loads: NominalLoads,
        areas: GridAreas,
        limits: SafetyLimits,
    ) -> None:
        self.network, self.solver, self.areas, self.limits = network, solver, areas, limits
        self.loads = loads
        self.load_area = areas.of_node[loads.node]
        self._slack_admittance = [_row(network, int(node)) for node in network.slack_nodes]
        self._is_line = np.array([kind == "line" for kind in network.branch_kind])
        self._has_current = bool(np.any(loads.p_current_mw) or np.any(loads.q_current_mvar))
        self._has_impedance = bool(np.any(loads.p_impedance_mw) or np.any(loads.q_impedance_mvar))

    def declare(self, builder: TableBuilder) -> None:
        """Add rows of voltages, loadings, the slack and each area's summary."""
        self._v_rows = builder.add_block(_distinct(self.network.node_names, "node"), _VOLTAGE, feature="voltage")
        self._loading_rows = builder.add_block(
            _distinct(self.network.branch_names, "branch"), _LOADING, feature="loading"
        )
        scale = max(1.0, float(np.sum(np.abs(self.loads.p_mw))))
        slack = [Quantity(name=n, unit=u, scale=scale, visibility=_SYSTEM) for n, u in (("p_mw", "MW"), ("q_mvar", "Mvar"))]
        self._slack_rows = [builder.add_block([SLACK], quantity, feature="power").start for quantity in slack]
        names = [area.name for area in self.areas.areas]
        self._summary_rows = {
            declared.name: builder.add_block(names, declared, feature=feature.row_name)
            for feature in (BusVoltages, LineFlows)
            for declared in feature().declarations()
        }

    def connect(self, table: StateTable) -> None:
        """Take views of the table."""
        self._table = table
        n_env = table.n_env
        self.vm_pu = table.block(self._v_rows)
        self.loading = table.block(self._loading_rows)
        self.summary = {name: table.block(rows) for name, rows in self._summary_rows.items()}
        self.v = np.ones((self.network.n_node, n_env), dtype=np.complex128)
        self.status = np.zeros(n_env, dtype=np.int8)
        self.iterations = np.zeros(n_env, dtype=np.int64)
        self.load_p_mw = np.zeros((len(self.areas.areas), n_env))
        self._p = np.zeros((self.network.n_node, n_env))
        self._q = np.zeros_like(self._p)
        order = np.argsort(self.areas.of_node, kind="stable")
        self._by_area = order
        counts = np.bincount(self.areas.of_node, minlength=len(self.areas.areas))
        self._present = np.flatnonzero(counts)
        self._first = np.concatenate([[0], np.cumsum(counts[self._present])[:-1]]).astype(np.intp)
        for position, area in enumerate(self.areas.areas):
            rows = [block.start + position for block in self._summary_rows.values()]
            table.own(rows, agent_id=area.name, parent_id=area.parent)

    def summary_rows(self, area: int, feature: type[BusVoltages] | type[LineFlows]) -> list[int]:
        """Rows of one area's summary feature."""
        return [self._summary_rows[declared.name].start + area for declared in feature().declarations()]

    def begin(self) -> tuple[FloatArray, FloatArray]:
        """Empty injections ``(n_node, n_env)`` to add devices to. [MW], [Mvar]"""
        self._p[...] = 0.0
        self._q[...] = 0.0
        return self._p, self._q

    def solve(self, load_scale: FloatArray, envs: IndexArray | None = None) -> None:
        """Solve the network with the injections of `begin` and the scaled loads.

        Parameters
        ----------
        load_scale : (n_area, n_env)
            Factor on the nominal loads of each area. [1]
        envs
            Environments whose results are written; all when not given.
        """
        scale = load_scale[self.load_area]
        scatter_add(self._p, self.loads.node, -self.loads.p_mw[:, np.newaxis] * scale)
        scatter_add(self._q, self.loads.node, -self.loads.q_mvar[:, np.newaxis] * scale)
        injection = self._p + 1j * self._q
        result = self.solver.solve(
            injection, s_current=self._dependent(scale, "current"), s_impedance=self._dependent(scale, "impedance")
        )
        written = result.status == 0
        if envs is not None:
            chosen = np.zeros_like(written)
            chosen[envs] = True
            self.status = np.where(chosen, result.status, self.status)
            written &= chosen
        else:
            self.status = result.status
        self.iterations = result.iterations
        self.injection_mva = injection
        # An environment that did not converge keeps its last converged voltages.
        self.v = result.v if bool(written.all()) else np.where(written, result.v, self.v)
        self._write(branch_flows(self.network, self.v), scale)

    def failed(self) -> BoolArray:
        """Where the last power flow did not converge, ``(n_env,)``."""
        return self.status != 0

    def imports_mw(self, device_p_mw: FloatArray) -> FloatArray:
        """Power each area takes from the others and from the slack, ``(n_area, n_env)``. [MW]

        An area with a feeding transformer takes what flows into it on the upper side; the area with
        the slack takes what is left, so that the sum over areas is the slack's power; an area without
        a boundary of its own takes its loads less its devices, and its losses fall to the slack's.

        Parameters
        ----------
        device_p_mw : (n_area, n_env)
            Power of each area's devices. [MW]
        """
        taken = self.load_p_mw - device_p_mw
        for area, branch in enumerate(self.areas.feeding_branch):
            if branch >= 0:
                taken[area] = self.flows.s_from[branch].real
        rest = self._table.values[self._slack_rows[0]].copy()
        for area in range(len(taken)):
            if area != self.areas.slack_area:
                rest = rest - taken[area]
        taken[self.areas.slack_area] = rest
        return taken

    def violations(self) -> dict[str, FloatArray]:
        """Voltage [pu], line [1] and transformer [1] violations of each area, ``(n_area, n_env)`` each."""
        shape = (len(self.areas.areas), self._table.n_env)
        voltage, line, transformer = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        outside = voltage_violation_pu(self.vm_pu, v_min_pu=self.limits.v_min_pu, v_max_pu=self.limits.v_max_pu)
        scatter_add(voltage, self.areas.of_node, outside)
        above = overload(self.loading)
        scatter_add(line, self.areas.of_branch[self._is_line], above[self._is_line])
        scatter_add(transformer, self.areas.of_branch[~self._is_line], above[~self._is_line])
        return {"voltage": voltage, "line": line, "transformer": transformer}

    def losses_mw(self, device_p_mw: FloatArray) -> FloatArray:
        """Active losses of branches and shunts: slack and devices less loads, ``(n_env,)``. [MW]

        Parameters
        ----------
        device_p_mw : (n_area, n_env)
            Power of each area's devices. [MW]
        """
        losses = self.slack_mva().real
        for area in range(len(device_p_mw)):
            losses = losses + device_p_mw[area] - self.load_p_mw[area]
        return losses

    def slack_mva(self) -> _ComplexArray:
        """Power that the slack feeds in, ``(n_env,)``, positive into the grid. [MVA]"""
        total = np.zeros(self._table.n_env, dtype=np.complex128)
        for slack, entries in zip(self.network.slack_nodes, self._slack_admittance, strict=True):
            current = np.zeros_like(total)
            for node, admittance in entries:
                current = current + admittance * self.v[node]
            total = total + self.v[slack] * np.conj(current) * self.network.base_mva - self.injection_mva[slack]
        return total

    def save_state(self) -> dict[str, Any]:
        """What is not in the table."""
        names = ("v", "status", "iterations", "load_p_mw", "injection_mva")
        return {name: getattr(self, name).copy() for name in names}

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take back what `save_state` gave."""
        for name, values in state.items():
            setattr(self, name, values.copy())
        self.flows = branch_flows(self.network, self.v)

    def _dependent(self, scale: FloatArray, model: str) -> _ComplexArray | None:
        if not (self._has_current if model == "current" else self._has_impedance):
            return None
        p, q = getattr(self.loads, f"p_{model}_mw"), getattr(self.loads, f"q_{model}_mvar")
        parts = [np.zeros_like(self._p), np.zeros_like(self._p)]
        scatter_add(parts[0], self.loads.node, -p[:, np.newaxis] * scale)
        scatter_add(parts[1], self.loads.node, -q[:, np.newaxis] * scale)
        return parts[0] + 1j * parts[1]

    def _write(self, flows: BranchFlows, scale: FloatArray) -> None:
        self.flows = flows
        self.vm_pu[...] = np.abs(self.v)
        self.loading[...] = flows.loading
        self._write_loads(scale)
        self._write_summary()

    def _write_loads(self, scale: FloatArray) -> None:
        self.load_p_mw[...] = 0.0
        power = self.loads.p_mw[:, np.newaxis] * scale
        if self._has_current or self._has_impedance:
            vm = self.vm_pu[self.loads.node]
            power = power + scale * vm * (
                self.loads.p_current_mw[:, np.newaxis] + self.loads.p_impedance_mw[:, np.newaxis] * vm
            )
        scatter_add(self.load_p_mw, self.load_area, power)

    def _write_summary(self) -> None:
        ordered = self.vm_pu[self._by_area]
        self.summary["vm_min_pu"][self._present] = np.minimum.reduceat(ordered, self._first, axis=0)
        self.summary["vm_max_pu"][self._present] = np.maximum.reduceat(ordered, self._first, axis=0)
        slack = self.slack_mva()
        self._table.values[self._slack_rows[0]] = slack.real
        self._table.values[self._slack_rows[1]] = slack.imag
        for area, branch in enumerate(self.areas.feeding_branch):
            power = slack if branch < 0 else self.flows.s_from[branch]
            self.summary["import_p_mw"][area] = power.real
            self.summary["import_q_mvar"][area] = power.imag
            mine = self.loading[self.areas.of_branch == area]
            self.summary["loading_max"][area] = np.maximum.reduce(mine, axis=0) if len(mine) else 0.0


def _row(network: CompiledNetwork, node: int) -> list[tuple[int, complex]]:
    row = network.y[node].tocsr()
    return [(int(column), complex(value)) for column, value in zip(row.indices, row.data, strict=True)]


def _distinct(names: Sequence[str], what: str) -> list[str]:
    """Names that can be row names: unnamed and repeated ones get their number."""
    used: dict[str, int] = {}
    for name in names:
        used[name] = used.get(name, 0) + 1
    return [
        name if name and name != "None" and used[name] == 1 else f"{what} {number}"
        for number, name in enumerate(names)
    ]

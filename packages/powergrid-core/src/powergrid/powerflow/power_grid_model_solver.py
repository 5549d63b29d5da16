"""power-grid-model behind the interface of all solvers: optional, its batch calculation for all environments."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from heron.types import BoolArray
from powergrid.errors import PowerFlowError
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.injection import checked_injection, checked_output, checked_shape
from powergrid.powerflow.node_balance import NodeBalance
from powergrid.powerflow.other_programs import refuse_dead_nodes
from powergrid.powerflow.result import PowerFlowResult
from powergrid.powerflow.series_branches import series_branches
from powergrid.powerflow.status import PowerFlowStatus
from powergrid.powerflow.voltage_control import refuse_voltage_control, start_voltage

NAME = "power_grid_model"
TOLERANCE_PU = 1e-10
MAX_ITERATIONS = 60
_STIFF_VA = 1e20
_IN_TURN = -1
"""``threading`` that makes power-grid-model calculate one environment after the other."""

_Complex = NDArray[np.complex128]


class PowerGridModelSolver:
    """Runs ``PowerGridModel.calculate_power_flow`` with a scenario for each environment.

    Its network is made of the compiled one, so that voltages agree with those of the other solvers to 1e-8 pu. It knows
    loads of constant power, current and impedance, and several sources, but no generators that hold a voltage.

    Parameters
    ----------
    network
        Compiled network.
    method
        power-grid-model's calculation method.
    tolerance_pu
        Largest change of a voltage in the last iteration. [pu]
    max_iterations
        Iterations after which an environment is given up.
    threads
        Threads of power-grid-model's own.

    Raises
    ------
    PowerFlowError
        power-grid-model is not installed, or this network has something that it does not know.

    Source
    ------
    Y. Xiang, P. Salemink, N. Bharambe, M. Govers et al., "Power Grid Model", https://power-grid-model.readthedocs.io.
    """

    def __init__(
        self,
        network: CompiledNetwork,
        *,
        method: Literal["newton_raphson", "iterative_current"] = "newton_raphson",
        tolerance_pu: float = TOLERANCE_PU,
        max_iterations: int = MAX_ITERATIONS,
        threads: int = 1,
    ) -> None:
        try:
            import power_grid_model
        except ImportError as cause:
            raise PowerFlowError(
                f"Solver {NAME!r} needs the package power-grid-model ({cause}).",
                remedy='Install it: pip install "powergrid-core[power-grid-model]"',
            ) from cause
        refuse_voltage_control(network, NAME)
        refuse_dead_nodes(network, NAME)
        self._library: Any = power_grid_model
        self._network = network
        self._start = start_voltage(network)
        self._balance = NodeBalance(network)
        self._input = _elements(self._library, network)
        self._first_load = sum(len(elements) for elements in self._input.values())
        self._models: dict[int, Any] = {}
        self._options: dict[str, Any] = {
            "calculation_method": method,
            "error_tolerance": tolerance_pu,
            "max_iterations": max_iterations,
            "threading": _IN_TURN if threads == 1 else threads,
            "output_component_types": ["node"],
            "continue_on_batch_error": True,
        }

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

        ``iterations`` are not told by power-grid-model: they are 0.
        """
        shape = checked_shape(s, self._network.n_node)
        parts = [checked_injection("s", s, shape)]
        if s_current is not None or s_impedance is not None:
            nothing = np.zeros(shape, dtype=np.complex128)
            parts.append(nothing if s_impedance is None else checked_injection("s_impedance", s_impedance, shape))
            parts.append(nothing if s_current is None else checked_injection("s_current", s_current, shape))
        result = checked_output(out, shape)
        drawn = -np.concatenate(parts).T
        usable: BoolArray = np.array(np.isfinite(drawn).all(axis=1))
        v, failed = self._calculate(len(parts), np.where(usable[:, np.newaxis], drawn, 0.0))
        found = usable.copy()
        found &= ~failed
        result.v[...] = np.where(found, v, self._start[:, np.newaxis])
        result.status[:] = np.where(found, PowerFlowStatus.CONVERGED, PowerFlowStatus.MAX_ITERATIONS)
        result.status[~usable] = PowerFlowStatus.DIVERGED
        result.iterations[:] = 0
        vm = np.abs(result.v)
        at_voltage = parts[0] if len(parts) == 1 else parts[0] + parts[1] * vm**2 + parts[2] * vm
        self._balance.mismatch_mva(result.v, at_voltage, result.mismatch_mva)
        result.mismatch_mva[~found] = np.inf
        return result

    def _calculate(self, n_part: int, drawn_mva: _Complex) -> tuple[_Complex, BoolArray]:
        model = self._model(n_part)
        node = model.calculate_power_flow(update_data=self._update(drawn_mva), **self._options)["node"]
        failed: BoolArray = np.zeros(len(drawn_mva), dtype=np.bool_)
        if model.batch_error is not None:
            failed[model.batch_error.failed_scenarios] = True
        v: _Complex = (node["u_pu"] * np.exp(1j * node["u_angle"])).T
        return v, failed

    def prepared(self, s: _Complex) -> Callable[[], object]:
        """power-grid-model's own work for injections ``(n_node, n_env)`` [MVA], without what `solve` does around it."""
        return partial(self._model(1).calculate_power_flow, update_data=self._update(-s.T), **self._options)

    def _update(self, drawn_mva: _Complex) -> dict[str, Any]:
        update = self._library.initialize_array("update", "sym_load", drawn_mva.shape)
        update["id"] = self._first_load + np.arange(drawn_mva.shape[1])
        update["p_specified"], update["q_specified"] = drawn_mva.real * 1e6, drawn_mva.imag * 1e6
        return {"sym_load": update}

    def _model(self, n_part: int) -> Any:
        """Network with loads of constant power at every node, or with those of all three kinds."""
        if n_part not in self._models:
            kinds = self._library.LoadGenType
            n_node = self._network.n_node
            load = self._library.initialize_array("input", "sym_load", n_part * n_node)
            load["id"] = self._first_load + np.arange(len(load))
            load["node"], load["status"] = np.tile(np.arange(n_node), n_part), 1
            order = (kinds.const_power, kinds.const_impedance, kinds.const_current)
            load["type"] = np.repeat([int(kind) for kind in order[:n_part]], n_node)
            load["p_specified"] = load["q_specified"] = 0.0
            self._models[n_part] = self._library.PowerGridModel({**self._input, "sym_load": load})
        return self._models[n_part]


def _elements(library: Any, network: CompiledNetwork) -> dict[str, Any]:
    """Nodes, branches, shunts and sources, numbered one after the other."""
    branches = series_branches(network, NAME)
    node = library.initialize_array("input", "node", network.n_node)
    node["id"], node["u_rated"] = np.arange(network.n_node), network.vn_kv * 1e3
    branch = library.initialize_array("input", "generic_branch", len(branches.z))
    z_ohm = branches.z * network.vn_kv[branches.to_node] ** 2 / network.base_mva
    columns = {
        "id": len(node) + np.arange(len(branch)), "from_node": branches.from_node, "to_node": branches.to_node,
        "from_status": 1, "to_status": 1, "r1": z_ohm.real, "x1": z_ohm.imag, "g1": 0.0, "b1": 0.0, "k": 1.0,
        "theta": branches.shift_rad, "sn": network.base_mva * 1e6,
    }  # fmt: skip
    for name, values in columns.items():
        branch[name] = values
    shunt = library.initialize_array("input", "shunt", network.n_node)
    shunt["id"], shunt["node"], shunt["status"] = len(node) + len(branch) + node["id"], node["id"], 1
    siemens = branches.shunt * network.base_mva / network.vn_kv**2
    shunt["g1"], shunt["b1"] = siemens.real, siemens.imag
    source = library.initialize_array("input", "source", len(network.slack_nodes))
    source["id"] = len(node) + len(branch) + len(shunt) + np.arange(len(source))
    source["node"], source["status"], source["sk"] = network.slack_nodes, 1, _STIFF_VA
    source["u_ref"], source["u_ref_angle"] = np.abs(network.slack_voltage), np.angle(network.slack_voltage)
    return {"node": node, "generic_branch": branch, "shunt": shunt, "source": source}

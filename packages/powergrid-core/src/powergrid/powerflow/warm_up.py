"""Compilation of the kernels ahead of their first use."""

from __future__ import annotations

import time

import numpy as np
from scipy import sparse

from powergrid.powerflow.branch_flows import FlowMeter, branch_flows, source_power
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.fixed_point import FixedPointSolver
from powergrid.powerflow.fixed_point_kernel import BLOCK_FROM
from powergrid.powerflow.newton import NewtonSolver
from powergrid.powerflow.solver import PowerFlowSolver
from powergrid.powerflow.variation import Variation
from powergrid.powerflow.varied_flows import VariedFlows


def warm_up(*, single: bool = True, batch: bool = True, newton: bool = False, varied: bool = False) -> float:
    """Compile the power-flow kernels, or load them from the cache, by solving a network of two nodes.

    Parameters
    ----------
    single
        Those for a few environments.
    batch
        Those for many.
    newton
        Those of Newton's method too, for nets whose generators hold voltages.
    varied
        Those for taps and topologies that differ between environments too.

    Returns
    -------
    float
        Time it took: seconds at the first use of an installation, a few tenths of one with a filled cache. [s]
    """
    start_s = time.perf_counter()
    network = _two_nodes()
    meter = FlowMeter(network)
    solvers: list[PowerFlowSolver] = [FixedPointSolver(network), *([NewtonSolver(network)] if newton else [])]
    for n_env, wanted in ((1, single), (BLOCK_FROM, batch)):
        for solver in solvers if wanted else ():
            voltage = solver.solve(np.zeros((2, n_env), dtype=np.complex128)).v
            meter.flows(voltage)
            meter.source_power(voltage)
        if wanted and varied:
            _vary(network, n_env)
    return time.perf_counter() - start_s


def _vary(network: CompiledNetwork, n_env: int) -> None:
    variation, meter = Variation(taps=np.zeros((0, n_env))), VariedFlows(network)
    voltage = FixedPointSolver(network).solve(np.zeros((2, n_env), dtype=np.complex128), variation=variation).v
    meter.correct_flows(voltage, variation, branch_flows(network, voltage))
    meter.correct_source_power(voltage, variation, source_power(network, voltage))


def _two_nodes() -> CompiledNetwork:
    y = 1.0 - 2.0j
    own, other = np.array([y]), np.array([-y])
    return CompiledNetwork(
        node_names=("source", "load"),
        base_mva=1.0,
        vn_kv=np.ones(2),
        y=sparse.csc_matrix([[y, -y], [-y, y]]),
        slack_nodes=np.array([0]),
        slack_voltage=np.array([1.0 + 0.0j]),
        node_of_bus={0: 0, 1: 1},
        unsupplied_buses=(),
        branch_names=("line",),
        branch_kind=("line",),
        branch_element=np.array([0]),
        from_node=np.array([0]),
        to_node=np.array([1]),
        yff=own,
        yft=other,
        ytf=other,
        ytt=own,
        rating_from_ka=np.zeros(1),
        rating_to_ka=np.zeros(1),
    )

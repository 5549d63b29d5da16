"""What sensitivities cost, beside the power flow they belong to and beside finite differences of power flows.

    python benchmarks/sensitivities.py [--environments 1024] [--devices 12] [--repeats 15]

The network is that of the default setup, IEEE 34 with three IEEE 13 attached, under random loads. All cases are run in
turn on one thread; figures are medians of the processor time per environment. Finite differences take two power flows
more for every device; the last columns compare them with the derivatives.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from functools import partial

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("POWERGRID_THREADS", "1")

import numpy as np
from solver import Case, make_case

from powergrid.powerflow import FixedPointSolver, PowerFlowResult, SensitivityMeter

STEP_MW = 1e-3


def medians_s(cases: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Median processor time of each case, all of them taken in turn."""
    times: dict[str, list[float]] = {name: [] for name in cases}
    for repeat in range(repeats + 1):
        for name, run in cases.items():
            start_s = time.process_time()
            run()
            if repeat:  # the first round compiles and warms up
                times[name].append(time.process_time() - start_s)
    return {name: statistics.median(found) for name, found in times.items()}


def differences(solver: FixedPointSolver, case: Case, sources: np.ndarray, out: PowerFlowResult) -> np.ndarray:
    """Changes of voltage per MW and per Mvar, (2, n_node, n_source, n_env), by one more power flow for each."""
    start = np.abs(case.v)
    found = np.empty((2, len(start), len(sources), start.shape[1]))
    for kind, step in enumerate((STEP_MW, 1j * STEP_MW)):
        for place, source in enumerate(sources):
            s = case.s.copy()
            s[source] += step
            found[kind, :, place] = (np.abs(solver.solve(s, out=out).v) - start) / STEP_MW
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--environments", type=int, default=1024)
    parser.add_argument("--devices", type=int, default=12)
    parser.add_argument("--repeats", type=int, default=15, help="measurements per median")
    arguments = parser.parse_args()
    case = make_case(arguments.environments)
    network, n_env = case.network, arguments.environments
    solver, meter = FixedPointSolver(network), SensitivityMeter(network)
    out = PowerFlowResult.allocate(network.n_node, n_env)
    free = np.setdiff1d(np.arange(network.n_node), network.slack_nodes)
    sources = np.random.default_rng(0).choice(free, arguments.devices, replace=False)
    measure, devices = partial(meter.measure, case.v, case.s), len(sources)
    times_s = medians_s(
        {
            "power flow": partial(solver.solve, case.s, out=out),
            "1 device, its own voltage": partial(measure, sources=sources[:1], nodes=sources[:1]),
            f"{devices} devices, their own voltages": partial(measure, sources=sources, nodes=sources),
            f"{devices} devices, all voltages": partial(measure, sources=sources),
            f"{devices} devices, all voltages and loadings": partial(
                measure, sources=sources, branches=range(network.n_branch)
            ),
            f"{devices} devices, finite differences": partial(differences, solver, case, sources, out),
        },
        arguments.repeats,
    )
    print(f"{network.n_node} nodes, {n_env} environments, one thread; processor time per environment")
    print(f"{'':44}{'µs':>8}{'power flows':>13}")
    for name, time_s in times_s.items():
        print(f"{name:44}{time_s / n_env * 1e6:8.2f}{time_s / times_s['power flow']:13.1f}")
    exact, near = measure(sources=sources), differences(solver, case, sources, out)
    off = max(
        float(np.max(np.abs(part - about)))
        for part, about in zip((exact.dv_dp_pu_per_mw, exact.dv_dq_pu_per_mvar), near, strict=True)
    )
    print(f"largest difference to finite differences of {STEP_MW} MW: {off:.1e} pu/MW")


if __name__ == "__main__":
    main()

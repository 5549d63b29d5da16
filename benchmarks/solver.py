"""Power-flow solvers side by side: time per solve on the default setup's network, IEEE 34 with three IEEE 13 attached,
and on the IEEE 118-bus network, whose 53 generators hold voltages.

    python benchmarks/solver.py [--environments 1024] [--repeats 9]

Every solver gets the same random loads, drawn beforehand, and is compared with pandapower's Newton. Times are medians;
"cpu" is the processor time of this process, which other processes do not disturb. lightsim2grid and power-grid-model
are measured where they are installed.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core for everyone, before anything starts threads

import copy
import importlib.metadata
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandapower as pp

from powergrid.networks import IEEE13Bus, IEEE34Bus, ImportTransformer, attach_feeder, set_start_values
from powergrid.powerflow import (
    CompiledNetwork,
    FixedPointSolver,
    FlowMeter,
    NewtonSolver,
    PowerFlowResult,
    PowerFlowSolver,
    compile_network,
    fixed_injections,
    make_solver,
    nominal_loads,
    set_threads,
    warm_up,
)

PACKAGES = ("powergrid-core", "pandapower", "lightsim2grid", "power-grid-model", "numba", "numpy", "scipy")
REFERENCE = "pandapower runpp, Newton"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The network and its random loads: factors (n_load, n_env) on the nominal ones."""

    net: Any
    network: CompiledNetwork
    factors: np.ndarray
    s: np.ndarray
    v: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table; times are per environment."""

    name: str
    n_env: int
    wall_s: float
    cpu_s: float
    largest_dv_pu: float | None
    note: str = ""


def fused_net() -> Any:
    """IEEE 34 with three IEEE 13 microgrids, sized as the setup ``ieee34_ieee13``."""
    net = IEEE34Bus("DSO", load_scale=0.3, capacitor_scale=0.3, regulator_taps={"reg1": 2, "reg2": 2}, slack_vm_pu=1.03)
    transformer = ImportTransformer(sn_mva=0.5, hv_kv=24.9, lv_kv=4.16, vkr_percent=1.0, vkx_percent=5.0)
    for name, bus, scale in (("MG1", "850", 0.15), ("MG2", "860", 0.12), ("MG3", "844", 0.12)):
        feeder = IEEE13Bus(name, load_scale=scale, capacitor_scale=scale, regulator_taps={"reg1": 0})
        net = attach_feeder(net, feeder, connection_bus=f"DSO Bus {bus}", transformer=transformer).net
    return net


def make_case(n_env: int) -> Case:
    net = fused_net()
    network = compile_network(net)
    loads = nominal_loads(net, network)
    factors = np.random.default_rng(0).uniform(0.2, 1.2, (len(loads.names), n_env))
    s = np.zeros((network.n_node, n_env), dtype=np.complex128)
    np.add.at(s, loads.node, -(loads.p_mw + 1j * loads.q_mvar)[:, np.newaxis] * factors)
    return Case(net=net, network=network, factors=factors, s=s, v=FixedPointSolver(network).solve(s).v)


def measured(
    name: str,
    n_env: int,
    run: Callable[[], object],
    repeats: int,
    *,
    calls: int = 1,
    dv_pu: float | None = None,
    note: str = "",
) -> Row:
    """Median over repeats of the time of several calls, per call and environment."""
    run()
    walls, cpus = [], []
    for _ in range(repeats):
        wall_s, cpu_s = time.perf_counter(), time.process_time()
        for _ in range(calls):
            run()
        walls.append(time.perf_counter() - wall_s)
        cpus.append(time.process_time() - cpu_s)
    wall_s, cpu_s = (statistics.median(times) / (calls * n_env) for times in (walls, cpus))
    return Row(name=name, n_env=n_env, wall_s=wall_s, cpu_s=cpu_s, largest_dv_pu=dv_pu, note=note)


def pandapower_rows(case: Case, repeats: int) -> list[Row]:
    net, loads = copy.deepcopy(case.net), case.net.load
    net.load["p_mw"], net.load["q_mvar"] = loads.p_mw * case.factors[:, 0], loads.q_mvar * case.factors[:, 0]
    rows = []
    for name, option in ((REFERENCE, False), ("pandapower runpp, lightsim2grid inside", True)):
        try:
            pp.runpp(net, tolerance_mva=1e-10, lightsim2grid=option)
        except ImportError:
            continue
        nodes = [case.network.node(bus) for bus in net.bus.index]
        theirs = net.res_bus.vm_pu * np.exp(1j * np.deg2rad(net.res_bus.va_degree))
        dv_pu = float(np.max(np.abs(theirs.to_numpy() - case.v[nodes, 0])))
        run = partial(pp.runpp, net, tolerance_mva=1e-10, lightsim2grid=option)
        rows.append(measured(name, 1, run, 5 * repeats, dv_pu=dv_pu, note=f"{net._ppc['iterations']} steps"))
    return rows


def our_rows(case: Case, repeats: int) -> list[Row]:
    solvers = (("fixed_point", FixedPointSolver(case.network)), ("newton", NewtonSolver(case.network)))
    rows = [row for name, solver in solvers for row in solver_rows(name, solver, case, repeats)]
    meter, v = FlowMeter(case.network), case.v
    rows.append(measured("branch_flows (all branches)", v.shape[1], partial(meter.flows, v), repeats))
    return rows


def solver_rows(name: str, solver: PowerFlowSolver, case: Case, repeats: int) -> list[Row]:
    """Batches of several sizes; a slow solver is called less often."""
    rows = []
    for n_env in [n for n in (1, 8, 32, 64, 256, 1024) if n < case.s.shape[1]] + [case.s.shape[1]]:
        s, out = case.s[:, :n_env].copy(), PowerFlowResult.allocate(case.network.n_node, n_env)
        note = f"{np.mean(solver.solve(s, out=out).iterations):.1f} iterations"
        dv_pu = float(np.max(np.abs(out.v - case.v[:, :n_env])))
        run = partial(solver.solve, s, out=out)
        rows.append(measured(name, n_env, run, repeats, calls=max(1, 200 // n_env), dv_pu=dv_pu, note=note))
    return rows


def held_case(n_env: int) -> tuple[Any, Case]:
    """IEEE 118 buses with random loads of 80 to 100 %; `runpp` has those of the first environment."""
    net = pp.networks.case118()
    network = compile_network(net)
    loads = nominal_loads(net, network)
    factors = np.random.default_rng(0).uniform(0.8, 1.0, (len(loads.names), n_env))
    s = np.repeat(fixed_injections(net, network)[:, np.newaxis], n_env, axis=1)
    np.add.at(s, loads.node, -(loads.p_mw + 1j * loads.q_mvar)[:, np.newaxis] * factors)
    net.load["p_mw"], net.load["q_mvar"] = net.load.p_mw * factors[:, 0], net.load.q_mvar * factors[:, 0]
    return net, Case(net=net, network=network, factors=factors, s=s, v=NewtonSolver(network).solve(s).v)


def held_rows(n_env: int, repeats: int) -> list[Row]:
    net, case = held_case(n_env)
    rows = []
    for name, inside in ((REFERENCE, False), ("pandapower runpp, lightsim2grid inside", True)):
        if inside and not version("lightsim2grid"):
            continue
        run = partial(pp.runpp, net, tolerance_mva=1e-8, lightsim2grid=inside)
        run()
        theirs = net.res_bus.vm_pu * np.exp(1j * np.deg2rad(net.res_bus.va_degree))
        nodes = [case.network.node(bus) for bus in net.bus.index]
        dv_pu = float(np.max(np.abs(theirs.to_numpy() - case.v[nodes, 0])))
        rows.append(measured(name, 1, run, 5 * repeats, dv_pu=dv_pu))
    for name in ("lightsim2grid",) if version("lightsim2grid") else ():
        rows += solver_rows(f"{name} as a solver", make_solver(name, net, case.network), case, repeats)
    return rows + solver_rows("newton", NewtonSolver(case.network), case, repeats)


def lightsim_rows(case: Case, repeats: int) -> list[Row]:
    from lightsim2grid.lightsim2grid_cpp import TimeSeriesCPP
    from lightsim2grid.network import init_from_pandapower

    net = copy.deepcopy(case.net)
    for switch in case.net.switch[case.net.switch.closed].itertuples():
        pp.toolbox.fuse_buses(net, switch.bus, switch.element)
    net.switch = net.switch.iloc[:0]
    kept = net.bus.index.to_numpy()
    pp.toolbox.create_continuous_bus_index(net)
    set_start_values(net)
    grid = init_from_pandapower(net, pp_orig_file="pandapower_v3")
    options = net.user_pf_options
    start = options["init_vm_pu"] * np.exp(1j * np.deg2rad(options["init_va_degree"])).astype(np.complex128)
    p_mw = np.ascontiguousarray((net.load.p_mw.to_numpy()[:, np.newaxis] * case.factors).T)
    q_mvar = np.ascontiguousarray((net.load.q_mvar.to_numpy()[:, np.newaxis] * case.factors).T)
    n_env = len(p_mw)
    for load in range(len(net.load)):
        grid.change_p_load(load, p_mw[0, load])
        grid.change_q_load(load, q_mvar[0, load])
    nodes = [case.network.node(bus) for bus in kept]
    single = grid.ac_pf(start.copy(), 20, 1e-10)
    dv_pu = float(np.max(np.abs(single - case.v[nodes, 0])))
    rows = [
        measured("lightsim2grid, Newton", 1, lambda: grid.ac_pf(start.copy(), 20, 1e-10), 20 * repeats, dv_pu=dv_pu)
    ]
    generators, nothing = np.zeros((n_env, len(grid.get_generators()))), np.zeros((n_env, 0))

    def batch() -> np.ndarray:
        series = TimeSeriesCPP(grid)
        series.compute_Vs(generators, nothing, p_mw, q_mvar, start, 20, 1e-10)
        voltages: np.ndarray = series.get_voltages()
        return voltages

    dv_pu = float(np.max(np.abs(batch()[:, : len(nodes)].T - case.v[nodes])))
    return [*rows, measured("lightsim2grid, time series", n_env, batch, repeats, dv_pu=dv_pu)]


def power_grid_model_rows(case: Case, repeats: int) -> list[Row]:
    from power_grid_model import CalculationMethod, PowerGridModel, initialize_array

    loads, network = nominal_loads(case.net, case.network), case.network
    first_load = network.n_node + network.n_branch
    power_va = -(loads.p_mw + 1j * loads.q_mvar) * 1e6
    model = PowerGridModel(power_grid_model_input(case, loads.node, power_va, first_load), system_frequency=60.0)
    n_env = case.s.shape[1]
    update = initialize_array("update", "sym_load", (n_env, len(power_va)))
    update["id"] = first_load + np.arange(len(power_va))
    update["p_specified"] = -power_va.real * case.factors.T
    update["q_specified"] = -power_va.imag * case.factors.T
    rows = []
    for method in (CalculationMethod.newton_raphson, CalculationMethod.iterative_current):
        for count, calls in ((1, 10 * repeats), (n_env, repeats)):
            run = partial(
                model.calculate_power_flow,
                update_data={"sym_load": update[:count]},
                calculation_method=method,
                error_tolerance=1e-10,
                max_iterations=60,
                threading=-1,
                output_component_types=["node"],
            )
            node = run()["node"]
            found = (node["u_pu"] * np.exp(1j * node["u_angle"])).T
            dv_pu = float(np.max(np.abs(found - case.v[:, :count])))
            rows.append(measured(f"power-grid-model, {method.name}", count, run, calls, dv_pu=dv_pu))
    return rows


def power_grid_model_input(case: Case, load_node: np.ndarray, power_va: np.ndarray, first_load: int) -> dict[str, Any]:
    """The compiled network as nodes, generic branches, shunts, loads and a source."""
    from power_grid_model import LoadGenType, initialize_array

    network = case.network
    node = initialize_array("input", "node", network.n_node)
    node["id"], node["u_rated"] = np.arange(network.n_node), network.vn_kv * 1e3
    branch = initialize_array("input", "generic_branch", network.n_branch)
    tap = np.sqrt((network.ytt / network.yff).real) * np.exp(-0.5j * np.angle(network.ytf / network.yft))
    series, base_ohm = -network.ytf * tap, network.vn_kv[network.to_node] ** 2 / network.base_mva
    parallel = 2.0 * (network.ytt - series) / base_ohm
    for name, values in (
        ("id", network.n_node + np.arange(network.n_branch)), ("from_node", network.from_node),
        ("to_node", network.to_node), ("from_status", 1), ("to_status", 1), ("r1", (base_ohm / series).real),
        ("x1", (base_ohm / series).imag), ("g1", parallel.real), ("b1", parallel.imag), ("k", np.abs(tap)),
        ("theta", np.angle(tap)), ("sn", 1e6),
    ):  # fmt: skip
        branch[name] = values
    load = initialize_array("input", "sym_load", len(power_va))
    load["id"], load["node"], load["status"] = first_load + np.arange(len(power_va)), load_node, 1
    load["type"], load["p_specified"], load["q_specified"] = LoadGenType.const_power, -power_va.real, -power_va.imag
    shunts = case.net.shunt[case.net.shunt.in_service]
    shunt = initialize_array("input", "shunt", len(shunts))
    shunt_node = np.array([network.node(bus) for bus in shunts.bus])
    shunt["id"], shunt["node"], shunt["status"] = first_load + len(load) + np.arange(len(shunts)), shunt_node, 1
    shunt["g1"], shunt["b1"] = 0.0, -(shunts.q_mvar * shunts.step).to_numpy() / network.vn_kv[shunt_node] ** 2
    source = initialize_array("input", "source", 1)
    source["id"], source["node"], source["status"] = first_load + len(load) + len(shunts), network.slack_nodes, 1
    source["u_ref"], source["sk"] = np.abs(network.slack_voltage), 1e20
    return {"node": node, "generic_branch": branch, "sym_load": load, "shunt": shunt, "source": source}


def print_table(rows: list[Row]) -> None:
    reference_s = next(row.cpu_s for row in rows if row.name == REFERENCE)
    print(f"{'solver':42}{'batch':>6}{'wall µs':>11}{'cpu µs':>11}{'x runpp':>9}  {'max |dV| pu':12}note")
    for row in rows:
        dv = "" if row.largest_dv_pu is None else f"{row.largest_dv_pu:.1e}"
        ratio = reference_s / row.cpu_s
        print(
            f"{row.name:42}{row.n_env:6}{row.wall_s * 1e6:11.2f}{row.cpu_s * 1e6:11.2f}{ratio:9.0f}  {dv:12}{row.note}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--environments", type=int, default=1024, help="size of the largest batch")
    parser.add_argument("--repeats", type=int, default=9, help="measurements per median")
    arguments = parser.parse_args()
    installed = {package: version(package) for package in PACKAGES}
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(", ".join(f"{package} {found}" for package, found in installed.items() if found))
    print(f"kernels compiled or loaded in {warm_up():.1f} s")
    set_threads(1)
    warnings.simplefilter("ignore")
    case = make_case(arguments.environments)
    print(f"{case.network.n_node} nodes, {case.network.n_branch} branches; time per environment")
    rows = pandapower_rows(case, arguments.repeats)
    if installed["lightsim2grid"]:
        rows += lightsim_rows(case, arguments.repeats)
    if installed["power-grid-model"]:
        rows += power_grid_model_rows(case, arguments.repeats)
    print_table(rows + our_rows(case, arguments.repeats))
    print("\ncase118: 118 nodes, 186 branches, 53 held voltages")
    print_table(held_rows(arguments.environments, arguments.repeats))


def version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


if __name__ == "__main__":
    main()

"""Networks on which power flow is tested."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest

from powergrid.networks import IEEE13Bus, IEEE34Bus, ImportTransformer, attach_feeder
from powergrid.powerflow import CompiledNetwork, compile_network, nominal_loads


def two_buses(*, r_pu: float = 0.1, x_pu: float = 0.0) -> Any:
    """A 10 kV line between a stiff source and one bus; 1 pu is 1 MVA, so 1 pu of impedance is 100 ohm."""
    net = pp.create_empty_network(name="pair", sn_mva=1.0)
    source, end = pp.create_buses(net, 2, vn_kv=10.0, name=["source", "end"])
    pp.create_ext_grid(net, source)
    pp.create_line_from_parameters(
        net, source, end, 1.0, r_pu * 100.0, x_pu * 100.0, c_nf_per_km=0.0, max_i_ka=0.1, name="line"
    )
    return net


def fused() -> Any:
    """IEEE 34 with three IEEE 13 microgrids: 81 buses, 78 nodes, many transformers, two voltage levels."""
    net = IEEE34Bus(
        "DSO", load_scale=0.30, capacitor_scale=0.30, regulator_taps={"reg1": 2, "reg2": 2}, slack_vm_pu=1.03
    )
    transformer = ImportTransformer(sn_mva=0.5, hv_kv=24.9, lv_kv=4.16, vkr_percent=1.0, vkx_percent=5.0)
    for name, bus, scale in (("MG1", "850", 0.15), ("MG2", "860", 0.12), ("MG3", "844", 0.12)):
        feeder = IEEE13Bus(name, load_scale=scale, capacitor_scale=scale, regulator_taps={"reg1": 0})
        net = attach_feeder(net, feeder, connection_bus=f"DSO Bus {bus}", transformer=transformer).net
    return net


def cigre_mv_with_storage() -> Any:
    """Two voltage levels, rings opened by line switches, wind, sun, storage."""
    return pn.create_cigre_network_mv(with_der="all")


NETWORKS: dict[str, Callable[[], Any]] = {
    "case33bw": pn.case33bw,
    "cigre_mv": cigre_mv_with_storage,
    "cigre_lv": pn.create_cigre_network_lv,
    "mv_oberrhein": pn.mv_oberrhein,
    "fused": fused,
}


@pytest.fixture(name="two_buses")
def two_buses_fixture() -> Callable[..., Any]:
    """`two_buses`."""
    return two_buses


@pytest.fixture(name="injections")
def injections_fixture() -> Callable[..., np.ndarray]:
    """`injections`."""
    return injections


@pytest.fixture(name="varied")
def varied_fixture() -> Callable[..., np.ndarray]:
    """`varied`."""
    return varied


@pytest.fixture(name="balanced_feeder")
def balanced_feeder_fixture() -> Callable[..., Any]:
    """`balanced_feeder`."""
    return balanced_feeder


@pytest.fixture(name="read_table")
def read_table_fixture() -> Callable[[Path], list[dict[str, str]]]:
    """`table`."""
    return table


@pytest.fixture(params=list(NETWORKS))
def any_net(request: pytest.FixtureRequest) -> Any:
    """Each of several ready-made networks."""
    return NETWORKS[request.param]()


@pytest.fixture(scope="session")
def fused_net() -> Any:
    """`fused`; not to be changed."""
    return fused()


@pytest.fixture(scope="session")
def fused_network(fused_net: Any) -> CompiledNetwork:
    """Its compiled form."""
    return compile_network(fused_net)


@pytest.fixture(scope="session")
def fused_loads(fused_net: Any, fused_network: CompiledNetwork) -> np.ndarray:
    """Nominal injections of its loads, (n_node, 1). [MVA]"""
    return injections(fused_net, fused_network)


def injections(net: Any, network: CompiledNetwork) -> np.ndarray:
    """Nominal loads as constant power, (n_node, 1), negative for consumers. [MVA]"""
    loads = nominal_loads(net, network)
    s = np.zeros((network.n_node, 1), dtype=np.complex128)
    np.add.at(s[:, 0], loads.node, -(loads.p_mw + 1j * loads.q_mvar))
    return s


def varied(s: np.ndarray, n_env: int, *, low: float = 0.2, high: float = 1.2, seed: int = 5) -> np.ndarray:
    """Injections scaled at random, node by node and environment by environment."""
    return np.ascontiguousarray(s * np.random.default_rng(seed).uniform(low, high, (len(s), n_env)))


def balanced_feeder(folder: Path, *, variant: str, zip_loads: bool) -> Any:
    """A positive-sequence feeder of the reference data, element by element as its tables say."""
    net = pp.create_empty_network(name=folder.name, f_hz=60.0, sn_mva=1.0)
    buses = {
        row["bus"]: pp.create_bus(net, float(row["vn_kv"]), name=row["bus"]) for row in table(folder / "buses.csv")
    }
    pp.create_ext_grid(net, next(iter(buses.values())), vm_pu=1.05 if folder.name == "ieee34" else 1.0)
    suffix = "dp" if variant == "drop_preserving" else "1"
    for row in table(folder / "lines.csv"):
        ends = buses[row["from_bus"]], buses[row["to_bus"]]
        if row["is_switch"] == "1":
            pp.create_switch(net, *ends, et="b")
            continue
        names = [f"{letter}_{suffix}_{unit}" if suffix == "dp" else f"{letter}1_{unit}" for letter, unit in _LINE]
        r_ohm, x_ohm, c_nf = (float(row[name]) for name in names)
        pp.create_line_from_parameters(net, *ends, 1.0, r_ohm, x_ohm, c_nf, max_i_ka=0.4, name=row["name"])
    for row in table(folder / "transformers.csv"):
        _add_transformer(net, buses, row)
    for row in table(folder / "loads.csv"):
        share = _SHARES.get(row["model"]) if zip_loads else None
        percent = {f"const_{share}_{letter}_percent": 100.0 for letter in "pq" if share}
        pp.create_load(
            net, buses[row["bus"]], float(row["p_kw"]) / 1e3, float(row["q_kvar"]) / 1e3, name=row["bus"], **percent
        )
    for row in table(folder / "shunts.csv"):
        pp.create_shunt(net, buses[row["bus"]], q_mvar=-float(row["q_kvar"]) / 1e3)
    return net


_SHARES = {"const_current": "i", "const_impedance": "z"}
_LINE = (("r", "ohm"), ("x", "ohm"), ("c", "nf"))


def _add_transformer(net: Any, buses: dict[str, Any], row: dict[str, str]) -> None:
    r_percent, x_percent = float(row["r_percent"]), float(row["x_percent"])
    pp.create_transformer_from_parameters(
        net,
        buses[row["hv_bus"]],
        buses[row["lv_bus"]],
        sn_mva=float(row["sn_kva"]) / 1e3,
        vn_hv_kv=float(row["hv_kv"]),
        vn_lv_kv=float(row["lv_kv"]),
        vkr_percent=r_percent,
        vk_percent=float(np.hypot(r_percent, x_percent)),
        pfe_kw=0.0,
        i0_percent=0.0,
        tap_side="lv",
        tap_neutral=0,
        tap_pos=int(row["tap_pos"]),
        tap_step_percent=float(row["tap_step_percent"]),
        tap_changer_type="Ratio",
        name=row["name"],
    )


def table(path: Path) -> list[dict[str, str]]:
    """Rows of a csv file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))

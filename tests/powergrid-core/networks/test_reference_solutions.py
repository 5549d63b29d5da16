"""The balanced IEEE nets against the solutions three independent engines agree on."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandapower as pp
import pandas as pd
import pytest
from pandapower.auxiliary import pandapowerNet

from powergrid.networks import IEEE13Bus, IEEE34Bus, build_feeder, find_bus
from powergrid.networks.feeder_options import FeederOptions
from powergrid.networks.feeder_topology import model_lines
from powergrid.networks.ieee13_table import IEEE13
from powergrid.networks.ieee34_table import IEEE34

BUILDERS = {"ieee13": IEEE13Bus, "ieee34": IEEE34Bus}
TABLES = {"ieee13": IEEE13, "ieee34": IEEE34}
LOAD_MODELS = {"pq": "constant_power", "zip": "zip"}
CASES = [(f, v, m) for f in BUILDERS for v in ("sequence", "drop_preserving") for m in LOAD_MODELS]


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def case(request: pytest.FixtureRequest) -> tuple[str, str, str, pandapowerNet]:
    feeder, variant, loads = request.param
    net = BUILDERS[feeder]("F", variant=variant, load_model=LOAD_MODELS[loads])
    pp.runpp(net)
    return feeder, variant, loads, net


def read(shared_data: Path, feeder: str, name: str) -> pd.DataFrame:
    columns = ("bus", "from_bus", "to_bus", "hv_bus", "lv_bus", "name")
    return pd.read_csv(shared_data / "feeders" / "balanced" / feeder / f"{name}.csv", dtype=dict.fromkeys(columns, str))


def test_every_bus_voltage_is_the_reference_voltage(
    case: tuple[str, str, str, pandapowerNet], shared_data: Path
) -> None:
    feeder, variant, loads, net = case
    solution = read(shared_data, feeder, f"solution_{variant}_{loads}")
    result = net.res_bus.loc[[find_bus(net, bus) for bus in solution.bus]]
    assert len(solution) == len(net.bus)
    np.testing.assert_allclose(result.vm_pu, solution.vm_pandapower, rtol=0.0, atol=1e-6)
    np.testing.assert_allclose(result.va_degree, solution.va_pandapower, rtol=0.0, atol=5e-5)


def test_supply_and_losses_are_those_of_the_reference(
    case: tuple[str, str, str, pandapowerNet], shared_data: Path
) -> None:
    feeder, variant, loads, net = case
    summary = pd.read_csv(shared_data / "feeders" / "balanced" / "summary.csv")
    row = summary[(summary.case == feeder) & (summary.variant == variant) & (summary.loads == loads)].iloc[0]
    loss_kw = (net.res_line.pl_mw.sum() + net.res_trafo.pl_mw.sum()) * 1e3
    # 1e-2 kW of up to 3.6 MW: the documents made susceptances with 377 rad/s, pandapower takes 2 pi 60.
    assert net.res_ext_grid.p_mw.sum() * 1e3 == pytest.approx(row.p_kw, abs=1e-2)
    assert net.res_ext_grid.q_mvar.sum() * 1e3 == pytest.approx(row.q_kvar, abs=1e-2)
    assert loss_kw == pytest.approx(row.loss_kw, abs=1e-2)


@pytest.mark.parametrize("variant", ["sequence", "drop_preserving"])
@pytest.mark.parametrize("feeder", BUILDERS)
def test_line_constants_are_those_of_the_reference(feeder: str, variant: str, shared_data: Path) -> None:
    net = BUILDERS[feeder]("F", variant=variant)
    reference = read(shared_data, feeder, "lines")
    reference = reference[reference.is_switch == 0].set_index(["from_bus", "to_bus"])
    names = {(line.from_bus, line.to_bus): f"F Line {line.name}" for line in model_lines(TABLES[feeder])}
    assert set(names) == set(reference.index)
    lines = net.line.set_index("name").loc[[names[ends] for ends in reference.index]]
    # The reference rounds some line codes to six digits, and the documents made susceptances with 377 rad/s.
    infix = "_dp" if variant == "drop_preserving" else "1"
    for letter, unit, rtol in (("r", "ohm", 2e-6), ("x", "ohm", 2e-6), ("c", "nf", 3e-4)):
        ours = (lines[f"{letter}_{unit}_per_km"] * lines.length_km).to_numpy()
        np.testing.assert_allclose(ours, reference[f"{letter}{infix}_{unit}"], rtol=rtol)


@pytest.mark.parametrize("feeder", BUILDERS)
def test_transformer_impedances_are_those_of_the_reference(feeder: str, shared_data: Path) -> None:
    net = BUILDERS[feeder]("F")
    for row in read(shared_data, feeder, "transformers").itertuples():
        hv_bus, lv_bus = find_bus(net, row.hv_bus), find_bus(net, row.lv_bus)
        ours = net.trafo[(net.trafo.hv_bus == hv_bus) & (net.trafo.lv_bus == lv_bus)].iloc[0]
        # Ohms rather than percentages: our regulators are rated by their current transformers.
        ohm = ours.vn_lv_kv**2 / ours.sn_mva / 100.0
        reference_ohm = row.lv_kv**2 / (row.sn_kva * 1e-3) / 100.0
        assert ours.vkr_percent * ohm == pytest.approx(row.r_percent * reference_ohm)
        assert ours.vk_percent * ohm == pytest.approx(math.hypot(row.r_percent, row.x_percent) * reference_ohm)
        if row.tap_step_percent:
            assert (ours.tap_pos, ours.tap_step_percent) == (row.tap_pos, row.tap_step_percent)
            assert ours.tap_side == "lv"


@pytest.mark.parametrize("feeder", BUILDERS)
def test_capacitors_are_those_of_the_reference(feeder: str, shared_data: Path) -> None:
    net = BUILDERS[feeder]("F")
    reference = read(shared_data, feeder, "shunts").set_index("bus").q_kvar
    for bus, q_kvar in reference.items():
        shunt = net.shunt[net.shunt.bus == find_bus(net, bus)].iloc[0]
        assert shunt.q_mvar == pytest.approx(-q_kvar * 1e-3)  # pandapower counts a capacitor negative
    assert len(net.shunt) == len(reference)


def test_published_capacitance_of_overhead_lines_moves_no_voltage_by_more_than_3e_6() -> None:
    """What the docs say about the revision that follows the reference model's default capacitance."""
    cables_only = [revision for revision in IEEE13.revisions if revision.configuration.name == "606"]
    published = build_feeder(replace(IEEE13, revisions=tuple(cables_only)), FeederOptions(name="F"))
    revised = IEEE13Bus("F", regulator_taps={"reg1": 10})
    for net in (published, revised):
        pp.runpp(net)
    difference = (published.res_bus.vm_pu - revised.res_bus.vm_pu).abs().max()
    assert 1e-6 < difference < 3e-6


def test_the_published_cable_606_moves_voltages_by_less_than_2e_4() -> None:
    published, revised = build_feeder(IEEE13.as_published(), FeederOptions(name="F")), IEEE13Bus("F")
    for net in (published, revised):
        pp.runpp(net)
    assert 1e-5 < (published.res_bus.vm_pu - revised.res_bus.vm_pu).abs().max() < 2e-4


# Table "how close" of docs/networks/ieee-feeders.md: mean and largest difference from the mean over the phases of the
# unbalanced solution at published taps [pu], and losses [kW].
ACCURACY = {
    ("ieee13", "sequence", "pq"): (0.0064, 0.0313, 94.6),
    ("ieee13", "sequence", "zip"): (0.0062, 0.0310, 95.4),
    ("ieee13", "drop_preserving", "pq"): (0.0058, 0.0293, 96.5),
    ("ieee13", "drop_preserving", "zip"): (0.0057, 0.0291, 97.1),
    ("ieee34", "sequence", "pq"): (0.0038, 0.0205, 276.8),
    ("ieee34", "sequence", "zip"): (0.0028, 0.0211, 264.7),
    ("ieee34", "drop_preserving", "pq"): (0.0039, 0.0173, 281.5),
    ("ieee34", "drop_preserving", "zip"): (0.0025, 0.0072, 268.1),
}


def test_distance_from_the_unbalanced_solution_is_what_the_docs_say(
    case: tuple[str, str, str, pandapowerNet], shared_data: Path, repository: Path
) -> None:
    feeder, variant, loads, net = case
    solution = read(shared_data, feeder, f"solution_{variant}_{loads}").dropna(subset="vm_unbalanced_mean")
    vm_pu = net.res_bus.vm_pu.loc[[find_bus(net, bus) for bus in solution.bus]].to_numpy()
    distance = np.abs(vm_pu - solution.vm_unbalanced_mean.to_numpy())
    loss_kw = (net.res_line.pl_mw.sum() + net.res_trafo.pl_mw.sum()) * 1e3
    mean_pu, largest_pu, documented_loss_kw = ACCURACY[feeder, variant, loads]
    assert distance.mean() == pytest.approx(mean_pu, abs=6e-5)
    assert distance.max() == pytest.approx(largest_pu, abs=6e-5)
    assert loss_kw == pytest.approx(documented_loss_kw, abs=0.06)
    page = (repository / "docs" / "networks" / "ieee-feeders.md").read_text(encoding="utf-8")
    assert f"| {variant}, {LOAD_MODELS[loads]} | {documented_loss_kw:.1f} | {mean_pu:.4f} | {largest_pu:.4f} |" in page


@pytest.mark.parametrize(
    ("line", "branch", "phase", "ampacity_ampere"), [("816818", "l8", 1, 140.0), ("818820", "l10", 1, 140.0)]
)
def test_loading_of_a_lateral_is_that_of_its_conductor(
    line: str, branch: str, phase: int, ampacity_ampere: float, shared_data: Path
) -> None:
    net = IEEE34Bus("F", load_model="zip")
    pp.runpp(net)
    loading = net.res_line.loading_percent[net.line.name == f"F Line {line}"].iloc[0] / 100.0
    flows = pd.read_csv(shared_data / "feeders" / "ieee34" / "solution" / "ieee34mod1_published_taps_branch_flows.csv")
    row = flows[(flows.element.str.lower() == f"line.{branch}") & (flows.terminal == 1) & (flows.phase == phase)].iloc[
        0
    ]
    assert loading == pytest.approx(row.i_amp / ampacity_ampere, rel=0.05)

from __future__ import annotations

from dataclasses import replace

import pytest

from powergrid.errors import NetworkError
from powergrid.networks.feeder_table import Connection, FeederTable, LoadModel, PhaseLoad, SpotLoad
from powergrid.networks.feeder_topology import model_lines, nominal_voltages
from powergrid.networks.ieee13_table import IEEE13
from powergrid.networks.ieee34_table import IEEE34


def by_phase(loads: tuple[PhaseLoad, ...]) -> list[complex]:
    return [sum((load.s_kva[phase] for load in loads), 0j) for phase in range(3)]


@pytest.mark.parametrize(
    ("table", "spot_kva", "distributed_kva"),
    [
        # Lines "TOTAL" of the published load tables.
        (IEEE13, [1158 + 606j, 973 + 627j, 1135 + 753j], [17 + 10j, 66 + 38j, 117 + 68j]),
        (IEEE34, [344 + 224j, 344 + 224j, 359 + 229j], [262 + 133j, 240 + 120j, 220 + 114j]),
    ],
    ids=["ieee13", "ieee34"],
)
def test_loads_of_each_phase_add_up_to_the_published_totals(
    table: FeederTable, spot_kva: list[complex], distributed_kva: list[complex]
) -> None:
    assert by_phase(table.spot_loads) == spot_kva
    assert by_phase(table.distributed_loads) == distributed_kva


def test_capacitors_add_up_to_the_published_totals() -> None:
    assert [sum(bank.q_kvar[phase] for bank in IEEE13.capacitors) for phase in range(3)] == [200.0, 200.0, 300.0]
    assert [sum(bank.q_kvar[phase] for bank in IEEE34.capacitors) for phase in range(3)] == [250.0, 250.0, 250.0]


def test_a_load_code_says_connection_and_model() -> None:
    load = PhaseLoad(code="D-I", s_kva=(1j, 0j, 0j))
    assert load.connection is Connection.DELTA
    assert load.model is LoadModel.CONSTANT_CURRENT


@pytest.mark.parametrize(
    ("table", "taps"), [(IEEE13, {"reg1": 10}), (IEEE34, {"reg1": 7, "reg2": 12})], ids=["ieee13", "ieee34"]
)
def test_the_balanced_tap_is_nearest_to_the_mean_of_the_published(table: FeederTable, taps: dict[str, int]) -> None:
    # (10 + 8 + 11) / 3 = 9.67; (12 + 5 + 5) / 3 = 7.33; (13 + 11 + 12) / 3 = 12
    assert {regulator.name: regulator.balanced_tap for regulator in table.regulators} == taps


def test_the_segment_with_the_distributed_load_is_cut_at_one_third() -> None:
    lengths = {line.name: line.length_ft for line in model_lines(IEEE13)}
    assert lengths["632670"] == 667.0
    assert lengths["670671"] == 1333.0
    assert "632671" not in lengths


def test_a_segment_behind_a_regulator_begins_on_its_load_side() -> None:
    ends = {line.name: (line.from_bus, line.to_bus) for line in model_lines(IEEE34)}
    assert ends["814850"] == ("814r", "850")
    assert ends["852832"] == ("852r", "832")


def test_nominal_voltages_follow_the_transformers() -> None:
    kv = nominal_voltages(IEEE34)
    assert next(iter(kv)) == "800"
    assert {node for node, value in kv.items() if value == 4.16} == {"888", "890"}
    assert set(kv.values()) == {24.9, 4.16}
    assert nominal_voltages(IEEE13)["634"] == 0.48


def test_a_load_at_an_unconnected_node_is_refused() -> None:
    stray = SpotLoad(bus="699", code="Y-PQ", s_kva=(1j, 0j, 0j))
    with pytest.raises(NetworkError, match=r"nodes \['699'\] are not connected to the head '650'"):
        nominal_voltages(replace(IEEE13, spot_loads=(*IEEE13.spot_loads, stray)))


def test_revisions_replace_published_configurations_and_say_why() -> None:
    assert IEEE13.configuration("606").z_ohm_per_mile[0][0] == 0.791721 + 0.438352j
    assert IEEE13.as_published().configuration("606").z_ohm_per_mile[0][0] == 0.7982 + 0.4463j
    assert all(revision.reason for revision in IEEE13.revisions)
    assert IEEE34.revisions == ()


def test_an_unknown_configuration_is_named_with_the_nearest() -> None:
    with pytest.raises(NetworkError, match=r"no line configuration '6066'.*Did you mean '606'"):
        IEEE13.configuration("6066")

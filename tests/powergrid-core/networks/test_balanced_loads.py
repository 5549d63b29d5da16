from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from powergrid.networks.balanced_loads import bus_loads, joined_powers, zip_percent
from powergrid.networks.feeder_table import FeederTable, LoadModel
from powergrid.networks.ieee13_table import IEEE13
from powergrid.networks.ieee34_table import IEEE34

_MODEL_COLUMN = {
    "const_power": LoadModel.CONSTANT_POWER,
    "const_current": LoadModel.CONSTANT_CURRENT,
    "const_impedance": LoadModel.CONSTANT_IMPEDANCE,
}


def test_half_of_a_distributed_load_sits_at_each_end() -> None:
    # 890 aside: 802-806 carries 55 + j29 kVA; 820 has half of 34 + j17 (Z) and half of 135 + j70 (PQ)
    loads = bus_loads(IEEE34)
    assert loads["802"] == {LoadModel.CONSTANT_POWER: 27.5 + 14.5j}
    assert loads["820"] == {LoadModel.CONSTANT_IMPEDANCE: 17.0 + 8.5j, LoadModel.CONSTANT_POWER: 67.5 + 35.0j}


def test_a_load_point_takes_the_whole_distributed_load() -> None:
    assert bus_loads(IEEE13)["670"] == {LoadModel.CONSTANT_POWER: 200.0 + 116.0j}
    assert "632" not in bus_loads(IEEE13)


def test_shares_of_active_and_reactive_power_differ() -> None:
    # 840: half of 40 + j20 and all of 27 + j21 are currents; 836: 20 of 61 kW and 10 of 31.5 kvar
    percent = zip_percent(bus_loads(IEEE34)["836"])
    assert percent["const_i_p_percent"] == pytest.approx(100.0 * 20.0 / 61.0)
    assert percent["const_i_q_percent"] == pytest.approx(100.0 * 10.0 / 31.5)
    assert percent["const_z_p_percent"] == 0.0


def test_a_load_without_reactive_power_has_no_reactive_shares() -> None:
    percent = zip_percent({LoadModel.CONSTANT_IMPEDANCE: 5.0 + 0.0j})
    assert percent["const_z_p_percent"] == 100.0
    assert percent["const_z_q_percent"] == 0.0


def test_nodes_joined_by_a_switch_share_their_models() -> None:
    # 671 draws 1155 + j660 at constant power, 692 behind the closed switch 170 + j151 at constant current
    joined = joined_powers(bus_loads(IEEE13), "692", IEEE13)
    assert joined == {LoadModel.CONSTANT_POWER: 1155.0 + 660.0j, LoadModel.CONSTANT_CURRENT: 170.0 + 151.0j}


@pytest.mark.parametrize(("feeder", "table"), [("ieee13", IEEE13), ("ieee34", IEEE34)], ids=["ieee13", "ieee34"])
def test_loads_of_each_node_and_model_are_those_of_the_reference(
    feeder: str, table: FeederTable, shared_data: Path
) -> None:
    reference = pd.read_csv(shared_data / "feeders" / "balanced" / feeder / "loads.csv", dtype={"bus": str})
    expected: dict[str, dict[LoadModel, complex]] = {}
    for row in reference.itertuples():
        expected.setdefault(row.bus, {})[_MODEL_COLUMN[row.model]] = complex(row.p_kw, row.q_kvar)
    assert bus_loads(table) == expected

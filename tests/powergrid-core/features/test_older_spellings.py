"""Features of power systems: fields, units, and the spellings they also understand."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

from heron.core.feature import quantity
from heron.core.table import TableBuilder
from heron.errors import ConfigError, UnknownNameError
from powergrid.core.features.base import PowerFeature
from powergrid.core.features.electrical import ElectricalBasePh
from powergrid.core.features.network import BusVoltages, LineFlows
from powergrid.core.features.power_limits import PowerLimits
from powergrid.core.features.storage import StorageBlock


class Branch(PowerFeature):
    """Older spellings of these two differ in unit and in sign."""

    loading: float = quantity(0.0)
    p_min_mw: float = quantity(0.0, unit="MW")


def test_a_feature_is_made_with_either_spelling() -> None:
    assert ElectricalBasePh(p_MW=0.5, Q_MVAr=-0.1).to_dict() == {"p_mw": 0.5, "q_mvar": -0.1}
    assert ElectricalBasePh(p_mw=0.5, q_mvar=-0.1).to_dict() == {"p_mw": 0.5, "q_mvar": -0.1}


def test_attributes_are_read_and_written_in_either_spelling() -> None:
    feature = ElectricalBasePh(p_mw=0.5)
    assert feature.p_MW == feature.P_MW == 0.5
    feature.q_MVAr = 0.25
    assert feature.q_mvar == 0.25


def test_set_values_and_from_dict_take_either_spelling() -> None:
    feature = ElectricalBasePh.from_dict({"P_MW": 0.5})
    feature.set_values(q_MVAr=0.25)
    assert feature.vector().tolist() == [0.5, 0.25]


def test_an_older_spelling_has_its_own_unit_and_sign() -> None:
    # 80 percent is 0.8; charging with up to 0.2 MW was positive and is -0.2 MW into the grid
    feature = Branch(loading_percent=80.0, p_ch_max_MW=0.2)
    assert (feature.loading, feature.p_min_mw) == (pytest.approx(0.8), -0.2)
    assert (feature.loading_percent, feature.p_ch_max_MW) == (pytest.approx(80.0), 0.2)
    feature.loading_percent = 50.0
    assert feature.loading == 0.5


def test_one_field_under_two_spellings_is_refused() -> None:
    feature = ElectricalBasePh()
    with pytest.raises(ConfigError, match="'p_mw' and 'p_MW' are the same parameter"):
        feature.set_values(p_mw=1.0, p_MW=2.0)
    assert feature.p_mw == 0.0


def test_a_misspelt_keyword_is_refused_and_nothing_is_changed() -> None:
    with pytest.raises(UnknownNameError, match=r"StorageBlock has no field 'sco'.*Did you mean 'soc'"):
        StorageBlock(sco=0.9)
    feature = ElectricalBasePh()
    with pytest.raises(UnknownNameError, match="no field 'p_mv'"):
        feature.set_values(q_mvar=1.0, p_mv=1.0)
    assert feature.q_mvar == 0.0


def test_a_misspelt_attribute_is_refused() -> None:
    feature = StorageBlock()
    with pytest.raises(
        UnknownNameError, match=r"StorageBlock has no field 'sco'; it has \['soc'\]\. Did you mean 'soc'"
    ):
        feature.sco = 0.9
    with pytest.raises(AttributeError, match=r"'sco'\. Did you mean 'soc'"):
        _ = feature.sco
    assert not hasattr(feature, "p_MW"), "an older spelling of a field this feature does not have"


def test_older_spellings_read_and_write_rows_once_bound() -> None:
    feature = ElectricalBasePh(p_mw=0.5)
    builder = TableBuilder(3)
    rows = feature.declare_rows(builder, "gen1")
    table = builder.build()
    feature.bind(table, rows)
    feature.p_MW = np.array([1.0, 2.0, 3.0])
    assert table["gen1.electrical.p_mw"].tolist() == [1.0, 2.0, 3.0]
    feature.p_MW[1] = 9.0
    assert table["gen1.electrical.p_mw"].tolist() == [1.0, 9.0, 3.0]


def test_a_class_attribute_of_a_user_can_still_be_set() -> None:
    class Metered(ElectricalBasePh):
        meter_id: str = ""

    feature = Metered(p_mw=1.0)
    feature.meter_id = "M7"
    assert feature.meter_id == "M7"


def test_a_feature_of_the_explicit_style_keeps_its_own_spellings() -> None:
    class Explicit(PowerFeature):
        def __init__(self, p_MW: float = 0.0) -> None:  # noqa: N803 - the user's own spelling
            self.p_MW = p_MW

        def names(self) -> list[str]:
            return ["p_MW"]

        def vector(self) -> Any:
            return np.array([self.p_MW])

    feature = Explicit(2.0)
    feature.set_values(p_MW=3.0)
    assert feature.to_dict() == {"p_MW": 3.0}
    assert vars(feature)["p_MW"] == 3.0


def test_a_copy_is_independent() -> None:
    feature = StorageBlock(soc=0.3)
    twin = copy.deepcopy(feature)
    twin.soc = 0.7
    assert feature.soc == 0.3


@pytest.mark.parametrize(
    ("feature", "row_name", "units"),
    [
        (ElectricalBasePh, "electrical", {"p_mw": "MW", "q_mvar": "Mvar"}),
        (StorageBlock, "storage", {"soc": "1"}),
        (BusVoltages, "voltages", {"vm_min_pu": "pu", "vm_max_pu": "pu"}),
        (LineFlows, "flows", {"import_p_mw": "MW", "import_q_mvar": "Mvar", "loading_max": "1"}),
        (PowerLimits, "limits", {"p_min_mw": "MW", "p_max_mw": "MW", "q_min_mvar": "Mvar", "q_max_mvar": "Mvar"}),
    ],
)
def test_the_features_have_their_documented_fields(
    feature: type[PowerFeature], row_name: str, units: dict[str, str]
) -> None:
    assert feature.row_name == row_name
    assert {declared.name: declared.unit for declared in feature().declarations()} == units


def test_limits_are_seen_by_their_owner_only() -> None:
    limits = PowerLimits()
    assert limits.is_observable_by("gen1", 1, owner="gen1", parent="MG1")
    assert not limits.is_observable_by("MG1", 2, owner="gen1", parent="MG1")
    assert StorageBlock().is_observable_by("MG1", 2, owner="ess1", parent="MG1")

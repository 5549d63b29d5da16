"""States: look-ups by type, attribute and name."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from heron.core import FeatureProvider, FieldAgentState, State, TableBuilder, quantity
from heron.errors import UnknownNameError
from heron.types import FloatArray


class WaterBlock(FeatureProvider):
    visibility = ("owner",)
    level_m: float = quantity(2.0, unit="m")
    salt: float = quantity(0.1, visibility=["upper_level"])


class Valve(FeatureProvider):
    visibility = ("public",)
    opening: float = quantity(0.5)


class Counter(FeatureProvider):
    def __init__(self, count: float = 0.0) -> None:
        self.count = count

    def vector(self) -> FloatArray:
        return np.array([self.count])

    def names(self) -> list[str]:
        return ["count"]


@pytest.fixture
def state() -> State:
    return FieldAgentState([WaterBlock(), Valve()], owner_id="tank1", parent_id="north")


def test_a_feature_is_found_by_type_attribute_and_name(state: State) -> None:
    assert state[WaterBlock] is state.features[0]
    assert state.water_block is state.features[0]
    assert state.feature("Valve") is state.features[1]


def test_a_feature_is_found_by_a_type_it_inherits_from(state: State) -> None:
    assert state[FeatureProvider] is state.features[0]


def test_an_unknown_type_name_or_attribute_is_an_error(state: State) -> None:
    with pytest.raises(UnknownNameError, match=r"'tank1' has no feature 'Counter'; it has \['WaterBlock', 'Valve'\]"):
        state[Counter]
    with pytest.raises(UnknownNameError, match="Did you mean 'WaterBlock'"):
        state.update_feature("WaterBlok", level_m=1.0)
    with pytest.raises(AttributeError, match=r"has no feature 'water_blok'. Did you mean 'water_block'"):
        _ = state.water_blok


def test_fields_are_set_by_feature_name(state: State) -> None:
    state.update_feature("WaterBlock", level_m=1.0)
    assert state.to_dict() == {"WaterBlock": {"level_m": 1.0, "salt": 0.1}, "Valve": {"opening": 0.5}}
    with pytest.raises(UnknownNameError, match="WaterBlock has no field 'levl_m'"):
        state.update_feature("WaterBlock", levl_m=1.0)


def test_an_update_with_a_wrong_name_anywhere_changes_nothing(state: State) -> None:
    with pytest.raises(UnknownNameError, match="Valve has no field 'open'"):
        state.update({"WaterBlock": {"level_m": 0.0}, "Valve": {"open": 1.0}})
    assert state[WaterBlock].level_m == 2.0
    state.update({"WaterBlock": {"level_m": 0.0}, "Valve": {"opening": 1.0}})
    np.testing.assert_array_equal(state.vector(), [0.0, 0.1, 1.0])


def test_the_vector_is_that_of_the_features_in_order(state: State) -> None:
    assert state.names() == ["water_block.level_m", "water_block.salt", "valve.opening"]
    np.testing.assert_array_equal(state.vector(), [2.0, 0.1, 0.5])
    assert State().vector().shape == (0,)


@pytest.mark.parametrize(
    ("viewer", "level", "seen"),
    [
        ("tank1", 1, {"WaterBlock": [2.0], "Valve": [0.5]}),
        ("north", 2, {"WaterBlock": [0.1], "Valve": [0.5]}),
        ("south", 2, {"Valve": [0.5]}),
    ],
)
def test_others_see_the_fields_that_are_open_to_them(
    state: State, viewer: str, level: int, seen: dict[str, list[float]]
) -> None:
    assert {name: values.tolist() for name, values in state.observed_by(viewer, level).items()} == seen


def test_reset_goes_back_to_initial_values(state: State) -> None:
    state[Valve].opening = 0.0
    state.reset()
    assert state[Valve].opening == 0.5


def test_a_bound_state_of_several_environments_reads_explicit_features_from_their_rows() -> None:
    state = State([Valve(), Counter(3.0)], owner_id="tank1")
    builder = TableBuilder(2)
    rows = [feature.declare_rows(builder, "tank1") for feature in state.features]
    table = builder.build()
    state.bind(table, rows)
    table["count"][1] = 5.0
    np.testing.assert_array_equal(state.vector(), [[0.5, 0.5], [3.0, 5.0]])
    assert state.to_dict()["Counter"] == {"count": [3.0, 5.0]}


def test_a_state_can_be_copied(state: State) -> None:
    other = copy.deepcopy(state)
    other[Valve].opening = 0.0
    assert state.valve.opening == 0.5


def test_a_look_up_by_text_says_how_to_write_it() -> None:
    with pytest.raises(UnknownNameError, match=r"looked up by feature class, got 'StorageBlock'.*state\.feature"):
        State()["StorageBlock"]  # type: ignore[index]

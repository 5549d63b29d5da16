"""Features in the declared style: free, and bound to rows."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from heron.core import FeatureProvider, StateTable, TableBuilder, Visibility, quantity
from heron.core.feature import snake_case
from heron.errors import ConfigError, StateError, UnknownNameError


class Water(FeatureProvider):
    visibility: ClassVar[Mapping[str, Sequence[str]]] = {"level_m": ["owner"]}
    level_m: float = quantity(2.0, unit="m", low=0.0, high=5.0, offset=2.5, scale=2.5)
    inflow: float = quantity(0.1, visibility="public")
    salt: float = quantity()


class SaltWater(Water):
    row_name = "brine"
    salt: float = quantity(0.03)
    depth_m: float = quantity(1.0)


@dataclass
class Pump(FeatureProvider):
    """Declared fields and a dataclass decorator together."""

    speed: float = quantity(0.5)
    wear: float = quantity(0.0)


def bound(n_env: int, *, column: int | None = None) -> tuple[Water, StateTable]:
    feature, builder = Water(level_m=3.0), TableBuilder(n_env)
    builder.add_block(["rain"], Water().declarations()[2], feature="gauge")
    rows = feature.declare_rows(builder, "tank1")
    table = builder.build()
    feature.bind(table, rows, column=column)
    return feature, table


def test_a_free_feature_keeps_its_own_values() -> None:
    one, other = Water(level_m=3), Water()
    assert (one.level_m, other.level_m) == (3.0, 2.0)
    np.testing.assert_array_equal(one.vector(), [3.0, 0.1, 0.0])
    assert one.names() == ["level_m", "inflow", "salt"]
    assert one.dim() == 3
    assert one.to_dict() == {"level_m": 3.0, "inflow": 0.1, "salt": 0.0}
    assert not one.is_bound


def test_a_feature_reads_back_from_its_dict() -> None:
    again = Water.from_dict(Water(level_m=1.5, salt=0.2).to_dict())
    assert repr(again) == "Water(level_m=1.5, inflow=0.1, salt=0.2)"


def test_reset_goes_back_to_what_the_feature_was_constructed_with() -> None:
    for feature in (Water(level_m=4.0), Water.from_dict({"level_m": 4.0})):
        feature.set_values(level_m=1.0, salt=0.5)
        feature.reset(salt=0.1)
        assert feature.to_dict() == {"level_m": 4.0, "inflow": 0.1, "salt": 0.1}


@pytest.mark.parametrize("values", [{"levl_m": 1.0}, {"level_m": 1.0, "levl_m": 1.0}, {"_store": 1.0}])
def test_an_unknown_field_is_refused_and_nothing_is_changed(values: dict[str, float]) -> None:
    feature = Water()
    with pytest.raises(UnknownNameError, match=r"Water has no field '\w+'; it has \['inflow', 'level_m', 'salt'\]"):
        feature.set_values(**values)
    assert feature.level_m == 2.0


def test_a_misspelt_field_gets_the_nearest_one() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'level_m'"):
        Water(levl_m=1.0)


def test_a_value_that_is_no_number_is_refused() -> None:
    with pytest.raises(StateError, match="Water.level_m takes a number, got 'full'"):
        Water(level_m="full")  # type: ignore[arg-type]


def test_a_subclass_inherits_fields_and_may_change_them() -> None:
    assert SaltWater().to_dict() == {"level_m": 2.0, "inflow": 0.1, "salt": 0.03, "depth_m": 1.0}
    assert Water().salt == 0.0


def test_the_row_name_is_the_class_name_unless_given() -> None:
    class HotWater(SaltWater):
        pass

    assert (Water.row_name, SaltWater.row_name, HotWater.row_name) == ("water", "brine", "hot_water")
    assert [snake_case(name) for name in ("HotWaterTank", "HTTPFlow", "Hall2Limit")] == [
        "hot_water_tank",
        "http_flow",
        "hall2_limit",
    ]


def test_a_dataclass_of_declared_fields_works() -> None:
    pump = Pump(speed=0.8)
    assert (pump.speed, pump.wear, Pump().speed) == (0.8, 0.0, 0.5)
    pump.speed = 0.1
    pump.reset()
    assert pump.speed == 0.8


def test_declarations_carry_unit_bounds_and_the_present_value() -> None:
    level, inflow, salt = Water(level_m=3.0).declarations()
    assert (level.name, level.unit, level.initial, level.low, level.high) == ("level_m", "m", 3.0, 0.0, 5.0)
    assert (level.offset, level.scale) == (2.5, 2.5)
    assert level.visibility == {Visibility.OWNER}
    assert inflow.visibility == {Visibility.PUBLIC}
    # a field that the mapping leaves out keeps the default
    assert salt.visibility == {Visibility.OWNER, Visibility.UPPER_LEVEL, Visibility.SYSTEM}


def test_visibility_may_be_one_list_for_all_fields() -> None:
    class Secret(Water):
        visibility = ("system",)

    assert [row.visibility for row in Secret().declarations()] == [
        {Visibility.SYSTEM},
        {Visibility.PUBLIC},
        {Visibility.SYSTEM},
    ]


def test_visibility_of_a_field_that_does_not_exist_is_refused() -> None:
    class Typing(Water):
        visibility: ClassVar[Mapping[str, Sequence[str]]] = {"levl_m": ["owner"]}

    with pytest.raises(ConfigError, match=r"Typing.visibility speaks of 'levl_m'.*Did you mean 'level_m'"):
        Typing().declarations()


def test_a_feature_is_observable_where_one_of_its_fields_is() -> None:
    feature = Water()
    who = {"owner": "tank1", "parent": "north"}
    assert feature.is_observable_by("stranger", 1, **who)
    assert not feature.is_observable_by("stranger", 1, field="level_m", **who)
    assert feature.is_observable_by("tank1", 1, field="level_m", **who)


def test_a_bound_field_of_one_environment_is_a_float_that_writes_its_row() -> None:
    feature, table = bound(1)
    assert table.values[:, 0].tolist() == [0.0, 3.0, 0.1, 0.0]
    feature.level_m = 4.0
    assert isinstance(feature.level_m, float)
    assert table["tank1.water.level_m"][0] == 4.0
    table["inflow"][0] = 0.7
    assert feature.inflow == 0.7
    np.testing.assert_array_equal(feature.vector(), [4.0, 0.7, 0.0])


def test_a_bound_field_of_several_environments_is_a_view_of_its_row() -> None:
    feature, table = bound(3)
    level = feature.level_m
    assert isinstance(level, np.ndarray)
    level[1] = 1.0
    np.testing.assert_array_equal(table["level_m"], [3.0, 1.0, 3.0])
    feature.level_m = 2.0
    np.testing.assert_array_equal(table["level_m"], [2.0, 2.0, 2.0])
    feature.level_m = np.array([1.0, 2.0, 3.0])
    assert feature.vector().shape == (3, 3)
    assert feature.to_dict()["level_m"] == [1.0, 2.0, 3.0]


def test_a_feature_bound_to_one_column_leaves_the_others_alone() -> None:
    feature, table = bound(3, column=1)
    feature.level_m = 1.0
    assert feature.level_m == 1.0
    np.testing.assert_array_equal(table["level_m"], [3.0, 1.0, 3.0])
    np.testing.assert_array_equal(feature.vector(), [1.0, 0.1, 0.0])
    table["level_m"][2] = 5.0
    feature.reset()
    np.testing.assert_array_equal(table["level_m"], [3.0, 3.0, 5.0])


def test_reset_of_a_bound_feature_takes_the_initial_values_of_its_rows() -> None:
    feature, table = bound(2)
    feature.set_values(level_m=0.0, salt=1.0)
    feature.reset()
    np.testing.assert_array_equal(table.values[1:, 1], [3.0, 0.1, 0.0])


@pytest.mark.parametrize("value", [np.zeros(2), "full"])
def test_values_that_do_not_fit_a_row_are_refused(value: object) -> None:
    feature, _ = bound(3)
    with pytest.raises(StateError, match=r"Water.level_m takes values of shape \(3,\)"):
        feature.level_m = value  # type: ignore[assignment]


def test_binding_to_too_few_rows_is_refused() -> None:
    _, table = bound(1)
    with pytest.raises(StateError, match="Water has 3 fields but was given 2 rows"):
        Water().bind(table, [0, 1])


def test_a_copied_feature_goes_its_own_way() -> None:
    free = Water(level_m=3.0)
    other = copy.deepcopy(free)
    other.level_m = 1.0
    assert free.level_m == 3.0


def test_a_feature_without_fields_has_no_rows() -> None:
    class Nothing(FeatureProvider):
        pass

    assert Nothing().declare_rows(TableBuilder(1), "a") == []
    assert Nothing().vector().shape == (0,)


class Tank(FeatureProvider):
    level: float = quantity(0.5, low=0.0, high=1.0)


def test_a_value_outside_the_bounds_is_refused_with_the_bounds() -> None:
    with pytest.raises(StateError, match=r"Tank.level is 7.0, outside its bounds 0.0 … 1.0 \[1\]"):
        Tank(level=7.0)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.array([0.5, np.nan])])
def test_a_value_that_is_not_finite_is_refused(value: object) -> None:
    with pytest.raises(StateError, match="Tank.level takes finite numbers"):
        Tank().level = value

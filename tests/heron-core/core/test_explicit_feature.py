"""Features in the explicit style: attributes and a vector of their own."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from heron.core import FeatureProvider, TableBuilder, Visibility
from heron.errors import StateError, UnknownNameError
from heron.types import FloatArray


@dataclass
class Tally(FeatureProvider):
    """A count kept as a list, shown as its length and sum."""

    visibility = ("owner",)
    readings: list[float] = field(default_factory=list)
    gain: float = 2.0

    def vector(self) -> FloatArray:
        return np.array([len(self.readings), self.gain * sum(self.readings)], dtype=np.float64)

    def names(self) -> list[str]:
        return ["count", "total"]


@dataclass(slots=True)
class Slotted(FeatureProvider):
    level: float = 1.0

    def vector(self) -> FloatArray:
        return np.array([self.level])

    def names(self) -> list[str]:
        return ["level"]


class Plain(FeatureProvider):
    """Not a dataclass, and without a call of the base's constructor."""

    def __init__(self, level: float = 1.0) -> None:
        self.level = level

    def vector(self) -> FloatArray:
        return np.array([self.level])

    def names(self) -> list[str]:
        return ["level"]


def test_its_names_become_rows_with_the_present_values() -> None:
    tally, builder = Tally([1.0, 2.5]), TableBuilder(2)
    rows = tally.declare_rows(builder, "meter")
    table = builder.build()
    # two readings; 2 · (1 + 2.5) = 7
    np.testing.assert_array_equal(table.values[rows], [[2.0, 2.0], [7.0, 7.0]])
    assert table.names == ("meter.tally.count", "meter.tally.total")
    assert table.quantities[0].visibility == {Visibility.OWNER}


def test_it_cannot_be_a_view() -> None:
    tally, builder = Tally(), TableBuilder(1)
    rows = tally.declare_rows(builder, "meter")
    with pytest.raises(StateError, match=r"Tally has a vector\(\) of its own"):
        tally.bind(builder.build(), rows)
    assert not Tally.is_declared()


@pytest.mark.parametrize("kind", [Slotted, Plain])
def test_attributes_are_set_by_name(kind: type[Slotted] | type[Plain]) -> None:
    feature = kind()
    feature.set_values(level=3.0)
    assert feature.to_dict() == {"level": 3.0}
    with pytest.raises(UnknownNameError, match=r"has no field 'levle'; it has \['level'\]\. Did you mean 'level'"):
        feature.set_values(levle=1.0)


def test_reset_leaves_its_attributes_to_whoever_made_it() -> None:
    feature = Plain(4.0)
    feature.level = 2.0
    feature.reset()
    assert feature.level == 2.0


@pytest.mark.parametrize("kind", [Slotted, Plain])
def test_attributes_can_be_taken_back(kind: type[Slotted] | type[Plain]) -> None:
    feature = kind(3.0)
    kept = feature.attributes()
    feature.level = 1.0
    feature.take_attributes(kept)
    assert feature.level == 3.0


def test_an_attribute_that_came_later_goes_when_attributes_are_taken_back() -> None:
    feature = Plain(3.0)
    kept = feature.attributes()
    feature.note = "new"  # type: ignore[attr-defined]
    feature.take_attributes(kept)
    assert not hasattr(feature, "note")


def test_names_and_vector_of_different_length_are_refused() -> None:
    class Short(Plain):
        def names(self) -> list[str]:
            return ["level", "salt"]

    with pytest.raises(StateError, match=r"Short has 2 names but 1 values: \['level', 'salt'\]"):
        Short().declarations()

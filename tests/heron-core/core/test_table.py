"""The state table: rows by name, blocks, owners, snapshots."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heron.core import Quantity, StateTable, TableBuilder, Visibility
from heron.core.visibility import can_see
from heron.errors import ConfigError, StateError, UnknownNameError

OWNERS = st.sampled_from(["a", "b", "c", ""])
LEVEL = Quantity(name="level_m", unit="m", initial=2.0)
FLOW = Quantity(name="flow", initial=0.5, visibility=frozenset({Visibility.OWNER}))


def tanks(n_env: int = 3) -> StateTable:
    builder = TableBuilder(n_env)
    builder.add_block(["north.tank1", "north.tank2", "south.tank1"], LEVEL, feature="water")
    builder.add_block(["north.tank1"], FLOW, feature="inlet")
    return builder.build()


def test_a_quantity_of_several_things_is_one_contiguous_block() -> None:
    builder = TableBuilder(2)
    builder.add_block(["weather"], FLOW, feature="rain")
    rows = builder.add_block(["tank1", "tank2"], LEVEL, feature="water")
    table = builder.build()
    assert rows == slice(1, 3)
    block = table.block(rows)
    assert block.shape == (2, 2)
    block[1, 0] = 7.0
    assert table.values[2, 0] == 7.0
    assert block.flags.c_contiguous


def test_rows_begin_at_their_initial_values_in_every_environment() -> None:
    table = tanks()
    np.testing.assert_array_equal(table.values[:, 2], [2.0, 2.0, 2.0, 0.5])
    np.testing.assert_array_equal(table.initial, [2.0, 2.0, 2.0, 0.5])
    assert table.values.dtype == np.float64


def test_each_thing_may_have_a_declaration_of_its_own() -> None:
    builder = TableBuilder(1)
    own = [Quantity(name="level_m", initial=1.0), Quantity(name="level_m", initial=3.0)]
    builder.add_block(["a", "b"], own, feature="water")
    np.testing.assert_array_equal(builder.build().values, [[1.0], [3.0]])


def test_a_declaration_too_few_is_refused() -> None:
    with pytest.raises(ConfigError, match="'water' has 2 things but 1 declarations"):
        TableBuilder(1).add_block(["a", "b"], [LEVEL], feature="water")


def test_a_row_declared_twice_is_refused_with_its_name() -> None:
    builder = TableBuilder(1)
    builder.add_block(["a"], LEVEL, feature="water")
    builder.add_block(["a"], LEVEL, feature="water")
    with pytest.raises(ConfigError, match=r"Rows declared twice: \['a.water.level_m'\]"):
        builder.build()


@pytest.mark.parametrize("wrong", [0, -1, 2.5, "2", True])
def test_what_is_no_number_of_environments_is_refused(wrong: object) -> None:
    with pytest.raises(ConfigError, match=f"a whole number of environments from 1 on, got {wrong!r}"):
        TableBuilder(wrong)  # type: ignore[arg-type]


def test_a_builder_finds_rows_only_when_it_has_all_of_them() -> None:
    builder = TableBuilder(1)
    builder.add_block(["a", "b"], LEVEL, feature="water")
    assert builder.find(["b.water.level_m", "a.water.level_m"]) == [1, 0]
    assert builder.find(["a.water.level_m", "c.water.level_m"]) is None


@pytest.mark.parametrize(
    ("name", "row"),
    [("north.tank2.water.level_m", 1), ("tank2.water.level_m", 1), ("inlet.flow", 3), ("flow", 3)],
)
def test_a_row_is_found_by_its_full_name_or_by_an_ending_of_its_own(name: str, row: int) -> None:
    assert tanks().row(name) == row


def test_a_full_name_goes_before_an_ending() -> None:
    builder = TableBuilder(1)
    builder.add_block(["x.a", "a"], LEVEL, feature="water")
    table = builder.build()
    assert table.row("a.water.level_m") == 1


def test_an_ending_of_two_rows_is_ambiguous() -> None:
    with pytest.raises(UnknownNameError, match=r"ambiguous: \['north.tank1.water.level_m', 'south.tank1.water"):
        tanks().row("tank1.water.level_m")


def test_an_ending_begins_after_a_dot() -> None:
    with pytest.raises(UnknownNameError, match="no row 'ank2.water.level_m'"):
        tanks().row("ank2.water.level_m")


def test_a_misspelt_row_gets_the_nearest_one() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'north.tank2.water.level_m'"):
        tanks().row("north.tank2.water.lvel_m")


def test_reading_by_name_gives_a_view() -> None:
    table = tanks()
    table["flow"][1] = 0.25
    np.testing.assert_array_equal(table.values[3], [0.5, 0.25, 0.5])
    np.testing.assert_array_equal(table.rows(["flow", "tank2.water.level_m"]), [3, 1])
    assert len(table) == 4
    assert "north.tank1.inlet.flow" in table
    assert "flow" not in table


def test_only_the_owner_sees_what_is_open_to_the_owner() -> None:
    table = tanks()
    table.own([3], agent_id="north.tank1", parent_id="north")
    assert table.visible_to("north.tank1", 1).tolist() == [3]
    assert table.visible_to("north", 2).tolist() == []


def test_a_row_of_nobody_is_open_to_the_system_level_only() -> None:
    assert tanks().visible_to("operator", 3).tolist() == [0, 1, 2]
    assert tanks().visible_to("north", 2).tolist() == []


@given(st.lists(st.tuples(st.sets(st.sampled_from(Visibility)), OWNERS, OWNERS), max_size=8))
def test_the_rows_of_every_agent_are_those_it_can_see(rows: list[tuple[set[Visibility], str, str]]) -> None:
    declared = [Quantity(name=f"q{i}", visibility=frozenset(groups)) for i, (groups, _, _) in enumerate(rows)]
    table = StateTable([f"t.f.q{i}" for i in range(len(rows))], declared, 1)
    for row, (_, owner, parent) in enumerate(rows):
        table.own([row], agent_id=owner, parent_id=parent or None)
    for agent_id, level in (("a", 1), ("b", 2), ("c", 3), ("", 1)):
        expected = [
            row
            for row, (groups, owner, parent) in enumerate(rows)
            if can_see(frozenset(groups), viewer=agent_id, viewer_level=level, owner=owner, parent=parent or None)
        ]
        assert table.visible_to(agent_id, level).tolist() == expected


def test_a_snapshot_stays_as_it_was_and_cannot_be_written() -> None:
    table = tanks()
    snapshot = table.snapshot(5)
    table.values[0] = 9.0
    assert (snapshot.time_ns, snapshot.values[0, 0]) == (5, 2.0)
    with pytest.raises(ValueError, match="read-only"):
        snapshot.values[0, 0] = 1.0
    table.restore(snapshot)
    assert table.values[0, 0] == 2.0


def test_a_snapshot_of_another_shape_is_refused() -> None:
    with pytest.raises(StateError, match=r"shape \(4, 2\) does not fit a table of shape \(4, 3\)"):
        tanks(3).restore(tanks(2).snapshot(0))

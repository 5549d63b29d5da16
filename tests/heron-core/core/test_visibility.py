"""Who may see what."""

from __future__ import annotations

import pytest

from heron.core.visibility import Visibility, can_see, parse_visibility
from heron.errors import ConfigError


def sees(group: str, viewer: str, level: int) -> bool:
    """Whether a viewer sees a row of tank1, whose parent is north."""
    return can_see(parse_visibility([group]), viewer=viewer, viewer_level=level, owner="tank1", parent="north")


@pytest.mark.parametrize(
    ("group", "seen_by"),
    [
        ("owner", {"tank1"}),
        ("upper_level", {"north"}),
        ("system", {"operator"}),
        ("public", {"tank1", "tank2", "north", "south", "operator"}),
    ],
)
def test_each_group_opens_a_row_to_exactly_its_viewers(group: str, seen_by: set[str]) -> None:
    levels = {"tank1": 1, "tank2": 1, "north": 2, "south": 2, "operator": 3}
    assert {viewer for viewer, level in levels.items() if sees(group, viewer, level)} == seen_by


def test_upper_level_means_the_parent_and_not_everyone_one_level_up() -> None:
    assert sees("upper_level", "north", 2)
    assert not sees("upper_level", "south", 2)
    assert not sees("upper_level", "operator", 3)


def test_a_row_without_a_parent_is_not_open_to_a_viewer_without_a_name() -> None:
    assert not can_see(frozenset({Visibility.UPPER_LEVEL}), viewer="", viewer_level=2, owner="top", parent=None)


def test_no_group_means_nobody() -> None:
    assert not can_see(frozenset(), viewer="tank1", viewer_level=3, owner="tank1", parent="tank1")


def test_a_single_group_may_be_written_alone() -> None:
    assert parse_visibility("owner") == {Visibility.OWNER}
    assert parse_visibility([Visibility.PUBLIC, "system"]) == {Visibility.PUBLIC, Visibility.SYSTEM}


def test_a_misspelt_group_gets_the_nearest_one() -> None:
    with pytest.raises(ConfigError, match=r"'uper_level' is not one of .*Did you mean 'upper_level'"):
        parse_visibility(["owner", "uper_level"])

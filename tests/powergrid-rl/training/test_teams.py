"""Who shares a policy with whom."""

from __future__ import annotations

import pytest
from toy import ToyEnv

from heron.errors import ConfigError
from powergrid_rl.training.teams import Sharing, form_roster, form_teams


def test_equal_spaces_share_one_policy() -> None:
    (team,) = form_teams(ToyEnv(), Sharing.SHARED)
    assert team.agents == ("A", "B", "C")


def test_sharing_over_unequal_spaces_names_agents_and_spaces() -> None:
    with pytest.raises(
        ConfigError, match=r"A, C: observations \(4,\), actions \(2,\); B: observations \(5,\), actions"
    ):
        form_teams(ToyEnv({"odd": "B"}), Sharing.SHARED)


def test_per_type_makes_a_team_of_those_with_equal_spaces() -> None:
    teams = form_teams(ToyEnv({"odd": "B"}), Sharing.PER_TYPE)
    assert [team.agents for team in teams] == [("A", "C"), ("B",)]


def test_independent_agents_are_teams_of_one_named_after_them() -> None:
    teams = form_teams(ToyEnv(), Sharing.INDEPENDENT)
    assert [(team.name, team.agents) for team in teams] == [("A", ("A",)), ("B", ("B",)), ("C", ("C",))]


def test_a_roster_names_the_rows_without_the_one_hot() -> None:
    roster = form_roster(ToyEnv({"agent_one_hot": True}), Sharing.SHARED)
    assert roster.one_hot
    assert roster.names["B"] == ("B.range.target", "clock.range.passed", "B.aim0.c0", "B.aim1.c1")
    # three targets, a clock and three pairs of aims
    assert roster.n_state == 3 + 1 + 6

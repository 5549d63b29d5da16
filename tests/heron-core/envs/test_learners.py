"""Whose actions come from outside."""

from __future__ import annotations

import pytest

from heron.agents import FieldAgent, roster
from heron.envs import choose_learners
from heron.envs.demo import House, Room
from heron.errors import ConfigError

AGENTS = roster([House("h1", {"r1": Room("r1"), "meter": FieldAgent("meter")}), House("h2", {"r2": Room("r2")})])


@pytest.mark.parametrize(
    ("learners", "chosen"),
    [
        ("coordinators", ("h1", "h2")),
        ("devices", ("r1", "r2")),
        (["h2", "r1"], ("h2", "r1")),
        ([], ()),
    ],
)
def test_learners_are_chosen_by_level_or_by_name(learners: str | list[str], chosen: tuple[str, ...]) -> None:
    assert choose_learners(AGENTS, learners) == chosen


@pytest.mark.parametrize(
    ("learners", "message"),
    [
        ("device", "learners='device' is neither 'coordinators' nor 'devices'. Did you mean 'devices'"),
        ("h1", r"For one agent write \['h1'\]"),
        (["h3"], "Learner 'h3' is not an agent. Did you mean 'h"),
        (["h1", "h1"], r"Learners are named twice: \['h1', 'h1'\]"),
    ],
)
def test_a_choice_that_fits_nobody_is_refused(learners: str | list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        choose_learners(AGENTS, learners)

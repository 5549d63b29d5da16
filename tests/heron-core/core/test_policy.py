"""Policies that come with heron."""

from __future__ import annotations

import numpy as np
import pytest

from heron.core import ConstantPolicy, Observation, RandomPolicy
from heron.errors import ActionError


def nothing_seen(n_env: int) -> Observation:
    return Observation(
        agent_id="north",
        names=[],
        values=np.zeros((n_env, 0), dtype=np.float32),
        physical=np.zeros((0, n_env)),
        time_s=np.zeros(n_env),
    )


@pytest.mark.parametrize(("action", "row"), [(0.5, [0.5, 0.5]), ([0.1, -0.1], [0.1, -0.1])])
def test_a_constant_is_given_once_per_environment(action: float | list[float], row: list[float]) -> None:
    policy = ConstantPolicy(action)
    policy.attach(2)
    np.testing.assert_array_equal(policy.act(nothing_seen(3)), [row] * 3)


def test_a_constant_that_is_not_attached_has_its_own_size() -> None:
    assert ConstantPolicy([1.0, 2.0, 3.0]).act(nothing_seen(1)).shape == (1, 3)


def test_a_constant_of_the_wrong_size_names_the_agent() -> None:
    policy = ConstantPolicy([1.0, 2.0])
    policy.attach(3)
    with pytest.raises(ActionError, match=r"Constant action of shape \(2,\) for agent 'north', which takes 3 values"):
        policy.act(nothing_seen(1))


def test_random_actions_of_an_environment_come_from_its_own_stream() -> None:
    policy = RandomPolicy()
    policy.attach(2)
    policy.reset([np.random.default_rng(4), np.random.default_rng(5)])
    drawn = policy.act(nothing_seen(2))
    np.testing.assert_array_equal(drawn[0], np.random.default_rng(4).uniform(-1.0, 1.0, 2))
    np.testing.assert_array_equal(drawn[1], np.random.default_rng(5).uniform(-1.0, 1.0, 2))


def test_random_actions_are_drawn_between_the_bounds_given() -> None:
    policy = RandomPolicy(low=3.0, high=4.0)
    policy.attach(100)
    drawn = policy.act(nothing_seen(1))
    assert drawn.min() >= 3.0
    assert drawn.max() <= 4.0


def test_random_actions_without_streams_repeat_with_the_seed() -> None:
    first, second, other = RandomPolicy(1), RandomPolicy(1), RandomPolicy(2)
    for policy in (first, second, other):
        policy.attach(3)
    drawn = first.act(nothing_seen(2))
    np.testing.assert_array_equal(drawn, second.act(nothing_seen(2)))
    assert not np.array_equal(drawn, other.act(nothing_seen(2)))


def test_an_agent_without_actions_gets_none() -> None:
    assert RandomPolicy().act(nothing_seen(2)).shape == (2, 0)

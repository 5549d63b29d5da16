"""Observations: looked up by row name."""

from __future__ import annotations

import numpy as np
import pytest

from heron.core import Observation
from heron.errors import UnknownNameError


def seen(n_env: int = 2) -> Observation:
    physical = np.arange(4.0 * n_env).reshape(4, n_env)
    return Observation(
        agent_id="north",
        names=["tank1.water.level_m", "tank2.water.level_m", "north.inbox.price", "price"],
        values=physical.T.astype(np.float32),
        physical=physical,
        time_s=np.zeros(n_env),
    )


def test_a_row_is_found_by_name_or_ending() -> None:
    observation = seen()
    np.testing.assert_array_equal(observation["tank2.water.level_m"], [2.0, 3.0])
    np.testing.assert_array_equal(observation["inbox.price"], [4.0, 5.0])
    np.testing.assert_array_equal(observation["inbox.price"], [4.0, 5.0])
    assert observation.found["inbox.price"] == 2


def test_a_full_name_goes_before_an_ending() -> None:
    np.testing.assert_array_equal(seen()["price"], [6.0, 7.0])


def test_an_ambiguous_or_unknown_row_is_an_error() -> None:
    with pytest.raises(UnknownNameError, match=r"'level_m' fits several rows 'north' sees: \['tank1.water.level_m'"):
        seen()["level_m"]
    with pytest.raises(UnknownNameError, match=r"'north' does not see 'inbox.prices'. Did you mean 'north.inbox.price"):
        seen()["inbox.prices"]


def test_the_vector_of_one_environment_has_one_dimension() -> None:
    assert seen(1).vector().shape == (4,)
    assert seen(3).vector().shape == (3, 4)

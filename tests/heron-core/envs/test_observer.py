"""Observing: what is shown, how it is scaled, what is clipped."""

from __future__ import annotations

import numpy as np
import pytest

from heron.core import Quantity, StateTable, TableBuilder
from heron.envs import Observer, ObserverOptions
from heron.errors import UnknownNameError


def table_of(n_env: int = 2) -> StateTable:
    builder = TableBuilder(n_env)
    level = Quantity(name="level_m", initial=3.0, offset=1.0, scale=4.0, visibility=["owner"])  # type: ignore[arg-type]
    rain = Quantity(name="rain", initial=0.5, visibility=["public"])  # type: ignore[arg-type]
    books = Quantity(name="books", initial=7.0, visibility=[])  # type: ignore[arg-type]
    builder.add_block(["a", "b"], level, feature="water")
    builder.add_block(["world"], rain, feature="weather")
    builder.add_block(["a"], books, feature="account")
    table = builder.build()
    for row, owner in ((0, "a"), (1, "b"), (3, "a")):
        table.own([row], agent_id=owner, parent_id=None)
    return table


def observer_of(table: StateTable, **options: bool) -> Observer:
    return Observer(table, {"a": 1, "b": 1, "c": 1}, ["a", "b"], ObserverOptions(**options))


def test_each_learner_is_shown_its_rows_scaled() -> None:
    table = table_of()
    table["a.water.level_m"][1] = 5.0
    vectors, clipped = observer_of(table).vectors()
    # (3 - 1) / 4 = 0.5, (5 - 1) / 4 = 1; rain as it is
    np.testing.assert_array_equal(vectors["a"], np.array([[0.5, 0.5], [1.0, 0.5]], dtype=np.float32))
    assert vectors["a"].dtype == np.float32
    assert vectors.stacked.flags.c_contiguous
    np.testing.assert_array_equal(vectors.stacked, np.hstack([vectors["a"], vectors["b"]]))
    assert clipped["a"].tolist() == [0, 0]


def test_names_are_those_of_the_rows() -> None:
    observer = observer_of(table_of())
    assert observer.names("b") == ["b.water.level_m", "world.weather.rain"]
    assert observer.names("c") == ["world.weather.rain"]


def test_what_lies_beyond_the_box_is_clipped_and_counted() -> None:
    table = table_of()
    # (45 - 1) / 4 = 11, and rain of -20
    table["a.water.level_m"][0] = 45.0
    table["rain"][...] = [-20.0, 1.0]
    vectors, clipped = observer_of(table).vectors()
    np.testing.assert_array_equal(vectors["a"], np.array([[10.0, -10.0], [0.5, 1.0]], dtype=np.float32))
    assert clipped["a"].tolist() == [2, 0]
    assert clipped["b"].tolist() == [1, 0]


@pytest.mark.parametrize("n_env", [1, 100])  # few entries are looked through without numpy
@pytest.mark.parametrize(("rain", "shown"), [(-20.0, -10.0), (20.0, 10.0)])
def test_each_bound_of_the_box_is_kept_for_few_and_many_entries(n_env: int, rain: float, shown: float) -> None:
    table = table_of(n_env)
    table["rain"][0] = rain
    vectors, clipped = observer_of(table).vectors()
    assert vectors["a"][0].tolist() == [0.5, shown]
    assert clipped["a"].tolist() == [1, *[0] * (n_env - 1)]


def test_the_edge_of_the_box_is_not_clipped() -> None:
    table = table_of(1)
    table["rain"][0] = 10.0
    assert observer_of(table).vectors()[1]["a"].tolist() == [0]


def test_physical_observations_are_neither_scaled_nor_clipped() -> None:
    table = table_of(1)
    table["rain"][0] = -20.0
    observer = observer_of(table, scaled=False)
    np.testing.assert_array_equal(observer.vectors()[0]["a"], np.array([[3.0, -20.0]], dtype=np.float32))
    assert observer.space("a").high.tolist() == [np.inf, np.inf]


def test_full_observability_shows_everything_but_what_is_open_to_nobody() -> None:
    observer = observer_of(table_of(), full=True)
    assert observer.names("c") == ["a.water.level_m", "b.water.level_m", "world.weather.rain"]


def test_the_mark_of_a_learner_comes_last() -> None:
    observer = observer_of(table_of(), one_hot=True)
    vectors, _ = observer.vectors()
    np.testing.assert_array_equal(vectors["b"][:, 2:], [[0.0, 1.0], [0.0, 1.0]])
    assert observer.names("b")[2:] == ["is.a", "is.b"]
    assert observer.names("c") == ["world.weather.rain"]
    assert observer.space("a").shape == (4,)
    np.testing.assert_array_equal(observer.observe("b", np.zeros(2)).values, vectors["b"])


@pytest.mark.parametrize("one_hot", [False, True])
def test_a_policy_sees_what_a_learner_is_given(one_hot: bool) -> None:
    table = table_of()
    table["rain"][...] = [30.0, -1.0]
    observer = observer_of(table, one_hot=one_hot)
    observation = observer.observe("a", np.array([0.0, 3600.0]))
    np.testing.assert_array_equal(observation.values, observer.vectors()[0]["a"])
    np.testing.assert_array_equal(observation["rain"], [30.0, -1.0])
    assert observation.time_s.tolist() == [0.0, 3600.0]


def test_an_observation_stays_as_it_was() -> None:
    table = table_of()
    observer = observer_of(table)
    observation, (vectors, _) = observer.observe("a", np.zeros(2)), observer.vectors()
    table.values[...] = 0.0
    assert observation["level_m"].tolist() == [3.0, 3.0]
    assert vectors["a"][0, 0] == 0.5


def test_the_critics_state_has_every_row_of_the_learners_once() -> None:
    table = table_of()
    table["rain"][0] = 99.0
    observer = observer_of(table, scaled=False)
    assert observer.state_names() == ["a.water.level_m", "b.water.level_m", "world.weather.rain"]
    np.testing.assert_array_equal(observer.state(), np.array([[0.5, 0.5, 10.0], [0.5, 0.5, 0.5]], dtype=np.float32))


def test_a_stranger_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="Nobody is called 'aa'"):
        observer_of(table_of()).observe("aa", np.zeros(2))


def test_without_learners_nothing_is_shown() -> None:
    observer = Observer(table_of(), {"a": 1}, [], ObserverOptions())
    assert observer.vectors() == ({}, {})
    assert observer.state().shape == (2, 0)

"""Devices written as objects, in one environment and in several."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from heron.agents import FieldAgent
from heron.core import FeatureProvider, RandomPolicy, SeedTree, StateTable, TableBuilder, quantity
from heron.errors import StateError
from heron.plant import ObjectBank
from heron.types import FloatArray


class Level(FeatureProvider):
    level_m: float = quantity(2.0, unit="m")


class Diary(FeatureProvider):
    """Explicit style; remembers more than it shows."""

    def __init__(self) -> None:
        self.entries: list[float] = []

    def vector(self) -> FloatArray:
        return np.array([len(self.entries)], dtype=np.float64)

    def names(self) -> list[str]:
        return ["pages"]


class Tank(FieldAgent):
    """Its level rises by what flows in, times the rain; it remembers how often it was full."""

    def __init__(self, agent_id: str, area_m2: float = 1.0, **keywords: Any) -> None:
        self.area_m2 = area_m2
        self.times_full = 0
        self.marks: list[float] = []
        self.level = Level()
        super().__init__(agent_id, **keywords)

    def set_state(self) -> None:
        self.state.features = [self.level, Diary()]

    def set_action(self) -> None:
        self.action.set_specs(dim_c=1, dim_d=1, ncats=2, range=[[0.0], [2.0]], names=["inflow"])

    def begin_episode(self, rng: np.random.Generator) -> None:
        self.level.level_m = rng.uniform(1.0, 3.0)

    def apply_action(self) -> None:
        self.inflow = float(self.action.c[0]) * (1 + int(self.action.d[0]))

    def update_state(self, step_s: float, rain: float = 1.0) -> None:
        self.level.level_m += self.inflow * rain * step_s / self.area_m2
        self.marks.append(self.level.level_m)
        self.times_full += self.level.level_m > 5.0
        self.state[Diary].entries.append(self.level.level_m)

    def update_cost_safety(self, **exogenous: Any) -> None:
        self.cost = self.inflow * exogenous["rain"]
        self.safety = float(self.times_full)


def bank_of(*tanks: Tank, n_env: int = 1) -> tuple[ObjectBank, StateTable]:
    bank, builder = ObjectBank(tanks), TableBuilder(n_env)
    bank.declare(builder)
    table = builder.build()
    bank.connect(table)
    return bank, table


def rain_of_column(_: object, env: int) -> dict[str, float]:
    return {"step_s": 1.0, "rain": 1.0 + env}


def ask(bank: ObjectBank, table: StateTable, inflow: float, choice: float = 0.0) -> None:
    for block in bank.setpoints.values():
        table.values[block.rows] = [[inflow], [choice]]


def test_every_value_and_setpoint_has_a_row() -> None:
    _, table = bank_of(Tank("t1"))
    assert table.names == ("t1.level.level_m", "t1.diary.pages", "t1.setpoint.inflow", "t1.setpoint.d0")
    assert table.values[:, 0].tolist() == [2.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("n_env", [1, 3])
def test_each_environment_has_its_own_life(n_env: int) -> None:
    bank, table = bank_of(Tank("t1"), n_env=n_env)
    ask(bank, table, 0.5)
    bank.advance(rain_of_column)
    # 2 m + 0.5 · (1 + env) · 1 s / 1 m²
    np.testing.assert_array_equal(table["level_m"], [2.5, 3.0, 3.5][:n_env])
    np.testing.assert_array_equal(table["pages"], [1.0] * n_env)
    cost, safety = bank.account(0)
    np.testing.assert_array_equal(cost, [0.5, 1.0, 1.5][:n_env])
    np.testing.assert_array_equal(safety, [0.0] * n_env)


def test_with_one_environment_the_device_itself_lives() -> None:
    tank = Tank("t1")
    bank, table = bank_of(tank)
    ask(bank, table, 1.0)
    bank.advance(rain_of_column)
    assert (tank.level.level_m, tank.marks) == (3.0, [3.0])


def test_with_several_the_original_shows_all_of_them_and_does_not_live() -> None:
    tank = Tank("t1")
    bank, table = bank_of(tank, n_env=2)
    ask(bank, table, 1.0)
    bank.advance(rain_of_column)
    np.testing.assert_array_equal(tank.level.level_m, [3.0, 4.0])
    np.testing.assert_array_equal(tank.state.vector(), [[3.0, 4.0], [1.0, 1.0]])
    assert tank.marks == []


def test_a_setpoint_beyond_its_bounds_is_limited_and_reported() -> None:
    bank, table = bank_of(Tank("t1"))
    ask(bank, table, 9.0)
    bank.advance(rain_of_column)
    assert table["level_m"][0] == 4.0
    assert bank.limited()["t1"].tolist() == [[True], [False]]


def test_a_choice_is_rounded_to_its_category() -> None:
    bank, table = bank_of(Tank("t1"))
    ask(bank, table, 0.5, 0.7)
    bank.advance(rain_of_column)
    # category 1 doubles the inflow of 0.5
    assert table["level_m"][0] == 3.0


def test_setpoints_are_held_until_they_are_replaced() -> None:
    bank, table = bank_of(Tank("t1"))
    ask(bank, table, 0.5)
    bank.advance(rain_of_column)
    bank.advance(rain_of_column)
    assert table["level_m"][0] == 3.0


def test_a_method_gets_the_keywords_that_it_takes() -> None:
    bank, _ = bank_of(Tank("t1"))
    bank.advance(lambda device, env: {"step_s": 1.0, "rain": 2.0, "wind": 7.0})
    with pytest.raises(TypeError, match="step_s"):
        bank.advance(lambda device, env: {"rain": 2.0})


def test_everything_is_asked_of_the_world_before_anything_moves() -> None:
    bank, table = bank_of(Tank("t1"), Tank("t2"))
    ask(bank, table, 1.0)
    bank.advance(lambda device, env: {"step_s": 1.0, "rain": float(table["t1.level.level_m"][0])})
    # both had seen the level of 2 m in t1
    assert table["t2.level.level_m"][0] == 4.0


@pytest.mark.parametrize("n_env", [1, 2])
def test_reset_brings_back_everything_a_device_was_constructed_with(n_env: int) -> None:
    bank, table = bank_of(Tank("t1"), n_env=n_env)
    fresh = table.values.copy()
    ask(bank, table, 2.0)
    for _ in range(3):
        bank.advance(rain_of_column)
    table.values[...] = fresh
    bank.reset(np.arange(n_env))
    np.testing.assert_array_equal(table.values, fresh)
    ask(bank, table, 1.0)
    bank.advance(rain_of_column)
    # 2 + 1 · (1 or 2) is not full: neither the count of full times nor the diary has anything of the first life
    np.testing.assert_array_equal(bank.account(0)[1], [0.0] * n_env)
    np.testing.assert_array_equal(table["pages"], [1.0] * n_env)


def test_reset_of_one_environment_leaves_the_other_alone() -> None:
    bank, table = bank_of(Tank("t1"), n_env=2)
    ask(bank, table, 2.0)
    bank.advance(rain_of_column)
    bank.reset(np.array([0]))
    np.testing.assert_array_equal(table["level_m"], [2.0, 6.0])
    np.testing.assert_array_equal(table["pages"], [0.0, 1.0])
    np.testing.assert_array_equal(bank.account(0)[1], [0.0, 1.0])


@pytest.mark.parametrize("n_env", [1, 2])
def test_a_feature_that_a_device_also_keeps_as_attribute_stays_bound(n_env: int) -> None:
    bank, table = bank_of(Tank("t1"), n_env=n_env)
    bank.restore_state(bank.save_state())
    bank.reset(np.arange(n_env))
    ask(bank, table, 1.0)
    bank.advance(rain_of_column)
    np.testing.assert_array_equal(table["level_m"], [3.0, 4.0][:n_env])


def test_an_attribute_that_came_up_in_an_episode_is_gone_in_the_next() -> None:
    tank = Tank("t1")
    bank, _ = bank_of(tank)
    bank.advance(rain_of_column)
    assert hasattr(tank, "inflow")
    bank.reset(np.array([0]))
    assert not hasattr(tank, "inflow")


def test_a_devices_action_is_part_of_its_life() -> None:
    tank = Tank("t1")
    bank, table = bank_of(tank)
    ask(bank, table, 1.5, 1.0)
    bank.advance(rain_of_column)
    saved = bank.save_state()
    bank.reset(np.array([0]))
    assert tank.action.vector().tolist() == [0.0, 0.0]
    bank.restore_state(saved)
    assert tank.action.vector().tolist() == [1.5, 1.0]


def test_episodes_begin_as_the_environments_own_stream_says() -> None:
    bank, table = bank_of(Tank("t1"), Tank("t2"), n_env=2)
    trees = [SeedTree(5), SeedTree(6)]
    bank.reset(np.array([0, 1]), trees)
    expected = SeedTree(6).generator("t1", "begin").uniform(1.0, 3.0)
    assert table["t1.level.level_m"][1] == expected
    assert len(set(table.values[[0, 4]].ravel().tolist())) == 4


@pytest.mark.parametrize("n_env", [1, 3])
def test_going_on_after_a_restore_equals_never_having_stopped(n_env: int) -> None:
    bank, table = bank_of(Tank("t1"), Tank("t2", area_m2=3.0), n_env=n_env)
    ask(bank, table, 1.3)
    bank.advance(rain_of_column)
    saved, values = bank.save_state(), table.values.copy()
    bank.advance(rain_of_column)
    expected, account = table.values.copy(), bank.account(1)
    for target, its_table in ((bank, table), bank_of(Tank("t1"), Tank("t2", area_m2=3.0), n_env=n_env)):
        its_table.values[...] = values
        target.restore_state(saved)
        target.advance(rain_of_column)
        np.testing.assert_array_equal(its_table.values, expected)
        np.testing.assert_array_equal(target.account(1), account)


def test_what_an_explicit_feature_does_not_show_is_saved_too() -> None:
    tank = Tank("t1")
    bank, table = bank_of(tank)
    ask(bank, table, 1.0)
    bank.advance(rain_of_column)
    saved = bank.save_state()
    bank.advance(rain_of_column)
    bank.restore_state(saved)
    assert tank.state[Diary].entries == [3.0]


def test_copies_share_the_policy_of_the_agent() -> None:
    policy = RandomPolicy()
    bank, _ = bank_of(Tank("t1", policy=policy), n_env=3)
    seen = []
    bank.advance(lambda device, env: seen.append(device) or {"step_s": 1.0, "rain": 1.0})  # type: ignore[func-returns-value]
    assert len({id(device) for device in seen}) == 3
    assert all(device.policy is policy for device in seen)


def test_a_vector_that_changes_its_length_is_refused() -> None:
    class Growing(Diary):
        def vector(self) -> FloatArray:
            return np.array([0.0, *self.entries])

        def names(self) -> list[str]:
            return ["pages"]

    class Grower(Tank):
        def set_state(self) -> None:
            self.state.features = [self.level, Growing()]

        def update_state(self, **exogenous: Any) -> None:
            self.state[Growing].entries.append(1.0)

    bank, _ = bank_of(Grower("t1"))
    with pytest.raises(StateError, match="Growing of 't1' has 1 names but gave 2 values"):
        bank.advance(rain_of_column)


def test_a_bank_without_devices_does_nothing() -> None:
    bank, table = bank_of(n_env=2)
    bank.reset(np.array([0]))
    bank.advance(rain_of_column)
    assert (len(table), bank.limited()) == (0, {})

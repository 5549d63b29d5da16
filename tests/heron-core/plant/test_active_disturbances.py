"""What is in force where."""

from __future__ import annotations

import numpy as np
import pytest

from heron.agents import FieldAgent
from heron.core import FeatureProvider, TableBuilder, quantity
from heron.errors import ConfigError, UnknownNameError
from heron.plant import ActiveDisturbances, DisturbanceKind, DisturbanceParameter, ObjectBank, ObjectPlant

DEPTH = DisturbanceParameter(name="depth_m", unit="m", low=0.0, high=2.0, default=0.0)
WIDTH = DisturbanceParameter(name="width_m", unit="m", default=1.0)
KINDS = {"flood": DisturbanceKind(targets=("cellar", "attic"), parameters=(DEPTH, WIDTH), needs_any=True)}


def test_a_parameter_that_is_not_given_has_its_default() -> None:
    active = ActiveDisturbances(KINDS, 2)
    active.begin("flood", "cellar", {"depth_m": 0.5})
    assert active.value("flood", "cellar", "depth_m").tolist() == [0.5, 0.5]
    assert active.value("flood", "cellar", "width_m").tolist() == [1.0, 1.0]


def test_each_environment_has_its_own() -> None:
    active = ActiveDisturbances(KINDS, 3)
    active.begin("flood", "cellar", {"depth_m": 0.5}, np.array([0, 2]))
    active.begin("flood", "cellar", {"depth_m": 1.5}, np.array([2]))
    assert active.where("flood", "cellar").tolist() == [True, False, True]
    assert active.value("flood", "cellar", "depth_m").tolist() == [0.5, 0.0, 1.5]
    active.end("flood", "cellar", np.array([0]))
    assert active.where("flood", "cellar").tolist() == [False, False, True]
    assert active.value("flood", "cellar", "depth_m").tolist() == [0.0, 0.0, 1.5]


def test_nothing_is_kept_of_what_is_over() -> None:
    active = ActiveDisturbances(KINDS, 2)
    active.begin("flood", "attic", {"depth_m": 0.5})
    active.begin("flood", "cellar", {"depth_m": 0.5})
    assert active.targets("flood") == ["attic", "cellar"]
    active.clear(np.array([0]))
    assert active
    active.end("flood", "attic")
    active.clear(np.array([1]))
    assert not active
    assert active.save_state() == []
    assert active.where("flood", "attic").tolist() == [False, False]


def test_a_disturbance_of_no_environment_is_none() -> None:
    active = ActiveDisturbances(KINDS, 2)
    active.begin("flood", "attic", {"depth_m": 0.5}, np.array([], dtype=np.intp))
    assert not active


def test_one_that_changes_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="'flood' of 'attic' says not what changes. Give one of depth_m, width_m"):
        ActiveDisturbances(KINDS, 1).begin("flood", "attic", {})


def test_an_infinite_number_is_none() -> None:
    with pytest.raises(ConfigError, match="has 'width_m' inf. Give a finite number from -inf to inf"):
        ActiveDisturbances(KINDS, 1).begin("flood", "attic", {"width_m": float("inf")})


def test_what_was_saved_comes_back_and_shares_nothing() -> None:
    active, other = ActiveDisturbances(KINDS, 2), ActiveDisturbances(KINDS, 2)
    active.begin("flood", "attic", {"depth_m": 0.5}, np.array([1]))
    saved = active.save_state()
    active.end("flood", "attic")
    other.restore_state(saved)
    assert other.where("flood", "attic").tolist() == [False, True]
    other.clear(np.array([1]))
    active.restore_state(saved)
    assert active.where("flood", "attic").tolist() == [False, True]
    assert active.value("flood", "attic", "depth_m").tolist() == [0.0, 0.5]


def test_only_some_of_many_names_are_listed() -> None:
    many = {"flood": DisturbanceKind(targets=tuple(f"room{i}" for i in range(40)))}
    with pytest.raises(UnknownNameError, match=r"it can hit room0, .*, room11 and 28 more. Did you mean 'room3'"):
        ActiveDisturbances(many, 1).begin("flood", "rom3", {})


def test_a_plant_knows_none_unless_it_says_so() -> None:
    plant = ObjectPlant([FieldAgent("tank")])
    assert plant.disturbance_kinds() == {}
    with pytest.raises(UnknownNameError, match="The plant knows no disturbance 'flood'; it knows none"):
        plant.begin_disturbance("flood", "cellar", {})


class Level(FeatureProvider):
    level_m: float = quantity(2.0, unit="m")


class Tank(FieldAgent):
    def set_state(self) -> None:
        self.state.features = [Level()]

    def set_action(self) -> None:
        self.action.set_specs(dim_c=1, range=[[0.0], [1.0]], names=["inflow"])

    def update_state(self) -> None:
        self.state[Level].level_m += 1.0

    def update_cost_safety(self) -> None:
        self.cost, self.safety = 3.0, 4.0


@pytest.mark.parametrize("n_env", [1, 2])
def test_an_idle_device_stays_as_it_is_and_costs_nothing(n_env: int) -> None:
    bank, builder = ObjectBank([Tank("tank"), Tank("well")]), TableBuilder(n_env)
    bank.declare(builder)
    table = builder.build()
    bank.connect(table)
    idle = np.zeros((2, n_env), dtype=np.bool_)
    idle[0, 0] = True
    bank.advance(lambda _device, _env: {})
    bank.advance(lambda _device, _env: {}, idle=idle)
    assert table["tank.level.level_m"].tolist() == [3.0, 4.0][:n_env]
    assert table["well.level.level_m"].tolist() == [4.0] * n_env
    cost, safety = bank.account(0)
    assert (cost.tolist(), safety.tolist()) == ([0.0, 3.0][:n_env], [0.0, 4.0][:n_env])

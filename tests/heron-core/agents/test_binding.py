"""Binding: accounts, inboxes, owners, and states of agents."""

from __future__ import annotations

import numpy as np
import pytest

from heron.agents import CoordinatorAgent, FieldAgent, roster
from heron.agents.binding import AgentBinding
from heron.core import FeatureProvider, StateTable, TableBuilder, quantity
from heron.envs.demo import HouseClimate, heating_core
from heron.errors import ConfigError
from heron.protocols import PriceSignalProtocol


class Level(FeatureProvider):
    level_m: float = quantity(2.0)


class Report(FeatureProvider):
    visibility = ("owner",)
    mood: float = quantity(0.5)


class Tank(FieldAgent):
    def set_state(self) -> None:
        self.state.features = [Level()]


def bound(n_env: int = 2, *, with_plant: bool = True) -> tuple[AgentBinding, StateTable, CoordinatorAgent]:
    tank = Tank("north.tank1")
    north = CoordinatorAgent("north", protocol=PriceSignalProtocol(), subordinates={"tank1": tank})
    north.state.features = [Report()]
    binding, builder = AgentBinding(roster([north])), TableBuilder(n_env)
    if with_plant:
        builder.add_block(["north.tank1"], Level(level_m=4.0).declarations()[0], feature="level")
    binding.declare(builder)
    table = builder.build()
    binding.connect(table)
    return binding, table, north


def test_every_agent_has_an_account_that_nobody_sees() -> None:
    _, table, north = bound()
    north.account.cost = 3.0
    np.testing.assert_array_equal(table["north.account.cost"], [3.0, 3.0])
    assert table.row("north.account.cost") not in table.visible_to("north", 3)


def test_account_rows_are_in_the_order_asked_for() -> None:
    binding, table, _ = bound()
    rows = binding.account_rows("safety", ["north.tank1", "north"])
    assert [table.names[row] for row in rows] == ["north.tank1.account.safety", "north.account.safety"]


def test_a_state_takes_the_rows_that_the_plant_has() -> None:
    _, table, north = bound()
    tank = north.subordinates["tank1"]
    np.testing.assert_array_equal(tank.state[Level].level_m, [4.0, 4.0])
    assert table.names.count("north.tank1.level.level_m") == 1


def test_a_state_that_the_plant_does_not_know_gets_rows() -> None:
    _, table, north = bound(with_plant=False)
    north.state[Report].mood = np.array([0.1, 0.2])
    np.testing.assert_array_equal(table["north.report.mood"], [0.1, 0.2])
    np.testing.assert_array_equal(table["north.tank1.level.level_m"], [2.0, 2.0])


def test_agents_own_the_rows_that_speak_of_them() -> None:
    _, table, _ = bound()
    level, mood = table.owners[table.row("level_m")], table.owners[table.row("mood")]
    assert (level.agent_id, level.parent_id) == ("north.tank1", "north")
    assert (mood.agent_id, mood.parent_id) == ("north", None)


def test_what_the_plant_has_given_to_somebody_stays_his() -> None:
    tank = Tank("tank1")
    binding, builder = AgentBinding(roster([tank])), TableBuilder(1)
    rows = builder.add_block(["tank1"], Level().declarations()[0], feature="level")
    binding.declare(builder)
    table = builder.build()
    table.own([rows.start], agent_id="inspector", parent_id=None)
    binding.connect(table)
    assert table.owners[0].agent_id == "inspector"


def test_a_directive_is_written_into_the_inbox_of_its_receiver() -> None:
    binding, table, _ = bound()
    binding.deliver("north.tank1", {"price": np.array([1.0, 2.0]), "remark": "not declared"}, age_s=60.0)
    np.testing.assert_array_equal(table["inbox.price"], [1.0, 2.0])
    np.testing.assert_array_equal(table["inbox.age_s"], [60.0, 60.0])
    price = table.row("inbox.price")
    assert price in table.visible_to("north.tank1", 1)
    assert price in table.visible_to("north", 2)
    assert table.row("inbox.age_s") not in table.visible_to("north", 2)


def test_a_delivery_grows_old_until_the_next() -> None:
    binding, table, _ = bound()
    binding.deliver("north.tank1", {"price": np.zeros(2)})
    binding.let_age(3600.0)
    binding.let_age(1800.0)
    np.testing.assert_array_equal(table["inbox.age_s"], [5400.0, 5400.0])
    binding.deliver("north.tank1", {"price": np.zeros(2)})
    np.testing.assert_array_equal(table["inbox.age_s"], [0.0, 0.0])


def test_what_is_no_message_or_has_no_inbox_is_not_written() -> None:
    binding, table, _ = bound()
    before = table.values.copy()
    binding.deliver("north.tank1", np.ones((2, 1)))
    binding.deliver("north", {"price": np.ones(2)})
    np.testing.assert_array_equal(table.values, before)


def test_an_agent_under_another_name_is_refused() -> None:
    with pytest.raises(ConfigError, match="'tank1' is registered under another name, 'tank2'"):
        AgentBinding({"tank2": Tank("tank1")})


def test_a_subordinate_that_is_not_in_the_environment_is_refused() -> None:
    north = CoordinatorAgent("north", subordinates={"tank1": Tank("tank1")})
    with pytest.raises(ConfigError, match=r"Tank\('tank1', level=1\) is below 'north' but not among"):
        AgentBinding({"north": north})


def test_an_agent_cannot_be_part_of_two_environments() -> None:
    core = heating_core(1)
    with pytest.raises(ConfigError, match="'supplier' is part of another environment, which would lose it"):
        AgentBinding(core.agents)


def test_a_plant_writes_into_the_state_of_an_areas_agent() -> None:
    core = heating_core(1)
    core.reset(seeds=[0])
    house = core.agents["house1"]
    rooms = [room.state.room_climate.temperature_degc for room in house.subordinates.values()]  # type: ignore[attr-defined]
    assert house.state[HouseClimate].coldest_degc == min(rooms)


def test_the_totals_of_a_coordinator_are_read_only() -> None:
    _, _, north = bound()
    with pytest.raises(AttributeError):
        north.cost = 3.0  # type: ignore[misc]
    with pytest.raises(AttributeError):
        north.safety = 3.0  # type: ignore[misc]

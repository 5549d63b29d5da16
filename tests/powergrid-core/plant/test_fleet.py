"""All devices of a plant, bank by bank."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from heron.core.random import SeedTree
from heron.core.table import TableBuilder
from powergrid.agents import DeviceAgent
from powergrid.plant.fleet import Fleet
from powergrid.plant.placement import Placement


def placement(name: str, device: Any, *, node: int = 0, area: int = 0) -> Placement:
    return Placement(name=name, node=node, area=area, agent=DeviceAgent(name, device=device), device=device)


def connected(placements: list[Placement], *, n_env: int = 1) -> Fleet:
    fleet = Fleet(placements)
    builder = TableBuilder(n_env)
    fleet.declare(builder)
    fleet.table = builder.build()  # type: ignore[attr-defined]
    fleet.connect(fleet.table)
    fleet.reset(np.arange(n_env), [SeedTree(env) for env in range(n_env)])
    return fleet


def latch(fleet: Fleet, device: str, *values: float) -> None:
    fleet.table.values[fleet.setpoints[device].rows] = np.array(values)[:, np.newaxis]


def nothing(_device: str, _env: int) -> dict[str, Any]:
    return {}


def test_devices_with_other_setpoints_stand_in_other_banks(kinds) -> None:
    # Engines with and without reactive power cannot share a bank.
    fleet = connected(
        [
            placement("a", kinds.Engine(p_max_mw=1.0), node=3, area=0),
            placement("b", kinds.Cell(capacity_mwh=1.0, p_max_mw=1.0), node=4, area=1),
            placement("c", kinds.Engine(p_max_mw=2.0, q_max_mvar=0.5), node=5, area=1),
            placement("d", kinds.Engine(p_max_mw=3.0), node=6, area=0),
        ]
    )
    assert [bank.names for bank in fleet.array_banks] == [("a", "d"), ("b",), ("c",)]
    assert fleet.names == ("a", "d", "b", "c")
    assert fleet.nodes.tolist() == [3, 6, 4, 5]
    assert fleet.areas.tolist() == [0, 0, 1, 1]
    assert [len(fleet.setpoints[name].fields) for name in "abcd"] == [1, 1, 2, 1]


def test_power_and_cost_stand_in_the_order_of_the_names(kinds) -> None:
    fleet = connected(
        [
            placement("a", kinds.Engine(p_max_mw=1.0, q_max_mvar=0.5, fuel_usd_per_mwh=40.0)),
            placement("b", kinds.Cell(capacity_mwh=1.0, p_max_mw=1.0)),
        ]
    )
    latch(fleet, "a", 0.8, -0.3)
    latch(fleet, "b", -0.2)
    fleet.advance(0.5, nothing)
    np.testing.assert_allclose(fleet.power_mva(), [[0.8 - 0.3j], [-0.2]], atol=1e-15)
    np.testing.assert_allclose(fleet.cost_usd(), [[16.0], [0.0]])  # 0.8 MW for half an hour at 40 USD/MWh


def test_what_is_left_in_storage_is_counted_at_the_terminals(kinds) -> None:
    # Charging 0.5 MW for an hour stores 0.4 MWh, worth 0.32 MWh when it is drawn again; drawing 0.4 MW takes 0.5 MWh,
    # which takes 0.625 MWh to put back.
    fleet = connected(
        [
            placement("b1", kinds.Cell(capacity_mwh=2.0, p_max_mw=1.0), area=1),
            placement("e1", kinds.Engine(p_max_mw=1.0), area=0),
            placement("b2", kinds.Cell(capacity_mwh=2.0, p_max_mw=1.0), area=2),
        ]
    )
    latch(fleet, "b1", -0.5)
    latch(fleet, "b2", 0.4)
    fleet.advance(1.0, nothing)
    np.testing.assert_allclose(fleet.settlement_mwh(4), [[0.0], [0.32], [-0.625], [0.0]], atol=1e-15)


def test_what_is_stored_is_counted_from_the_reset_of_each_environment(kinds) -> None:
    fleet = connected([placement("b1", kinds.Cell(capacity_mwh=2.0, p_max_mw=1.0))], n_env=2)
    latch(fleet, "b1", 0.4)
    fleet.advance(1.0, nothing)
    fleet.reset(np.array([1]), [SeedTree(1)])
    np.testing.assert_allclose(fleet.settlement_mwh(1), [[-0.625, 0.0]], atol=1e-15)


def test_limited_setpoints_are_named_by_device_and_field(kinds) -> None:
    fleet = connected(
        [
            placement("a", kinds.Engine(p_max_mw=1.0, q_max_mvar=0.5)),
            placement("b", kinds.Engine(p_max_mw=1.0, q_max_mvar=0.5)),
            placement("c", kinds.Cell(capacity_mwh=1.0, p_max_mw=1.0)),
        ],
        n_env=2,
    )
    assert fleet.limited() == {}
    latch(fleet, "b", 1.5, 0.0)
    fleet.advance(1.0, nothing)
    limited = fleet.limited()
    assert {name: flags.tolist() for name, flags in limited.items()} == {
        "a": [[False, False], [False, False]],
        "b": [[True, True], [False, False]],
    }


def test_an_empty_fleet_gives_nothing() -> None:
    fleet = connected([], n_env=3)
    fleet.advance(1.0, nothing)
    assert fleet.power_mva().shape == fleet.cost_usd().shape == fleet.accounts()[1].shape == (0, 3)
    assert fleet.limited() == {}
    np.testing.assert_array_equal(fleet.settlement_mwh(2), np.zeros((2, 3)))


def test_a_saved_fleet_can_be_taken_back(kinds) -> None:
    fleet = connected([placement("b1", kinds.Cell(capacity_mwh=2.0, p_max_mw=1.0))])
    latch(fleet, "b1", 0.4)
    fleet.advance(1.0, nothing)
    saved, values = fleet.save_state(), fleet.table.values.copy()
    worth = fleet.settlement_mwh(1)
    fleet.reset(np.array([0]), [SeedTree(0)])
    fleet.table.values[...] = values
    fleet.restore_state(saved)
    np.testing.assert_array_equal(fleet.settlement_mwh(1), worth)


def test_what_was_limited_comes_back_with_the_rest(kinds) -> None:
    fleet = connected([placement("a", kinds.Engine(p_max_mw=1.0))], n_env=2)
    latch(fleet, "a", 1.5)
    fleet.advance(1.0, nothing)
    saved = fleet.save_state()
    fleet.reset(np.array([0]), [SeedTree(0)])
    assert fleet.limited()["a"].tolist() == [[False, True]]
    fleet.restore_state(saved)
    assert fleet.limited()["a"].tolist() == [[True, True]]


def test_a_device_answers_a_price_with_its_own_nameplate(kinds) -> None:
    fleet = connected(
        [
            placement("cheap", kinds.Engine(p_max_mw=1.0, fuel_usd_per_mwh=20.0)),
            placement("dear", kinds.Engine(p_max_mw=2.0, fuel_usd_per_mwh=60.0)),
        ],
        n_env=2,
    )
    price = np.array([30.0, 70.0])
    np.testing.assert_array_equal(fleet.respond_to_price("cheap", price), [[1.0, 1.0]])
    np.testing.assert_array_equal(fleet.respond_to_price("dear", price), [[0.0, 2.0]])
    with pytest.raises(KeyError):
        fleet.respond_to_price("nobody", price)

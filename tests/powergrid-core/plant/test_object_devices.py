"""Devices written as objects, beside the banks of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from heron.core.feature import FeatureProvider, quantity
from heron.core.random import SeedTree
from heron.core.table import TableBuilder
from heron.errors import ConfigError
from heron.types import FloatArray
from powergrid.agents import DeviceAgent
from powergrid.core.features import ElectricalBasePh
from powergrid.plant.object_devices import ObjectDevices


def connected(*devices: DeviceAgent, n_env: int = 1) -> ObjectDevices:
    objects = ObjectDevices(devices)
    builder = TableBuilder(n_env)
    objects.declare(builder)
    for device in devices:
        device.account.declare_rows(builder, device.agent_id)
    objects.connect(builder.build())
    objects.reset(np.arange(n_env), [SeedTree(env) for env in range(n_env)])
    return objects


def an_hour(_device: str, _env: int) -> dict[str, Any]:
    return {"step_h": 1.0}


def latch(objects: ObjectDevices, device: str, value: float) -> None:
    objects.bank.table.values[objects.bank.setpoints[device].rows] = value


def test_power_cost_and_violation_are_read_after_the_interval(kinds) -> None:
    objects = connected(kinds.Heater("h1"))
    latch(objects, "h1", 0.75)
    objects.advance(an_hour)
    assert objects.p_mw.tolist() == [[-0.75]]
    assert objects.q_mvar.tolist() == [[-0.375]]
    assert objects.cost_usd.tolist() == [[0.5]]  # half a dollar in the first interval, a dollar in the second
    objects.advance(an_hour)
    assert objects.cost_usd.tolist() == [[1.0]]


def test_each_environment_draws_its_own_start(kinds) -> None:
    heater = kinds.Heater("h1")
    objects = connected(heater, n_env=3)
    starts = [copies[0].temperature_degc for copies in zip(*objects.bank._copies, strict=True)]
    assert len(set(starts)) == 3
    assert all(18.0 <= start <= 22.0 for start in starts)


class Silent(DeviceAgent):
    """Says nothing of its cost."""

    def set_state(self) -> None:
        self.state.features = [ElectricalBasePh()]


def test_a_device_that_sets_no_cost_has_none_however_its_account_was_left() -> None:
    objects = connected(Silent("s1"))
    objects.bank.table.values[objects.bank.table.row("s1.account.cost")] = 7.0
    objects.advance(an_hour)
    assert objects.cost_usd.tolist() == [[0.0]]
    assert objects.q_mvar.tolist() == [[0.0]]


class ActiveOnly(FeatureProvider):
    """A power without a reactive part, in an older spelling."""

    p_MW: float = quantity(0.0, unit="MW")  # noqa: N815 - the older spelling


class Lamp(DeviceAgent):
    """Burns all the time."""

    def set_state(self) -> None:
        self.state.features = [ActiveOnly()]

    def update_state(self, **_: Any) -> None:
        self.state[ActiveOnly].p_MW = -0.25


def test_a_device_without_reactive_power_has_none(kinds) -> None:
    objects = connected(Lamp("l1"), kinds.Heater("h1"), n_env=2)
    latch(objects, "h1", 1.0)
    objects.advance(an_hour)
    assert objects.p_mw.tolist() == [[-0.25, -0.25], [-1.0, -1.0]]
    assert objects.q_mvar.tolist() == [[0.0, 0.0], [-0.5, -0.5]]


class Explicit(FeatureProvider):
    """Attributes of its own."""

    def __init__(self) -> None:
        self.p = 0.0

    def names(self) -> list[str]:
        return ["p_mw"]

    def vector(self) -> FloatArray:
        return np.array([self.p])


class Handmade(DeviceAgent):
    """Keeps its power in an attribute."""

    def set_state(self) -> None:
        self.state.features = [Explicit()]

    def update_state(self, **_: Any) -> None:
        self.state[Explicit].p += 0.125


def test_a_feature_of_the_explicit_style_gives_the_power_too() -> None:
    objects = connected(Handmade("x1"), n_env=2)
    for _ in range(2):
        objects.advance(an_hour)
    assert objects.p_mw.tolist() == [[0.25, 0.25]]
    objects.reset(np.array([1]), [SeedTree(9)])
    assert objects.p_mw.tolist() == [[0.25, 0.0]]


class Powerless(DeviceAgent):
    """Has no state at all."""


class Twice(DeviceAgent):
    """Has two powers."""

    def set_state(self) -> None:
        self.state.features = [ElectricalBasePh(), ActiveOnly()]


def test_a_device_needs_exactly_one_power() -> None:
    with pytest.raises(ConfigError, match="Device 'n1' has no field p_mw in its state: .* ElectricalBasePh"):
        ObjectDevices([Powerless("n1")])
    with pytest.raises(ConfigError, match="Device 't1' has p_mw more than once"):
        ObjectDevices([Twice("t1")])


def test_a_setpoint_outside_its_bounds_is_said_to_be_limited(kinds) -> None:
    objects = connected(kinds.Heater("h1"))
    latch(objects, "h1", 1.5)
    objects.advance(an_hour)
    assert objects.limited["h1"].tolist() == [[True]]
    assert objects.p_mw.tolist() == [[-1.0]]


def test_saved_objects_can_be_taken_back(kinds) -> None:
    objects = connected(kinds.Heater("h1"), n_env=2)
    latch(objects, "h1", 0.5)
    objects.advance(an_hour)
    saved, values = objects.bank.save_state(), objects.bank.table.values.copy()
    objects.advance(an_hour)
    later = (objects.cost_usd.copy(), objects.violation.copy(), objects.q_mvar.copy())
    objects.bank.table.values[...] = values
    objects.q_mvar[...] = 9.0
    objects.restore_state(saved)
    assert objects.q_mvar.tolist() == [[-0.25, -0.25]]
    objects.advance(an_hour)
    for before, after in zip(later, (objects.cost_usd, objects.violation, objects.q_mvar), strict=True):
        np.testing.assert_array_equal(before, after)

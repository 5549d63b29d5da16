"""A bank: rows, views, results and limits of all devices of a kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from heron.core.feature import FeatureProvider, quantity
from heron.core.quantity import Quantity
from heron.core.table import TableBuilder
from heron.errors import ConfigError
from heron.plant.interface import SetpointField
from heron.types import FloatArray
from powergrid.core.features.base import PowerFeature
from powergrid.core.features.electrical import ElectricalBasePh
from powergrid.plant.bank import ArrayBank
from powergrid.plant.device import Block, Device, DeviceInputs, DeviceOutputs, ExogenousField


class Tank(PowerFeature):
    """Water in a tank."""

    row_name = "tank"
    level: float = quantity(0.25, low=0.0, high=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pump(Device):
    """Fills a tank with what it is asked for, at most its rating; wears by what it pumps."""

    carries: ClassVar[tuple[type[FeatureProvider], ...]] = (ElectricalBasePh, Tank)
    rated_mw: float
    start: float = 0.25
    has_valve: bool = False

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        p_mw = SetpointField(name="p_mw", unit="MW", low=0.0, high=self.rated_mw, neutral=0.1 * self.rated_mw)
        return (p_mw, SetpointField(name="valve", low=0.0, high=1.0)) if self.has_valve else (p_mw,)

    def exogenous_fields(self) -> tuple[ExogenousField, ...]:
        return (ExogenousField(quantity=Quantity(name="inflow", initial=0.5), column=f"rain/{self.rated_mw:g}"),)

    def initial_state(self) -> Mapping[str, float]:
        return {"level": self.start}

    def display_scales(self) -> Mapping[str, tuple[float, float]]:
        return {"p_mw": (0.0, self.rated_mw)}

    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        pumped_mw = np.minimum(inputs.setpoint.p_mw, self.rated_mw)
        return DeviceOutputs(
            p_mw=-pumped_mw,
            q_mvar=-0.5 * pumped_mw,
            state={"level": inputs.state.level + pumped_mw * inputs.step_h + 0.0 * inputs.exogenous.inflow},
            cost_usd=2.0 * pumped_mw,
            violation=np.maximum(inputs.state.level - 1.0, 0.0),
            limited={"p_mw": pumped_mw != inputs.setpoint.p_mw},
        )

    def stored_mwh(self, state: Block) -> FloatArray:
        stored: FloatArray = 4.0 * state.level
        return stored

    def respond_to_price(
        self, price_usd_per_mwh: FloatArray, state: Block, exogenous: Block
    ) -> Mapping[str, FloatArray]:
        return {"p_mw": np.where(price_usd_per_mwh < 10.0, self.rated_mw, 0.0)}


class Silent(Pump):
    """Gives nothing but power, and takes no setpoint."""

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        return ()

    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        return DeviceOutputs(p_mw=np.ones(inputs.state.p_mw.shape), q_mvar=np.zeros(inputs.state.p_mw.shape))


PUMPS = (Pump(rated_mw=0.5), Pump(rated_mw=2.0, start=0.75))


def bank_of(devices: Sequence[Device] = PUMPS, n_env: int = 3) -> ArrayBank:
    builder = TableBuilder(n_env)
    bank = ArrayBank(type(devices[0]), [f"MG1.pump{i}" for i in range(len(devices))], devices)
    bank.declare(builder)
    bank.connect(builder.build())
    return bank


def test_rows_lie_quantity_by_quantity() -> None:
    builder = TableBuilder(1)
    bank = ArrayBank(Pump, ["a", "b"], PUMPS)
    bank.declare(builder)
    assert builder.build().names == (
        *("a.electrical.p_mw", "b.electrical.p_mw", "a.electrical.q_mvar", "b.electrical.q_mvar"),
        *("a.tank.level", "b.tank.level", "a.setpoint.p_mw", "b.setpoint.p_mw"),
        *("a.exogenous.inflow", "b.exogenous.inflow"),
    )


def test_each_device_has_its_own_initial_values_and_scales() -> None:
    builder = TableBuilder(2)
    bank = ArrayBank(Pump, ["a", "b"], PUMPS)
    bank.declare(builder)
    table = builder.build()
    bank.connect(table)
    assert bank.state.level.tolist() == [[0.25, 0.25], [0.75, 0.75]]
    assert bank.setpoint.p_mw.tolist() == [[0.05, 0.05], [0.2, 0.2]]
    assert [table.quantities[table.row(f"{name}.electrical.p_mw")].scale for name in "ab"] == [0.5, 2.0]
    assert table.quantities[table.row("b.tank.level")].high == 1.0


def test_advancing_writes_power_state_cost_and_violation() -> None:
    # the first is asked for 1 MW of 0.5, the second for 1 of 2, for half an hour
    bank = bank_of()
    bank.setpoint.p_mw[...] = 1.0
    bank.advance(0.5)
    assert bank.p_mw[:, 0].tolist() == [-0.5, -1.0]
    assert bank.q_mvar[:, 0].tolist() == [-0.25, -0.5]
    assert bank.state.level[:, 0].tolist() == [0.5, 1.25]
    assert bank.cost_usd[:, 0].tolist() == [1.0, 2.0]
    assert bank.limited["p_mw"][:, 0].tolist() == [True, False]
    bank.advance(0.5)
    assert bank.violation[:, 0].tolist() == [0.0, 0.25]


def test_results_are_rows_of_the_table() -> None:
    builder = TableBuilder(1)
    bank = ArrayBank(Pump, ["a", "b"], PUMPS)
    bank.declare(builder)
    table = builder.build()
    bank.connect(table)
    bank.advance(1.0)
    assert table["b.electrical.p_mw"].tolist() == [-0.2]


def test_what_a_kind_does_not_give_is_zero() -> None:
    bank = bank_of([Silent(rated_mw=0.5)])
    bank.cost_usd[...] = 7.0
    bank.advance(1.0)
    assert (bank.cost_usd.tolist(), bank.violation.tolist(), dict(bank.limited)) == ([[0.0] * 3], [[0.0] * 3], {})


def test_reset_forgets_the_account_of_the_named_environments_only() -> None:
    bank = bank_of()
    bank.setpoint.p_mw[...] = 1.0
    bank.advance(0.5)
    bank.reset(np.array([1]))
    assert bank.cost_usd[0].tolist() == [1.0, 0.0, 1.0]
    assert bank.limited["p_mw"].tolist() == [[True, False, True], [False, False, False]]


def test_stored_energy_is_the_kinds() -> None:
    stored = bank_of().stored_mwh()
    assert stored is not None
    assert stored[:, 0].tolist() == [1.0, 3.0]


def test_a_price_is_answered_for_one_device_with_neutral_values_for_the_rest() -> None:
    bank = bank_of([Pump(rated_mw=0.5, has_valve=True), Pump(rated_mw=2.0, has_valve=True)])
    answer = bank.respond_to_price(1, np.array([5.0, 50.0, 9.0]))
    assert answer.tolist() == [[2.0, 0.0, 2.0], [0.0, 0.0, 0.0]]


def test_a_device_without_setpoints_answers_a_price_with_nothing() -> None:
    bank = bank_of([Silent(rated_mw=0.5)])
    assert bank.respond_to_price(0, np.zeros(3)).shape == (0, 3)
    assert bank.setpoint_block(0).rows.tolist() == []


def test_rows_of_one_device_are_found() -> None:
    builder = TableBuilder(1)
    bank = ArrayBank(Pump, ["a", "b"], PUMPS)
    bank.declare(builder)
    table = builder.build()
    bank.connect(table)
    assert [table.names[row] for row in bank.rows(1)] == [
        *("b.electrical.p_mw", "b.electrical.q_mvar", "b.tank.level", "b.setpoint.p_mw", "b.exogenous.inflow")
    ]
    assert [table.names[row] for row in bank.state_rows(1, Tank)] == ["b.tank.level"]
    assert [table.names[row] for row in bank.setpoint_block(0).rows] == ["a.setpoint.p_mw"]


def test_the_series_of_every_device_are_found() -> None:
    bank = bank_of()
    assert [field.column for _, field in bank.exogenous_series()] == ["rain/0.5", "rain/2"]


def test_a_bank_refuses_devices_that_need_other_equations() -> None:
    with pytest.raises(ConfigError, match=r"'b' .* cannot share a bank with 'a' .*Group devices by bank_key"):
        ArrayBank(Pump, ["a", "b"], [Pump(rated_mw=0.5), Pump(rated_mw=0.5, has_valve=True)])

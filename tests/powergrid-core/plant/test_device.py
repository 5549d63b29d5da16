"""The base of array kinds: stacking, what shares a bank, and the values a kind is handed."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from heron.core.quantity import Quantity
from heron.plant.interface import SetpointField
from heron.types import FloatArray
from powergrid.plant.device import Block, Device, DeviceInputs, DeviceOutputs, ExogenousField, variant


@dataclass(frozen=True, slots=True, kw_only=True)
class Pump(Device):
    """Consumes what it is asked to, up to its rating."""

    rated_mw: float
    stages: tuple[float, float] = (0.5, 1.0)
    column: str = ""
    backup: bool = False
    reversible: bool = variant(default=False)
    is_large: bool = variant(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_large", self.rated_mw > 1.0)

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        low = -self.rated_mw if self.reversible else 0.0
        return (SetpointField(name="p_mw", unit="MW", low=low, high=self.rated_mw),)

    def exogenous_fields(self) -> tuple[ExogenousField, ...]:
        return (ExogenousField(quantity=Quantity(name="flow"), column=self.column),) if self.column else ()

    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        p_mw = -np.minimum(inputs.setpoint.p_mw, self.rated_mw)
        return DeviceOutputs(p_mw=p_mw, q_mvar=0.0 * p_mw)


class Answering(Pump):
    def respond_to_price(
        self, price_usd_per_mwh: FloatArray, state: Block, exogenous: Block
    ) -> Mapping[str, FloatArray]:
        return {"p_mw": 0.0 * price_usd_per_mwh}


def test_numbers_stack_into_columns() -> None:
    stacked = Pump.stack([Pump(rated_mw=0.5, backup=True), Pump(rated_mw=0.75, stages=(0.1, 0.2))])
    np.testing.assert_array_equal(stacked.rated_mw, [[0.5], [0.75]])
    np.testing.assert_array_equal(stacked.backup, [[1.0], [0.0]])
    np.testing.assert_array_equal(stacked.stages[0], [[0.5], [0.1]])
    np.testing.assert_array_equal(stacked.stages[1], [[1.0], [0.2]])


def test_text_stacks_into_a_tuple_and_a_variant_keeps_its_value() -> None:
    stacked = Pump.stack([Pump(rated_mw=2.0, column="a"), Pump(rated_mw=3.0, column="b")])
    assert stacked.column == ("a", "b")
    assert stacked.is_large is True
    assert stacked.reversible is False


def test_a_stack_of_one_is_not_the_device_itself() -> None:
    alone = Pump(rated_mw=0.5)
    assert Pump.stack([alone]).rated_mw.shape == (1, 1)  # type: ignore[attr-defined]
    assert alone.rated_mw == 0.5


@pytest.mark.parametrize(
    "other",
    [
        Pump(rated_mw=0.5, column="a"),
        Pump(rated_mw=0.5, reversible=True),
        Pump(rated_mw=2.0),
        Answering(rated_mw=0.5),
    ],
    ids=["series", "variant", "derived variant", "kind"],
)
def test_devices_that_need_other_equations_do_not_share_a_bank(other: Pump) -> None:
    assert other.bank_key() != Pump(rated_mw=0.5).bank_key()


def test_devices_that_differ_in_numbers_share_a_bank() -> None:
    assert Pump(rated_mw=0.5).bank_key() == Pump(rated_mw=0.9, backup=True, stages=(0.0, 0.0)).bank_key()


def test_a_variant_that_is_derived_is_no_parameter() -> None:
    with pytest.raises(TypeError, match="is_large"):
        Pump(rated_mw=0.5, is_large=True)  # type: ignore[call-arg]
    assert "is_large" not in repr(Pump(rated_mw=0.5))


def test_a_kind_says_whether_it_answers_a_price() -> None:
    assert not Pump.responds_to_price()
    assert Answering.responds_to_price()
    with pytest.raises(NotImplementedError):
        Pump(rated_mw=0.5).respond_to_price(np.zeros(1), Block({}), Block({}))


def test_what_a_kind_leaves_out_has_a_default() -> None:
    pump, nothing = Pump(rated_mw=0.5), Block({})
    assert dict(pump.initial_state()) == {}
    assert dict(pump.display_scales()) == {}
    assert pump.stored_mwh(nothing) is None
    np.testing.assert_array_equal(pump.settlement_mwh(np.array([[0.5]])), [[0.5]])


def test_a_block_gives_its_values_by_name() -> None:
    soc = np.zeros((2, 3))
    block = Block({"soc": soc})
    assert block.soc is soc
    assert "soc" in block
    assert "p_mw" not in block
    assert block.names() == ["soc"]
    assert copy.copy(block).soc is soc


def test_a_block_names_what_it_has_when_asked_for_something_else() -> None:
    with pytest.raises(AttributeError, match=r"No value 'sco'; there are \['p_mw', 'soc'\]"):
        _ = Block({"soc": np.zeros((1, 1)), "p_mw": np.zeros((1, 1))}).sco

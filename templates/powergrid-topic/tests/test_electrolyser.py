"""The electrolyser keeps energy and money, in one copy or in many, and PowerGrid finds it."""

from __future__ import annotations

import numpy as np
import pytest
from heron.errors import ConfigError
from powergrid.config import build_parameters
from powergrid.plant.device import Block, DeviceInputs, DeviceOutputs
from powergrid.plugins import device_registry

from powergrid_topic import Electrolyser

SMALL = Electrolyser(p_rated_mw=2.0, efficiency=0.6, hydrogen_value_usd_per_mwh=100.0)
LARGE = Electrolyser(p_rated_mw=5.0, efficiency=0.7, hydrogen_value_usd_per_mwh=80.0)


def advance(devices: list[Electrolyser], p_mw: np.ndarray, *, step_h: float = 1.0) -> DeviceOutputs:
    state = Block({"hydrogen_mwh": np.zeros_like(p_mw)})
    inputs = DeviceInputs(state, Block({"p_mw": p_mw}), Block({}), step_h)
    return Electrolyser.stack(devices).advance(inputs)


def test_it_is_registered_by_its_entry_point() -> None:
    registry = device_registry()
    assert registry["Electrolyser"] is Electrolyser
    assert registry.origin("Electrolyser").distribution == "powergrid-topic"


def test_it_is_built_from_a_configuration() -> None:
    assert build_parameters(Electrolyser, {"p_rated_mw": 2}, "h2") == Electrolyser(p_rated_mw=2.0)
    with pytest.raises(ConfigError, match="efficiency must be above 0 and at most 1, not 1.2"):
        build_parameters(Electrolyser, {"p_rated_mw": 2, "efficiency": 1.2}, "h2")


def test_hydrogen_and_income_follow_from_the_energy() -> None:
    # 1.5 MW for half an hour are 0.75 MWh; at 60 % that is 0.45 MWh of hydrogen, sold for 45 USD
    outputs = advance([SMALL], np.array([[-1.5]]), step_h=0.5)
    assert outputs.p_mw.item() == -1.5
    assert outputs.state["hydrogen_mwh"].item() == pytest.approx(0.45, rel=1e-12)
    assert outputs.cost_usd is not None
    assert outputs.cost_usd.item() == pytest.approx(-45.0, rel=1e-12)


def test_a_setpoint_outside_the_rating_is_limited_and_said_to_be() -> None:
    outputs = advance([SMALL], np.array([[-3.0, -1.0, 0.5]]))
    assert outputs.p_mw.tolist() == [[-2.0, -1.0, 0.0]]
    assert outputs.limited["p_mw"].tolist() == [[True, False, True]]


def test_one_device_and_many_give_the_same_bits() -> None:
    p_mw = np.linspace(-6.0, 1.0, 14).reshape(2, 7)
    together = advance([SMALL, LARGE], p_mw)
    for row, device in enumerate((SMALL, LARGE)):
        for column in range(7):
            alone = advance([device], p_mw[row : row + 1, column : column + 1])
            assert alone.state["hydrogen_mwh"].item() == together.state["hydrogen_mwh"][row, column]


def test_it_runs_while_electricity_is_cheaper_than_hydrogen() -> None:
    # hydrogen for 100 USD/MWh at 60 %: worth running below 60 USD/MWh
    answer = SMALL.respond_to_price(np.array([59.0, 61.0]), Block({}), Block({}))
    assert answer["p_mw"].tolist() == [-2.0, 0.0]

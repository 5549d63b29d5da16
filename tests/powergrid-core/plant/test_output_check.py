"""Mistakes of somebody writing a first kind are named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from heron.errors import StateError
from powergrid.plant.device import DeviceOutputs
from powergrid.plant.output_check import check_outputs

SHAPE = (2, 3)
ZERO = np.zeros(SHAPE)


def check(outputs: Any) -> None:
    check_outputs(outputs, kind="Boiler", state=["p_mw", "q_mvar", "fill"], setpoints=["p_mw"], shape=SHAPE)


def test_outputs_that_fit_pass() -> None:
    check(DeviceOutputs(p_mw=ZERO, q_mvar=np.zeros((2, 1)), state={"fill": ZERO}, limited={"p_mw": ZERO > 0.0}))


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ((ZERO, ZERO), r"Boiler.advance returned tuple. Return DeviceOutputs"),
        (DeviceOutputs(p_mw=ZERO, q_mvar=ZERO, state={"filll": ZERO}), r"state 'filll'.*Did you mean 'fill'\?"),
        (DeviceOutputs(p_mw=ZERO, q_mvar=ZERO, limited={"p": ZERO > 0.0}), r"limited 'p'; there is \['p_mw'\]"),
        (DeviceOutputs(p_mw=np.zeros(5), q_mvar=ZERO), r"p_mw of shape \(5,\), expected \(2, 3\)"),
        (DeviceOutputs(p_mw=ZERO, q_mvar=ZERO, cost_usd=np.zeros((3, 2))), r"cost_usd of shape \(3, 2\)"),
    ],
)
def test_outputs_that_do_not_fit_are_refused(outputs: Any, message: str) -> None:
    with pytest.raises(StateError, match=message):
        check(outputs)

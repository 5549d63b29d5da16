from __future__ import annotations

from typing import Any

import pytest

from powergrid.errors import NetworkError
from powergrid.networks.feeder_options import FeederOptions
from powergrid.networks.ieee13_table import IEEE13
from powergrid.networks.ieee34_table import IEEE34


def test_a_regulator_left_out_keeps_its_published_tap() -> None:
    options = FeederOptions(name="F", regulator_taps={"reg2": 2})
    assert options.tap_positions(IEEE34) == {"reg1": 7, "reg2": 2}


def test_an_unknown_regulator_is_named_with_the_nearest() -> None:
    with pytest.raises(NetworkError, match=r"no regulator 'reg2', only \['reg1'\].*Did you mean 'reg1'"):
        FeederOptions(name="F", regulator_taps={"reg2": 2}).tap_positions(IEEE13)


@pytest.mark.parametrize("position", [17, -17, 2.5])
def test_a_tap_outside_the_regulator_is_refused(position: Any) -> None:
    with pytest.raises(NetworkError, match=r"tap .* of regulator 'reg1' is no whole number within ±16"):
        FeederOptions(name="F", regulator_taps={"reg1": position}).tap_positions(IEEE13)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": " "}, "needs a name"),
        ({"load_scale": -0.1}, r"load_scale is -0\.1, not a number from 0 up"),
        ({"capacitor_scale": float("nan")}, "capacitor_scale is nan"),
        ({"slack_vm_pu": 0.0}, r"slack_vm_pu is 0\.0, not within 0 to 2"),
        ({"variant": "drop-preserving"}, r"variant is 'drop-preserving'.*Did you mean 'drop_preserving'"),
        ({"load_model": "ZIP"}, r"load_model is 'ZIP'.*Did you mean 'zip'"),
    ],
)
def test_an_option_that_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        FeederOptions(**({"name": "F"} | changes))

"""A kind's parameters are checked by name, type and by the kind itself, and the place is named."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from heron.errors import ConfigError
from powergrid.config import InvalidConfigError, build_parameters

if TYPE_CHECKING:
    from decimal import Decimal

WHERE = "microgrid_configs[0].devices[1].device_state_config"


class Curve(Enum):
    FLAT = "flat"
    STEEP = "steep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Boiler:
    """A kind with a parameter of every sort."""

    bus: str
    p_max_mw: float
    p_min_mw: float = 0.0
    ramp_mw_per_h: float = math.inf
    cost_curve_coefs: tuple[float, float, float] = (0.0, 0.0, 0.0)
    profile: str | None = None
    n_unit: int = 1
    curve: Curve = Curve.FLAT

    def __post_init__(self) -> None:
        if self.p_min_mw > self.p_max_mw:
            raise ValueError(f"p_min_mw {self.p_min_mw} is above p_max_mw {self.p_max_mw}.")


def build(**values: Any) -> Boiler:
    return build_parameters(Boiler, {"bus": "Bus 633", "p_max_mw": 2, **values}, WHERE)


def test_values_arrive_in_the_types_of_the_kind() -> None:
    built = build(cost_curve_coefs=[40, 34, 0], p_min_MW=0.5, n_unit=np.int64(3), curve="steep")
    assert built == Boiler(
        bus="Bus 633", p_max_mw=2.0, p_min_mw=0.5, cost_curve_coefs=(40.0, 34.0, 0.0), n_unit=3, curve=Curve.STEEP
    )
    assert isinstance(built.p_max_mw, float)


def test_a_limit_may_be_infinite() -> None:
    assert build(ramp_mw_per_h=math.inf).ramp_mw_per_h == math.inf


def test_every_finding_comes_at_once_with_its_path() -> None:
    with pytest.raises(InvalidConfigError) as raised:
        build_parameters(Boiler, {"p_max_Mw": 2.0, "n_unit": 1.5, "cost_curve_coefs": [1, 2], "curve": "low"}, WHERE)
    assert [str(finding).removeprefix(WHERE + ".") for finding in raised.value.findings] == [
        "p_max_Mw: unknown key. Did you mean 'p_max_mw'?",
        "n_unit: expected a whole number, not 1.5.",
        "cost_curve_coefs: expected a list of 3 values, not [1, 2].",
        "curve: expected 'flat' or 'steep', not 'low'.",
        "bus: is missing.",
        "p_max_mw: is missing.",
    ]


def test_a_parameter_under_two_spellings_is_refused() -> None:
    with pytest.raises(ConfigError, match="'p_max_mw' and 'p_max_MW' are the same parameter"):
        build(p_max_MW=3.0)


def test_what_the_kind_refuses_is_told_with_the_place() -> None:
    with pytest.raises(
        ConfigError, match=r"Boiler has 1 finding:\n  - microgrid_configs\[0\].*: p_min_mw 3.0 is above"
    ):
        build(p_min_mw=3)


def test_a_kind_that_is_no_dataclass_cannot_be_built() -> None:
    with pytest.raises(TypeError, match="Device kind int is not a dataclass"):
        build_parameters(int, {}, WHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A third party's kind with a type that exists for type checkers only."""

    p_max_mw: float
    helper: Decimal | None = None


def test_a_kind_whose_types_are_not_all_at_hand_is_still_checked() -> None:
    assert build_parameters(Foreign, {"p_max_mw": 1, "helper": None}, WHERE).p_max_mw == 1.0
    with pytest.raises(ConfigError, match=r"p_max_mw: expected a number, not 'much'"):
        build_parameters(Foreign, {"p_max_mw": "much"}, WHERE)

"""Every equation gives one device in one environment the bits it gives 300 devices in 64."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, is_dataclass
from typing import Any

import numpy as np
import pytest

from powergrid.utils.cost import quadratic_cost
from powergrid_devices.physics.apparent_power import reactive_room_mvar, reactive_share
from powergrid_devices.physics.availability import fed_in_mw
from powergrid_devices.physics.commitment import carry_out
from powergrid_devices.physics.consumption import shed_cost_usd, supplied
from powergrid_devices.physics.limiting import was_limited
from powergrid_devices.physics.price_response import economic_power_mw, threshold_power_mw
from powergrid_devices.physics.ramp import ramp_range_mw
from powergrid_devices.physics.state_of_charge import next_soc, outside_window
from powergrid_devices.physics.storage_power import power_range_mw
from powergrid_devices.physics.storage_value import degradation_usd, terminal_energy_mwh

N_DEV, N_ENV = 300, 64
CELLS = ("capacity_mwh", "eta_charge", "eta_discharge")

# function, states (n_dev, n_env), parameters (n_dev, 1), whether it takes the length of the interval
EQUATIONS: list[tuple[Callable[..., Any], tuple[str, ...], tuple[str, ...], bool]] = [
    (next_soc, ("soc", "p_mw"), CELLS, True),
    (outside_window, ("soc",), ("soc_min", "soc_max"), False),
    (power_range_mw, ("soc",), ("soc_min", "soc_max", *CELLS, "p_min_mw", "p_max_mw"), True),
    (degradation_usd, ("change_mwh",), ("degradation_usd_per_mwh",), False),
    (terminal_energy_mwh, ("change_mwh",), ("eta_charge", "eta_discharge"), False),
    (reactive_room_mvar, ("p_mw",), ("s_rated_mva",), False),
    (reactive_share, ("p_mw",), ("p_max_mw", "q_ramp_in_fraction"), False),
    (ramp_range_mw, ("p_mw",), ("p_min_mw", "p_max_mw", "ramp_mw_per_h"), True),
    (fed_in_mw, ("availability", "curtailment"), ("p_rated_mw",), False),
    (was_limited, ("asked", "given"), (), False),
    (quadratic_cost, ("p_mw",), ("a", "b", "c"), False),
    (
        carry_out,
        ("wanted", "committed", "transition_h"),
        ("startup_time_h", "shutdown_time_h"),
        True,
    ),
]


def random_values(name: str, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    values = rng.uniform(0.05, 1.0, shape)
    if name in ("p_mw", "change_mwh"):
        return values - 0.5
    if name == "p_min_mw":
        return -values
    return values > 0.5 if name in ("wanted", "committed") else values


def flat(result: Any) -> list[np.ndarray]:
    parts = astuple(result) if is_dataclass(result) else result if isinstance(result, tuple) else (result,)
    return [np.asarray(part) for part in parts]


@pytest.mark.parametrize(
    ("equation", "states", "parameters", "timed"), EQUATIONS, ids=lambda v: getattr(v, "__name__", "")
)
def test_an_equation_gives_the_same_bits_alone_and_in_a_bank(
    equation: Callable[..., Any], states: tuple[str, ...], parameters: tuple[str, ...], timed: bool
) -> None:
    rng = np.random.default_rng(0)
    state = [random_values(name, (N_DEV, N_ENV), rng) for name in states]
    parameter = {name: random_values(name, (N_DEV, 1), rng) for name in parameters}
    step = {"step_h": 0.7} if timed else {}
    bank = flat(equation(*state, **parameter, **step))
    for device, env in rng.integers((N_DEV, N_ENV), size=(40, 2)):
        one = slice(device, device + 1), slice(env, env + 1)
        alone = {name: column[one[0]] for name, column in parameter.items()}
        numbers = {name: float(column[device, 0]) for name, column in parameter.items()}
        for settings in (alone, numbers):
            for whole, part in zip(bank, flat(equation(*(s[one] for s in state), **settings, **step)), strict=True):
                assert np.array_equal(whole[one], part)


def test_consumption_gives_the_same_bits_alone_and_in_a_bank() -> None:
    rng = np.random.default_rng(1)
    profile, shed = rng.uniform(size=(2, N_DEV, N_ENV))
    nominal, cost = rng.uniform(size=(2, N_DEV, 1))
    power = supplied(nominal, profile, shed)
    paid = shed_cost_usd(nominal, profile, shed, shed_cost_usd_per_mwh=cost, step_h=0.7)
    for device, env in rng.integers((N_DEV, N_ENV), size=(40, 2)):
        d, e = slice(device, device + 1), slice(env, env + 1)
        assert np.array_equal(power[d, e], supplied(nominal[d], profile[d, e], shed[d, e]))
        alone = shed_cost_usd(nominal[d], profile[d, e], shed[d, e], shed_cost_usd_per_mwh=cost[d], step_h=0.7)
        assert np.array_equal(paid[d, e], alone)


def test_price_responses_give_the_same_bits_alone_and_in_a_bank() -> None:
    rng = np.random.default_rng(2)
    price = rng.uniform(-50.0, 200.0, N_ENV)
    a, b, p_max, low = rng.uniform(1.0, 60.0, size=(4, N_DEV, 1))
    a[::3] = 0.0
    merit = economic_power_mw(price, a=a, b=b, p_min_mw=0.0, p_max_mw=p_max)
    traded = threshold_power_mw(
        price, charge_below_usd_per_mwh=low, discharge_above_usd_per_mwh=low + 40.0, p_min_mw=-p_max, p_max_mw=p_max
    )
    for device, env in rng.integers((N_DEV, N_ENV), size=(40, 2)):
        d, e = slice(device, device + 1), slice(env, env + 1)
        alone = economic_power_mw(price[e], a=a[d], b=b[d], p_min_mw=0.0, p_max_mw=p_max[d])
        assert np.array_equal(merit[d, e], alone)
        alone = threshold_power_mw(
            price[e],
            charge_below_usd_per_mwh=low[d],
            discharge_above_usd_per_mwh=low[d] + 40.0,
            p_min_mw=-p_max[d],
            p_max_mw=p_max[d],
        )
        assert np.array_equal(traded[d, e], alone)

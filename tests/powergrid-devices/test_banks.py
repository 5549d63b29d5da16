"""A device behaves the same alone and in a bank of 300 in 64 environments, bit for bit, interval after interval."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from powergrid.plant.bank import ArrayBank
from powergrid.plant.device import Device, DeviceInputs
from powergrid_devices.generator import Generator
from powergrid_devices.load import Load
from powergrid_devices.solar_pv import SolarPV
from powergrid_devices.storage import ESS
from powergrid_devices.transformer import Transformer
from powergrid_devices.wind_turbine import WindTurbine

N_DEV, N_STEP = 300, 5


def generator(rng: np.random.Generator, **more: Any) -> Generator:
    p_max_mw = rng.uniform(0.1, 3.0)
    costs = tuple(rng.uniform(0.0, 60.0, 3))
    q_mvar = 0.5 * p_max_mw
    return Generator(p_max_mw=p_max_mw, q_max_mvar=q_mvar, s_rated_mva=1.1 * p_max_mw, cost_curve_coefs=costs, **more)


def committed(rng: np.random.Generator) -> Generator:
    low, ramp, start = rng.uniform(0.01, 0.1), rng.uniform(0.05, 1.0), rng.uniform(0.0, 2.0)
    switched = {"switchable": True, "startup_time_h": start, "startup_cost_usd": 10.0 * start + 1.0}
    return generator(rng, p_min_mw=low, ramp_mw_per_h=ramp, **switched)


def battery(rng: np.random.Generator, **more: Any) -> ESS:
    eta_charge, eta_discharge = rng.uniform(0.7, 1.0, 2)
    capacity_mwh, p_max_mw = rng.uniform(0.2, 4.0), rng.uniform(0.1, 2.0)
    cells = {"capacity_mwh": capacity_mwh, "eta_charge": eta_charge, "eta_discharge": eta_discharge}
    return ESS(**cells, p_max_mw=p_max_mw, degradation_usd_per_mwh=rng.uniform(0.0, 9.0), **more)


def sheddable(rng: np.random.Generator) -> Load:
    q_mvar = rng.uniform(-0.2, 0.2)
    return Load(p_mw=rng.uniform(), q_mvar=q_mvar, profile="load", sheddable=True, shed_cost_usd_per_mwh=3000.0)


MAKERS: dict[str, Callable[[np.random.Generator], Device]] = {
    "Generator": generator,
    "Generator with ramp, switch and start-up time": committed,
    "ESS": battery,
    "ESS with reactive power": lambda rng: battery(rng, q_max_mvar=0.3),
    "SolarPV": lambda rng: SolarPV(p_rated_mw=rng.uniform(0.0, 2.0)),
    "WindTurbine": lambda rng: WindTurbine(p_rated_mw=rng.uniform(0.0, 2.0)),
    "Load": lambda rng: Load(p_mw=rng.uniform(), q_mvar=rng.uniform(-0.2, 0.2), profile="load"),
    "Load that can be shed": sheddable,
    "Transformer": lambda rng: Transformer(transformer="regulator", tap_min=-2, tap_change_cost_usd=rng.uniform()),
}


def history(bank: ArrayBank, script: np.ndarray, weather: np.ndarray) -> list[np.ndarray]:
    """Table, cost, violation and limits of every interval; script and weather are (step, row, device, env)."""
    seen: list[np.ndarray] = []
    for orders, series in zip(script, weather, strict=True):
        for name, values in zip(bank.setpoint.names(), orders, strict=False):
            getattr(bank.setpoint, name)[...] = values
        for name in bank.exogenous.names():
            getattr(bank.exogenous, name)[...] = series
        bank.advance(0.7)
        state = [getattr(bank.state, name).copy() for name in bank.state.names()]
        flags = [np.asarray(flag, dtype=np.float64) for flag in bank.limited.values()]
        seen.append(np.array([*state, bank.cost_usd, bank.violation, *flags]))
    return seen


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("n_env", [1, 2, 7, 64])
def test_a_device_gives_the_same_bits_alone_and_in_a_bank(make_bank: Any, maker: Any, n_env: int) -> None:
    rng = np.random.default_rng(3)
    devices = [maker(rng) for _ in range(N_DEV)]
    script = rng.uniform(-1.0, 1.5, (N_STEP, 3, N_DEV, n_env))
    weather = rng.uniform(0.0, 1.0, (N_STEP, N_DEV, n_env))
    whole = history(make_bank(devices, n_env), script, weather)
    for device, env in [(0, 0), (N_DEV - 1, n_env - 1), *rng.integers((N_DEV, n_env), size=(6, 2)).tolist()]:
        d, e = slice(device, device + 1), slice(env, env + 1)
        alone = history(make_bank(devices[device]), script[:, :, d, e], weather[:, d, e])
        for together, single in zip(whole, alone, strict=True):
            assert np.array_equal(together[:, d, e], single)


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
def test_a_price_is_answered_with_finite_setpoints_for_every_field(make_bank: Any, maker: Any) -> None:
    device = maker(np.random.default_rng(4))
    assert type(device).responds_to_price()
    answer = make_bank([device, device], 3).respond_to_price(1, np.array([-50.0, 40.0, 900.0]))
    assert answer.shape == (len(device.setpoint_fields()), 3)
    assert np.isfinite(answer).all()
    for field, row in zip(device.setpoint_fields(), answer, strict=True):
        assert (field.low <= row).all()
        assert (row <= field.high).all()


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
def test_advancing_changes_state_only_through_its_results(make_bank: Any, maker: Any) -> None:
    bank = make_bank(maker(np.random.default_rng(5)), 2)
    blocks = (bank.state, bank.setpoint, bank.exogenous)
    before = [getattr(block, name).copy() for block in blocks for name in block.names()]
    bank.parameters.advance(DeviceInputs(*blocks, 1.0))
    after = [getattr(block, name) for block in blocks for name in block.names()]
    assert all(np.array_equal(old, new) for old, new in zip(before, after, strict=True))


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
def test_the_neutral_setpoint_lies_within_its_bounds(maker: Any) -> None:
    for field in maker(np.random.default_rng(6)).setpoint_fields():
        assert field.low <= field.neutral <= field.high


def test_observed_power_is_of_order_one(make_bank: Any) -> None:
    rng = np.random.default_rng(7)
    for maker in MAKERS.values():
        device = maker(rng)
        scales = device.display_scales()
        assert all(scale > 0.0 for _, scale in scales.values())
        largest = max((abs(field.high) for field in device.setpoint_fields() if field.name == "p_mw"), default=None)
        assert largest is None or scales["p_mw"][1] == pytest.approx(largest)

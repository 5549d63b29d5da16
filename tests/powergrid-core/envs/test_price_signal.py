"""A price instead of setpoints: every device answers by its own rule."""

from __future__ import annotations

import numpy as np
import pytest

from heron.errors import ConfigError
from heron.protocols.vertical import PriceSignalProtocol
from powergrid.agents import DeviceAgent


@pytest.fixture
def devices(world):
    return [
        world.device("Engine", "cheap", p_max_mw=0.5, fuel_usd_per_mwh=20.0),
        world.device("Engine", "dear", p_max_mw=0.4, fuel_usd_per_mwh=60.0),
        world.device("Heater", "h1"),
    ]


def test_each_device_does_what_its_kind_does_at_the_price(pair_env, devices) -> None:
    # -1 and 1 stand for 0 and 100 USD/MWh. Heat below 30, run above the fuel price.
    env = pair_env(devices, protocol=PriceSignalProtocol(0.0, 100.0))
    assert env.action_spaces["MG1"].shape == (1,)
    assert env.core.control.action_names["MG1"] == ["price"]
    env.reset(seed=0)
    for action, expected in (
        (-0.8, [0.0, 0.0, -1.0]),
        (-0.5, [0.5, 0.0, -1.0]),
        (0.0, [0.5, 0.0, 0.0]),
        (0.5, [0.5, 0.4, 0.0]),
    ):
        env.step({"MG1": [action]})
        assert env.plant.fleet.power_mw()[:, 0].tolist() == expected


def test_doubling_the_price_changes_what_responds_to_it(pair_env, devices) -> None:
    env = pair_env(devices, protocol=PriceSignalProtocol(0.0, 100.0), n_env=2)
    env.core.reset(seeds=[0, 0])
    price = np.array([35.0, 70.0])
    env.core.step({"MG1": (price / 50.0 - 1.0)[:, np.newaxis]})
    np.testing.assert_allclose(env.plant.fleet.power_mw(), [[0.5, 0.5], [0.0, 0.4], [0.0, 0.0]], atol=1e-15)


def test_the_price_lies_in_the_inbox_of_its_receivers(pair_env, devices) -> None:
    env = pair_env(devices, protocol=PriceSignalProtocol(0.0, 100.0, unit="USD/MWh"))
    env.reset(seed=0)
    env.step({"MG1": [0.5]})
    assert env.core.table["MG1.cheap.inbox.price"].item() == pytest.approx(75.0)
    assert "MG1.cheap.inbox.price" in env.core.observe("MG1.cheap").names
    assert "MG1.cheap.inbox.price" not in env.core.observe("MG1.dear").names


def test_a_kind_without_an_answer_is_refused_when_the_environment_is_built(world, pair_env) -> None:
    with pytest.raises(ConfigError, match="PriceSignalProtocol directs 'b1', .* declares no response"):
        pair_env([world.device("Cell", "b1", capacity_mwh=1.0, p_max_mw=0.4)], protocol=PriceSignalProtocol())


def test_a_device_outside_an_environment_has_no_answer(kinds) -> None:
    engine = DeviceAgent("e1", device=kinds.Engine(p_max_mw=1.0))
    assert engine.responds_to_price()
    with pytest.raises(ConfigError, match="Device 'e1' declares no response to a price, or is not part of an"):
        engine.respond_to_price(np.array([10.0]))

"""The setup with fast dynamics has the sizes that its page gives."""

from __future__ import annotations

from typing import Any

import pytest

from powergrid.config import EnvConfig, read_config
from powergrid.setups import load_setup

pytestmark = pytest.mark.filterwarnings("ignore::heron.plugins.PluginWarning")


@pytest.fixture(scope="module")
def fast() -> dict[str, Any]:
    return load_setup("ieee34_ieee13_fast")


@pytest.fixture(scope="module")
def config(fast: dict[str, Any]) -> EnvConfig:
    return read_config(fast)


def test_half_an_hour_from_noon_is_decided_on_every_four_seconds(config: EnvConfig) -> None:
    assert (config.step_s, config.plant_step_s, config.start_hour) == (4.0, 2.0, 12.0)
    assert config.max_episode_steps * config.step_s == 1800.0


def test_an_hour_out_of_the_limits_costs_three_times_what_it_does_hour_by_hour(config: EnvConfig) -> None:
    hourly = read_config(load_setup("ieee34_ieee13"))
    assert config.penalty * 3600.0 / config.step_s == 3.0 * hourly.penalty
    assert config.settle_storage


def test_sun_and_load_vary_as_by_default(config: EnvConfig) -> None:
    assert config.variability == read_config({"variability": {"solar": {}, "load": {}}}).variability


@pytest.mark.parametrize(("index", "sun_mw"), [(0, 0.45), (1, 0.35), (2, 0.35)])
def test_there_is_more_sun(fast: dict[str, Any], index: int, sun_mw: float) -> None:
    (sun,) = [d["device_state_config"] for d in fast["microgrid_configs"][index]["devices"] if d["type"] == "SolarPV"]
    # S = 1.1 P, |Q| <= 0.44 S, as in the other setups
    assert sun["p_rated_mw"] == sun_mw
    assert sun["s_rated_mva"] == pytest.approx(1.1 * sun_mw)
    assert sun["q_max_mvar"] == pytest.approx(0.44 * 1.1 * sun_mw)


def test_everything_else_is_that_of_the_hourly_setup(fast: dict[str, Any]) -> None:
    def without_sun(setup: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {**m, "devices": [d for d in m["devices"] if d["type"] != "SolarPV"]} for m in setup["microgrid_configs"]
        ]

    hourly = load_setup("ieee34_ieee13")
    assert without_sun(fast) == without_sun(hourly)
    for key in ("dso_config", "shared_action_fields", "dataset"):
        assert fast[key] == hourly[key]

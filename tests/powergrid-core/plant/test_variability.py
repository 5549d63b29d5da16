"""What changes within seconds: clouds and consumers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from heron import testing
from heron.core.quantity import Quantity
from heron.core.random import SeedTree
from heron.core.table import StateTable, TableBuilder
from heron.envs.core import EnvironmentCore
from heron.errors import StateError
from heron.types import FloatArray
from powergrid.config import read_config
from powergrid.config.finding import InvalidConfigError
from powergrid.config.variability import LoadVariability, SolarVariability, VariabilityConfig
from powergrid.plant.exogenous import Exogenous, SeriesOptions
from powergrid.plant.series import TimeSeriesTable
from powergrid.plant.variability import shaded

SECOND_NS = 1_000_000_000
SUN = Quantity(name="availability", low=0.0, high=1.0)
LOAD = Quantity(name="load", low=0.0)
CLOUDS = VariabilityConfig(solar=SolarVariability())
BOTH = VariabilityConfig(solar=SolarVariability(), load=LoadVariability(sigma=0.05))


def steady(sun: float = 0.6, load: float = 0.5) -> TimeSeriesTable:
    """A day on which nothing changes from hour to hour."""
    hourly = {"solar/A": sun, "solar/B": sun, "wind/A": 0.4, "load/A": load, "price": 30.0}
    return TimeSeriesTable.from_arrays({name: np.full(24, value) for name, value in hourly.items()})


class World:
    """Rows of some devices and areas that follow a series which varies within seconds."""

    def __init__(
        self,
        variability: VariabilityConfig | None,
        followers: dict[str, str],
        *,
        n_env: int = 1,
        seed: int = 0,
        series: TimeSeriesTable | None = None,
        forecast_steps: dict[str, int] | None = None,
    ) -> None:
        options = SeriesOptions(step_s=4.0, start=0, variability=variability, forecast_steps=forecast_steps or {})
        self.outside = Exogenous(series or steady(), options)
        builder = TableBuilder(n_env)
        self.rows = {}
        for thing, column in followers.items():
            quantity = LOAD if column.startswith("load") else SUN
            self.rows[thing] = builder.add_block([thing], quantity, feature="exogenous").start
            self.outside.follow(self.rows[thing], thing, quantity, column)
        self.outside.declare(builder)
        self.table: StateTable = builder.build()
        self.outside.connect(self.table)
        self.n_env = n_env
        self.begin(seed)

    def begin(self, seed: int) -> None:
        n_env = self.n_env
        self.outside.reset(np.arange(n_env), [SeedTree(seed + env) for env in range(n_env)], {})

    def over(self, thing: str, seconds: FloatArray) -> FloatArray:
        """Values of a row ``(n_time, n_env)``."""
        found = []
        for at in seconds:
            self.outside.write(np.full(self.n_env, round(at * SECOND_NS), dtype=np.int64))
            found.append(self.table.values[self.rows[thing]].copy())
        return np.array(found)


def test_sunshine_over_an_hour_is_what_the_series_says() -> None:
    # Mean over 100 hours of sun; one hour of one site departs from it by a percent or two.
    for mean in (0.1, 0.5, 0.8, 0.95):
        hours = World(CLOUDS, {"MG1.pv1": "solar/A"}, n_env=100, series=steady(mean)).over(
            "MG1.pv1", np.arange(0.0, 3600.0, 4.0)
        )
        assert hours.mean() == pytest.approx(mean, rel=0.01)
        assert hours.mean(axis=0).std() < 0.025 * mean


def test_availability_stays_between_nothing_and_everything() -> None:
    seconds = np.arange(0.0, 3600.0, 10.0)
    for mean in (0.0, 0.3, 0.9, 0.999, 1.0):
        values = World(CLOUDS, {"MG1.pv1": "solar/A"}, n_env=20, series=steady(mean)).over("MG1.pv1", seconds)
        assert values.min() >= 0.0
        assert values.max() <= 1.0


def test_a_night_is_dark_and_a_full_sun_is_a_clear_sky() -> None:
    for mean in (0.0, 1.0):
        values = World(CLOUDS, {"MG1.pv1": "solar/A"}, series=steady(mean)).over("MG1.pv1", np.arange(300.0))
        np.testing.assert_array_equal(values, mean)


def test_the_middle_of_a_cloud_takes_its_depth() -> None:
    # mean 0.54 with 0.4 of the time in shade of depth 0.25: sun 0.54 / (1 - 0.1) = 0.6 between clouds, 0.45 below
    mean, high = np.full((1, 2), 0.54), np.ones((1, 1))
    values = shaded(mean, np.array([[-9.0, 9.0]]), depth=0.25, cloud_share=0.4, edge=0.3, high=high)
    np.testing.assert_allclose(values, [[0.6, 0.45]], rtol=1e-12)


@pytest.mark.parametrize("edge", [0.01, 1.0, 3.0])
def test_the_mean_over_a_normal_process_is_the_value_of_the_series(edge: float) -> None:
    # 200,000 draws: standard error below 0.0006
    process = np.random.default_rng(1).normal(size=(1, 200_000))
    values = shaded(np.full(process.shape, 0.5), process, depth=0.7, cloud_share=0.3, edge=edge, high=np.ones((1, 1)))
    assert values.mean() == pytest.approx(0.5, abs=0.002)


def test_where_the_sun_is_strong_there_are_fewer_clouds() -> None:
    # mean 0.9 of at most 1 and depth 0.5: in shade for 0.1 / 0.5 = a fifth of the time; at the edge's middle half of it
    process = np.sort(np.random.default_rng(0).normal(size=(1, 200_000)))
    values = shaded(np.full(process.shape, 0.9), process, depth=0.5, cloud_share=0.4, edge=0.01, high=np.ones((1, 1)))
    assert (values < 0.75).mean() == pytest.approx(0.2, abs=0.005)
    assert values.mean() == pytest.approx(0.9, abs=0.002)


def test_ramps_are_those_of_passing_clouds() -> None:
    # van Haaren et al. 2014: a plant of 5 MW lost up to 0.7 of its capacity within a minute. Lave et al. 2012: a
    # sensor, a point, up to 0.6 within a second; the plants here are smaller than the one and larger than the other.
    values = World(CLOUDS, {"MG1.pv1": "solar/A"}, n_env=50, series=steady(0.8)).over("MG1.pv1", np.arange(1800.0))
    second, ten, minute = (np.abs(values[lag:] - values[:-lag]) for lag in (1, 10, 60))
    assert 0.1 < second.max() < 0.35
    assert 0.2 < np.quantile(ten, 0.9) < 0.6
    assert 0.6 < minute.max() <= 0.71
    assert np.median(ten) < 0.06  # most of the time nothing passes


def test_a_plant_step_of_a_second_and_one_of_four_see_the_same_sky() -> None:
    followers = {"MG1.pv1": "solar/A", "MG1": "load/A"}
    for thing in followers:
        fine = World(BOTH, followers).over(thing, np.arange(0.0, 900.0, 1.0))
        coarse = World(BOTH, followers).over(thing, np.arange(0.0, 900.0, 4.0))
        np.testing.assert_array_equal(fine[::4], coarse)
        assert np.ptp(fine) > 0.05


def test_microgrids_have_skies_of_their_own_and_devices_of_one_share_it() -> None:
    followers = {"MG1.pv1": "solar/A", "MG1.pv2": "solar/A", "MG1.pv3": "solar/B", "MG2.pv1": "solar/A"}
    world, seconds = World(CLOUDS, followers, n_env=40), np.arange(0.0, 1800.0, 30.0)
    sky = {thing: world.over(thing, seconds).ravel() for thing in followers}
    np.testing.assert_array_equal(sky["MG1.pv1"], sky["MG1.pv2"])
    for other in ("MG1.pv3", "MG2.pv1"):
        # 40 independent half hours with some ten clouds each: standard error below 0.05
        assert abs(np.corrcoef(sky["MG1.pv1"], sky[other])[0, 1]) < 0.15


def test_loads_vary_by_their_share_about_the_series() -> None:
    values = World(BOTH, {"MG1": "load/A"}, n_env=200).over("MG1", np.arange(0.0, 3600.0, 20.0))
    assert values.mean() == pytest.approx(0.5, rel=0.003)
    assert values.std() == pytest.approx(0.05 * 0.5, rel=0.03)


def test_only_the_families_named_vary() -> None:
    followers = {"MG1.pv1": "solar/A", "MG1": "load/A", "MG1.wind1": "wind/A"}
    for variability, moving in ((CLOUDS, {"MG1.pv1"}), (BOTH, {"MG1.pv1", "MG1"}), (VariabilityConfig(), set())):
        world = World(variability, followers)
        assert {thing for thing in followers if np.ptp(world.over(thing, np.arange(60.0))) > 0.0} == moving


def test_forecasts_and_prices_are_those_of_the_series() -> None:
    world = World(BOTH, {"MG1.pv1": "solar/A"}, forecast_steps={"solar": 1, "price": 1})
    world.over("MG1.pv1", np.array([77.0]))
    assert world.table["MG1.pv1.forecast.availability_1"].tolist() == [0.6]
    assert world.table["market.exogenous.price_usd_per_mwh"].tolist() == [30.0]


def test_writing_twice_at_one_instant_changes_nothing() -> None:
    world = World(BOTH, {"MG1": "load/A"}, n_env=3)
    first = world.over("MG1", np.array([5.0]))
    np.testing.assert_array_equal(world.over("MG1", np.array([5.0])), first)
    world.outside.write(np.full(3, 9 * SECOND_NS, dtype=np.int64), np.array([1]))
    again = world.table.values[world.rows["MG1"]]
    assert (again == first[0]).tolist() == [True, False, True]


def test_the_seed_decides_about_the_sky() -> None:
    world, seconds = World(CLOUDS, {"MG1.pv1": "solar/A"}, seed=3), np.arange(0.0, 300.0, 10.0)
    first = world.over("MG1.pv1", seconds)
    world.begin(4)
    assert not np.array_equal(world.over("MG1.pv1", seconds), first)
    world.begin(3)
    np.testing.assert_array_equal(world.over("MG1.pv1", seconds), first)


@pytest.fixture(scope="module")
def make_core(world: Any) -> Callable[[int], EnvironmentCore]:
    from powergrid.envs import NetworkedGridEnv

    day = world.series(solar=np.full(24, 0.7), load=np.full(24, 0.8), price=np.full(24, 30.0))

    def build(n_env: int) -> EnvironmentCore:
        net = world.pair_net(load_mw=1.2)
        devices = [world.device("Panel", name, p_rated_mw=0.6) for name in ("pv1", "pv2")]
        config = {
            "dataset": day,
            "step_s": 4,
            "max_episode_steps": 6,
            "variability": {"solar": {"period_min_s": 10}, "load": {"sigma": 0.1}},
        }
        core = NetworkedGridEnv.from_agents(net, [world.grid_agent(net, devices)], config, n_env=n_env).core
        assert core is not None
        return core

    return build


def test_one_environment_and_a_batch_have_the_same_skies(make_core: Callable[[int], EnvironmentCore]) -> None:
    testing.check_batch_equals_single(make_core, sizes=(2, 7, 64))


def test_a_sky_is_restored_with_everything_else(make_core: Callable[[int], EnvironmentCore]) -> None:
    testing.check_restore_equals_never_stopped(make_core)
    testing.check_reset_restores_everything(make_core, n_env=3)


@pytest.mark.parametrize("other", [None, CLOUDS])
def test_a_state_of_another_variability_is_refused(other: VariabilityConfig | None) -> None:
    followers = {"MG1.pv1": "solar/A", "MG1": "load/A"}
    saved = World(other, followers).outside.save_state()
    with pytest.raises(StateError, match=r"has [01] families that vary within seconds, this environment 2"):
        World(BOTH, followers).outside.restore_state(saved)


@pytest.mark.parametrize(
    ("variability", "message"),
    [
        ({"solar": {"depth": 0.0}}, r"variability\.solar\.depth.*must be positive"),
        ({"solar": {"depth": 0.99}}, r"variability\.solar\.depth.*must be from 0 to 0.95"),
        ({"solar": {"cloud_share": 1.0}}, r"variability\.solar\.cloud_share.*must be from 0 to 0.9"),
        ({"solar": {"edge": 0.0}}, r"variability\.solar\.edge.*must be positive"),
        (
            {"solar": {"period_min_s": 60, "period_max_s": 60}},
            r"variability\.solar\.period_min_s.*is 60 s, not below period_max_s = 60 s",
        ),
        ({"load": {"sigma": 0.5}}, r"variability\.load\.sigma.*must be from 0 to 0.15"),
        ({"load": {"period_min_s": 900}}, r"variability\.load\.period_min_s.*not below period_max_s"),
        ({"wind": {}}, r"variability\.wind: unknown key"),
        ({"solar": {"depht": 0.5}}, r"(?s)variability\.solar\.depht: unknown key.*depth"),
        ({"solar": 0.5}, r"variability\.solar: expected a mapping"),
    ],
)
def test_a_variability_that_cannot_be_is_refused(variability: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidConfigError, match=message):
        read_config({"variability": variability})

"""A plant of objects and series."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from heron.agents import CoordinatorAgent, FieldAgent, roster
from heron.core import FeatureProvider, Quantity, quantity
from heron.envs import CoreOptions, SynchronousCore
from heron.errors import ConfigError
from heron.plant import ObjectPlant, Plant, Series
from heron.protocols import SetpointProtocol
from heron.testing import check_batch_equals_single, check_restore_equals_never_stopped


class Level(FeatureProvider):
    level_m: float = quantity(0.0)


class Tank(FieldAgent):
    def set_state(self) -> None:
        self.state.features = [Level()]

    def set_action(self) -> None:
        self.action.set_specs(dim_c=1, range=[[0.0], [1.0]], names=["lid"])

    def update_state(self, rain_mm: float, step_s: float) -> None:
        self.state[Level].level_m += rain_mm * float(self.action.c[0]) * step_s

    def update_cost_safety(self, rain_mm: float) -> None:
        self.cost, self.safety = rain_mm, 1.0


RAIN = Quantity(name="rain_mm", visibility=frozenset({"public"}))  # type: ignore[arg-type]


def garden_core(n_env: int = 1, *, values: tuple[float, ...] = (1.0, 2.0, 4.0), **keywords: Any) -> SynchronousCore:
    tanks = {f"tank{i}": Tank(f"tank{i}") for i in (1, 2)}
    garden = CoordinatorAgent("garden", protocol=SetpointProtocol(), subordinates=tanks)
    plant = ObjectPlant(
        list(tanks.values()),
        series=[Series(quantity=RAIN, values=np.array(values))],
        totals={"garden": ["tank1", "tank2"]},
    )
    options = CoreOptions(max_steps=4, **keywords)
    return SynchronousCore(plant, roster([garden]), learners=["garden"], n_env=n_env, options=options)


OPEN_ONE = {"garden": np.array([[1.0, -1.0]])}


def test_series_go_round_and_are_written_before_anyone_acts() -> None:
    core = garden_core()
    core.reset(seeds=[0], options={"start": 1})
    seen = [core.table["world.series.rain_mm"][0]]
    for _ in range(3):
        core.step(OPEN_ONE)
        seen.append(core.table["rain_mm"][0])
    assert seen == [2.0, 4.0, 1.0, 2.0]
    # tank1 is open and takes 2 + 4 + 1 at 1 s a step, tank2 is shut
    assert core.table["tank1.level.level_m"][0] == 7.0
    assert core.table["tank2.level.level_m"][0] == 0.0


def test_totals_are_those_of_the_devices_together() -> None:
    core = garden_core()
    core.reset(seeds=[0], options={"start": 2})
    result = core.step(OPEN_ONE)
    # two tanks, 4 each; safety 1 each
    assert (result.costs["garden"][0], result.safeties["garden"][0]) == (8.0, 2.0)


def test_each_environment_starts_where_its_own_stream_says() -> None:
    core = garden_core(16)
    core.reset(seeds=range(16))
    assert set(core.table["rain_mm"].tolist()) == {1.0, 2.0, 4.0}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start": 3}, "'start' is 3. Give one whole number from 0 to 2"),
        ({"start": -1}, "'start' is -1"),
        ({"start": 1.5}, "'start' is 1.5"),
        ({"strat": 1}, "no reset option 'strat'; there is 'start'. Did you mean 'start'?"),
        ({"initial_level": 1.0}, "no reset option 'initial_level'"),
    ],
)
def test_reset_options_without_meaning_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        garden_core().reset(seeds=[0], options=options)


def test_setpoints_beyond_bounds_are_reported() -> None:
    core = garden_core()
    core.reset(seeds=[0])
    core.step({"garden": np.array([[1.5, 0.0]])})
    assert {name: flags.tolist() for name, flags in core.plant.limited.items()} == {
        "tank1": [[True]],
        "tank2": [[False]],
    }


def test_a_plant_of_objects_keeps_the_contract() -> None:
    check_batch_equals_single(garden_core, sizes=(3,))
    check_restore_equals_never_stopped(garden_core)


def test_a_plant_without_series_works() -> None:
    class Dry(Tank):
        def update_state(self, step_s: float) -> None:  # type: ignore[override]
            self.state[Level].level_m += step_s

        def update_cost_safety(self, **exogenous: Any) -> None:  # type: ignore[override]
            self.cost = 1.0

    tank = Dry("tank1")
    core = SynchronousCore(ObjectPlant([tank]), {"tank1": tank}, learners=["tank1"])
    core.reset(seeds=[0])
    core.step({"tank1": np.zeros((1, 1))})
    assert (core.table["level_m"][0], tank.cost) == (1.0, 1.0)


@pytest.mark.parametrize("values", [np.array([]), np.zeros((2, 2)), np.array([1.0, np.nan])])
def test_a_series_of_no_use_is_refused(values: np.ndarray) -> None:
    with pytest.raises(ConfigError, match="Series 'rain_mm' of shape .* needs one finite value"):
        Series(quantity=RAIN, values=values)


def test_series_of_different_length_are_refused() -> None:
    wind = Series(quantity=Quantity(name="wind"), values=np.zeros(4))
    with pytest.raises(ConfigError, match=r"different numbers of steps: \{'rain_mm': 3, 'wind': 4\}"):
        ObjectPlant([], series=[Series(quantity=RAIN, values=np.zeros(3)), wind])


def test_a_plant_reports_nothing_and_never_fails_unless_it_says_so() -> None:
    class Still(Plant):
        setpoints: dict[str, Any] = {}  # type: ignore[assignment]  # noqa: RUF012

        def declare(self, builder: Any) -> None: ...

        def connect(self, table: Any) -> None:
            self.table = table

        def reset(self, envs: Any, trees: Any, options: Any) -> None: ...

        def write_exogenous(self, envs: Any = None) -> None: ...

        def advance(self, step_ns: int) -> None: ...

        def settle(self, final: Any) -> None: ...

    core = SynchronousCore(Still(), {}, learners=[], n_env=2)
    core.reset()
    assert core.plant.failed().tolist() == [False, False]
    assert (core.plant.limited, core.plant.report(), core.plant.save_state()) == ({}, {}, {})
    core.restore_state(core.save_state())
    assert core.step({}).truncated.tolist() == [False, False]

"""What had to be limited is told, however many plant intervals a step has."""

from __future__ import annotations

import numpy as np
import pytest

from heron.core.clock import NANOSECONDS
from heron.envs import CoreOptions, EventDrivenCore
from heron.envs.demo import heating_core
from heron.envs.synchronous import SynchronousCore

ROOM = "house1.room1"


def build(plant_step_s: float) -> SynchronousCore:
    return heating_core(1, options=CoreOptions(step_s=3600.0, plant_step_s=plant_step_s, max_steps=4, penalty=1.0))


def limit_the_first_interval(core: SynchronousCore | EventDrivenCore) -> None:
    """Let the plant say that one room was limited in the first quarter of an hour, and nobody later."""
    advance, passed = core.plant.advance, [0]

    def counted(step_ns: int) -> None:
        advance(step_ns)
        passed[0] += step_ns

    def flags() -> dict[str, np.ndarray]:
        return {ROOM: np.array([[passed[0] <= 900 * NANOSECONDS]])}

    core.plant.advance = counted  # type: ignore[method-assign]
    type(core.plant).limited = property(lambda plant: flags())  # type: ignore[assignment]


@pytest.fixture(autouse=True)
def _plant_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    from heron.envs.demo import Street

    monkeypatch.setattr(Street, "limited", Street.limited)


@pytest.mark.parametrize("on_events", [False, True])
def test_a_limit_in_the_first_of_four_intervals_is_told_at_the_end_of_the_step(on_events: bool) -> None:
    lockstep = build(900.0)
    core = EventDrivenCore.of(lockstep) if on_events else lockstep
    core.reset(seeds=[0])
    limit_the_first_interval(core)
    told = []
    for _ in range(2):
        core.step({house: np.zeros((1, 2)) for house in core.learners})
        told.append(bool(core.limited[ROOM].any()))
    assert told == [True, False]

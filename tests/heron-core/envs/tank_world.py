"""Tanks that are filled: a world whose numbers can be computed by hand.

A board announces a price to keepers, each keeper sets the inflow of its tanks from 0 to 2 m/s (actions -1 to 1), and
a tank's level rises by inflow times time from 0 on. Water costs 1 per metre; safety is the level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from heron.agents import CoordinatorAgent, FieldAgent, SystemAgent, roster
from heron.core import FeatureProvider, Observation, Policy, quantity
from heron.envs import CoreOptions, EventDrivenCore, Execution, SynchronousCore
from heron.plant import ObjectPlant
from heron.protocols.vertical import PriceSignalProtocol, SetpointProtocol
from heron.scheduling import TickConfig, TimingScheme
from heron.types import FloatArray

STEP_S = 10.0
OPTIONS = CoreOptions(step_s=STEP_S, max_steps=10, penalty=0.0)


class Water(FeatureProvider):
    """Seen by the tank and the keeper it belongs to."""

    visibility = ("owner", "upper_level")
    level_m: float = quantity(0.0, unit="m", low=0.0, high=1e6, scale=100.0)


class Tank(FieldAgent):
    def set_state(self) -> None:
        self.state.features = [Water()]

    def set_action(self) -> None:
        self.action.set_specs(dim_c=1, range=[[0.0], [2.0]], names=["inflow"])

    def update_state(self, step_s: float) -> None:
        self.state[Water].level_m += float(self.action.c[0]) * step_s

    def update_cost_safety(self, step_s: float) -> None:
        self.cost = float(self.action.c[0]) * step_s
        self.safety = self.state[Water].level_m

    def respond_to_price(self, price: FloatArray) -> FloatArray:
        return np.clip(price / 100.0, 0.0, 2.0)[np.newaxis]


class Clockwork(Policy):
    """Announces the time it sees as the price, in seconds."""

    def __init__(self) -> None:
        self.seen_s: list[float] = []

    def act(self, observation: Observation) -> FloatArray:
        self.seen_s.append(float(observation.time_s[0]))
        return (observation.time_s / 50.0 - 1.0)[:, np.newaxis]  # PriceSignalProtocol(0, 100): 50 + 50 a


class Ramp(Policy):
    """Fills the faster the later it is: the setpoint of the instant it sees, in seconds, is time/100 m/s."""

    def act(self, observation: Observation) -> FloatArray:
        return (observation.time_s / 100.0 - 1.0)[:, np.newaxis]


class Watcher(Policy):
    """Notes the level it sees and from when it is; leaves the inflow at 1 m/s."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, float]] = []

    def act(self, observation: Observation) -> FloatArray:
        self.seen.append((float(observation.time_s[0]), float(observation["level_m"][0])))
        return np.zeros((1, 1))


def tank_core(
    n_keeper: int = 1,
    n_tank: int = 1,
    *,
    n_env: int = 1,
    learners: str | Sequence[str] = "coordinators",
    options: CoreOptions = OPTIONS,
    with_board: bool = False,
) -> SynchronousCore:
    """Keepers ``keeper1, …`` of tanks ``keeper1.tank1, …``, below a board if wanted."""
    keepers, totals = {}, {}
    for number in range(1, n_keeper + 1):
        name = f"keeper{number}"
        tanks = {f"tank{place}": Tank(f"{name}.tank{place}") for place in range(1, n_tank + 1)}
        keepers[name] = CoordinatorAgent(name, protocol=SetpointProtocol(), subordinates=tanks)
        totals[name] = [tank.agent_id for tank in tanks.values()]
    tops: list[Any] = list(keepers.values())
    if with_board:
        announce = PriceSignalProtocol(0.0, 100.0, unit="s")
        tops = [SystemAgent("board", protocol=announce, policy=Clockwork(), subordinates=keepers)]
    devices = [tank for keeper in keepers.values() for tank in keeper.subordinates.values()]
    plant = ObjectPlant(devices, totals=totals)
    return SynchronousCore(plant, roster(tops), learners=learners, n_env=n_env, options=options)


def priced_tank_core() -> SynchronousCore:
    """A keeper that tells its tank a price from 0 to 100, and the tank fills with a hundredth of it in m/s."""
    tank = Tank("keeper1.tank1")
    keeper = CoordinatorAgent("keeper1", protocol=PriceSignalProtocol(0.0, 100.0), subordinates={"tank1": tank})
    plant = ObjectPlant([tank], totals={"keeper1": [tank.agent_id]})
    return SynchronousCore(plant, roster([keeper]), learners="coordinators", options=OPTIONS)


def on_events(core: SynchronousCore, clocks: Mapping[str, TickConfig] | None = None, **more: Any) -> EventDrivenCore:
    """The world on events, with clocks by agent."""
    return EventDrivenCore.of(core, Execution(timing=TimingScheme(agents=clocks or {}), **more))


class Effects:
    """Setpoints as they take effect."""

    def __init__(self, core: EventDrivenCore) -> None:
        self.seen: list[tuple[float, str, float]] = []
        self._core = core
        core.loop.on_effect = self._note

    def _note(self, agent_id: str, setpoint: FloatArray) -> None:
        self.seen.append((self._core.scheduler.current_time, agent_id, float(setpoint[0, 0])))

    def times_s(self, agent_id: str) -> list[float]:
        return [time_s for time_s, whose, _ in self.seen if whose == agent_id]

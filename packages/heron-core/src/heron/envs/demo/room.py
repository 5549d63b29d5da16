"""A room with its heater: an object kind."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from heron.agents.field_agent import FieldAgent
from heron.core.policy import Policy
from heron.envs.demo.climate import HeaterOutput, HeaterWear, RoomClimate
from heron.types import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSpec:
    """Construction of one room.

    Parameters
    ----------
    loss_per_h
        Share of the difference to the outside lost in an hour. [1/h]
    warming_per_h
        Rise of temperature by full heat in a room that loses none. [°C/h]
    cold_degc, warm_degc
        Limits of comfort. [°C]
    dear_usd_per_h
        Tariff above which the heater only keeps the room from getting cold. [USD/h]
    """

    loss_per_h: float = 0.1
    warming_per_h: float = 3.0
    cold_degc: float = 18.0
    warm_degc: float = 23.0
    dear_usd_per_h: float = 2.0


def next_temperature(
    temperature_degc: float, outside_degc: float, heat: float, *, spec: RoomSpec, step_h: float
) -> float:
    """Temperature of a room after a step of constant heat and weather. [°C]

    Source
    ------
    Newton's law of cooling with a constant source: the difference to the temperature at which
    losses equal the heat shrinks as ``exp(-loss · t)``.
    """
    settled_degc = outside_degc + heat * spec.warming_per_h / spec.loss_per_h
    return settled_degc + (temperature_degc - settled_degc) * math.exp(-spec.loss_per_h * step_h)


class Room(FieldAgent):
    """A room whose heater can be set between off (0) and full heat (1).

    Cost is what the heat costs at the tariff [USD]; safety is how far the room ends outside comfort [°C].

    Parameters
    ----------
    agent_id, policy, upstream_id
        As in `FieldAgent`.
    spec
        Construction of the room.
    """

    def __init__(
        self,
        agent_id: str,
        *,
        spec: RoomSpec | None = None,
        policy: Policy | None = None,
        upstream_id: str | None = None,
    ) -> None:
        self.spec = spec or RoomSpec()
        self.heat = 0.0
        super().__init__(agent_id, policy=policy, upstream_id=upstream_id)

    def set_state(self) -> None:
        """Its air, its heater's output and its heater's wear."""
        self.state.features = [RoomClimate(), HeaterOutput(), HeaterWear()]

    def set_action(self) -> None:
        """Heat between 0 and 1."""
        self.action.set_specs(dim_c=1, range=[[0.0], [1.0]], names=["heat"])

    def begin_episode(self, rng: np.random.Generator) -> None:
        """Somebody has kept the room between 16 and 22 °C until now."""
        self.state[RoomClimate].temperature_degc = rng.uniform(16.0, 22.0)

    def apply_action(self) -> None:
        """Set the heater."""
        self.heat = float(self.action.c[0])

    def update_state(self, step_s: float, outside_degc: float, *, heater_works: bool = True) -> None:
        """Let the room warm up or cool down; without heat where its heater does not work."""
        step_h = step_s / 3600.0
        self.heat = self.heat if heater_works else 0.0
        climate = self.state[RoomClimate]
        climate.temperature_degc = next_temperature(
            climate.temperature_degc, outside_degc, self.heat, spec=self.spec, step_h=step_h
        )
        self.state[HeaterOutput].heat = self.heat
        self.state[HeaterWear].used_h += self.heat * step_h

    def update_cost_safety(self, step_s: float, tariff_usd_per_h: float) -> None:
        """Pay for the heat, and note what is beyond comfort."""
        temperature_degc = self.state[RoomClimate].temperature_degc
        self.cost = self.heat * tariff_usd_per_h * step_s / 3600.0
        self.safety = max(0.0, self.spec.cold_degc - temperature_degc, temperature_degc - self.spec.warm_degc)

    def respond_to_price(self, price: FloatArray) -> FloatArray:
        """Heat ``(1, n_env)`` at a tariff ``(n_env,)``: up to comfort while it is cheap, above cold when it is dear."""
        aim_degc = np.where(price <= self.spec.dear_usd_per_h, 21.0, self.spec.cold_degc)
        missing_degc = aim_degc - self.state[RoomClimate].temperature_degc
        return np.clip(missing_degc / 2.0, 0.0, 1.0)[np.newaxis]

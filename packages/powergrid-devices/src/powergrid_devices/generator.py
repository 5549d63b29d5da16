"""Generators that burn fuel."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from heron.core.feature import FeatureProvider
from heron.plant.interface import SetpointField
from heron.types import BoolArray, FloatArray
from powergrid.config.checks import between, not_negative, positive
from powergrid.config.finding import Finding
from powergrid.config.record import Record, Rule, checked
from powergrid.core.features.electrical import ElectricalBasePh
from powergrid.plant.device import Block, Device, DeviceInputs, DeviceOutputs, variant
from powergrid.utils.cost import quadratic_cost
from powergrid_devices.parameter import Parameter, above_zero, dependent, fill
from powergrid_devices.physics.apparent_power import reactive_room_mvar, reactive_share
from powergrid_devices.physics.commitment import carry_out
from powergrid_devices.physics.limiting import was_limited
from powergrid_devices.physics.price_response import economic_power_mw
from powergrid_devices.physics.ramp import ramp_range_mw
from powergrid_devices.unit_commitment import UnitCommitment

_SWITCHED_ON = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator(Record, Device):
    """Nameplate of a diesel, gas or other fuelled generator.

    It runs while its power is above zero, so one with ``p_min_mw`` > 0 always runs unless it is ``switchable``.

    Parameters
    ----------
    p_max_mw, p_min_mw
        Powers between which it can run. [MW]
    q_max_mvar, q_min_mvar
        Reactive power at full availability, injected and absorbed (negative); 0 and ``-q_max_mvar`` if left out.
        Without any there is no setpoint ``q_mvar``. [Mvar]
    s_rated_mva
        Apparent power that limits both together; just enough for the two if left out. [MVA]
    cost_curve_coefs
        Running cost ``a P² + b P + c``, ``c`` only while it runs. [USD/(MW² h)], [USD/MWh], [USD/h]
    ramp_mw_per_h
        Largest change of power between intervals; unlimited if left out. [MW/h]
    startup_time_h, shutdown_time_h
        Time from the order to start or stop until it connects or disconnects. [h]
    startup_cost_usd, shutdown_cost_usd
        Paid when a start or stop is ordered. [USD]
    q_ramp_in_fraction
        Fraction of ``p_max_mw`` from which on all reactive power is available. [1]
    switchable
        Adds a setpoint ``on``: below 0.5 the unit is ordered to stop.

    Raises
    ------
    InvalidConfigError
        Limits that are crossed, negative costs or times.
    """

    carries: ClassVar[tuple[type[FeatureProvider], ...]] = (ElectricalBasePh, UnitCommitment)

    p_max_mw: float = field(metadata=checked(positive))
    p_min_mw: float = field(default=0.0, metadata=checked(not_negative))
    q_max_mvar: float = field(default=0.0, metadata=checked(not_negative))
    q_min_mvar: float = dependent()
    s_rated_mva: float = dependent(positive)
    cost_curve_coefs: tuple[float, float, float] = (0.0, 0.0, 0.0)
    ramp_mw_per_h: float = field(default=math.inf, metadata=checked(above_zero))
    startup_time_h: float = field(default=0.0, metadata=checked(not_negative))
    shutdown_time_h: float = field(default=0.0, metadata=checked(not_negative))
    startup_cost_usd: float = field(default=0.0, metadata=checked(not_negative))
    shutdown_cost_usd: float = field(default=0.0, metadata=checked(not_negative))
    q_ramp_in_fraction: float = field(default=0.2, metadata=checked(between(0.0, 1.0)))
    switchable: bool = variant(default=False)
    is_ramped: bool = variant(init=False)
    takes_orders: bool = variant(init=False)

    def __post_init__(self) -> None:
        fill(self, q_min_mvar=-self.q_max_mvar)
        fill(self, s_rated_mva=math.hypot(self.p_max_mw, max(self.q_max_mvar, -self.q_min_mvar)))
        object.__setattr__(self, "cost_curve_coefs", tuple(self.cost_curve_coefs))
        times_and_costs = (self.startup_time_h, self.shutdown_time_h, self.startup_cost_usd, self.shutdown_cost_usd)
        object.__setattr__(self, "is_ramped", math.isfinite(self.ramp_mw_per_h))
        object.__setattr__(self, "takes_orders", any(times_and_costs))
        Record.__post_init__(self)

    @classmethod
    def rules(cls) -> tuple[Rule, ...]:
        """Limits in order, a rating that carries the power, and three costs."""
        return (
            Rule(fields=("p_min_mw", "p_max_mw"), check=_check_power),
            Rule(fields=("q_min_mvar",), check=_check_reactive_power),
            Rule(fields=("s_rated_mva", "p_max_mw"), check=_check_rating),
            Rule(fields=("cost_curve_coefs",), check=_check_coefficients),
        )

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        """Active power, reactive power where there is any, and the switch where there is one."""
        p_mw = SetpointField(name="p_mw", unit="MW", low=self.p_min_mw, high=self.p_max_mw, neutral=self.p_min_mw)
        q_mvar = SetpointField(name="q_mvar", unit="Mvar", low=self.q_min_mvar, high=self.q_max_mvar)
        switch = SetpointField(name="on", low=0.0, high=1.0, neutral=1.0)
        return (p_mw, *([q_mvar] if self._has_q else []), *([switch] if self.switchable else []))

    def initial_state(self) -> Mapping[str, float]:
        """Running at ``p_min_mw`` where that is above zero or it can be switched, else at rest."""
        return {"p_mw": self.p_min_mw, "committed": float(self.p_min_mw > 0.0 or self.switchable)}

    def display_scales(self) -> Mapping[str, tuple[float, float]]:
        """Power by rating, transitions by their time."""
        return {
            "p_mw": (0.0, self.p_max_mw),
            "q_mvar": (0.0, max(self.q_max_mvar, -self.q_min_mvar) or self.s_rated_mva),
            "transition_h": (0.0, max(self.startup_time_h, self.shutdown_time_h) or 1.0),
        }

    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        """Power within limits and ramp, orders carried out, fuel and reactive power while running."""
        asked_mw, running_mw, wanted = self._dispatch(inputs)
        switching_usd: Parameter = 0.0
        if self.takes_orders:
            connected, switching_usd, state = self._transit(wanted, inputs)
        else:
            connected = wanted.astype(np.float64)
            state = {"committed": connected}
        p_mw = running_mw * connected
        fuel_usd_per_h = quadratic_cost(running_mw, *self.cost_curve_coefs) * connected
        limited = {"p_mw": was_limited(asked_mw, p_mw)}
        if "q_mvar" in inputs.setpoint:
            q_mvar = self._reactive_power(inputs.setpoint.q_mvar, running_mw) * connected
            limited["q_mvar"] = was_limited(inputs.setpoint.q_mvar, q_mvar)
        else:
            q_mvar = np.zeros(p_mw.shape)
        cost_usd = fuel_usd_per_h * inputs.step_h + switching_usd
        return DeviceOutputs(p_mw=p_mw, q_mvar=q_mvar, state=state, cost_usd=cost_usd, limited=limited)

    def respond_to_price(
        self, price_usd_per_mwh: FloatArray, state: Block, exogenous: Block
    ) -> Mapping[str, FloatArray]:
        """Power at which the marginal cost equals the price. [USD/MWh]"""
        a, b, _ = self.cost_curve_coefs
        p_mw = economic_power_mw(price_usd_per_mwh, a=a, b=b, p_min_mw=self.p_min_mw, p_max_mw=self.p_max_mw)
        return {"p_mw": p_mw}

    @property
    def _has_q(self) -> bool:
        return self.q_max_mvar > 0.0 or self.q_min_mvar < 0.0

    def _dispatch(self, inputs: DeviceInputs) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Power asked for, power while connected, and whether the unit is to run."""
        asked_mw = inputs.setpoint.p_mw
        if self.switchable:
            switched_on = inputs.setpoint.on >= _SWITCHED_ON
            asked_mw = np.where(switched_on, asked_mw, 0.0)
        low_mw: Parameter = self.p_min_mw
        high_mw: Parameter = self.p_max_mw
        if self.is_ramped:
            low_mw, high_mw = ramp_range_mw(
                inputs.state.p_mw,
                p_min_mw=low_mw,
                p_max_mw=high_mw,
                ramp_mw_per_h=self.ramp_mw_per_h,
                step_h=inputs.step_h,
            )
        running_mw = np.minimum(np.maximum(asked_mw, low_mw), high_mw)
        if self.switchable:
            # a unit that cannot ramp down to its lowest power yet cannot disconnect either
            return asked_mw, running_mw, switched_on | (running_mw > self.p_min_mw)
        return asked_mw, running_mw, running_mw > 0.0

    def _transit(self, wanted: BoolArray, inputs: DeviceInputs) -> tuple[FloatArray, FloatArray, dict[str, FloatArray]]:
        """Part of the interval in which the unit is connected, cost of switching, and new state."""
        done = carry_out(
            wanted,
            inputs.state.committed,
            inputs.state.transition_h,
            startup_time_h=self.startup_time_h,
            shutdown_time_h=self.shutdown_time_h,
            step_h=inputs.step_h,
        )
        switching_usd = done.started * self.startup_cost_usd + done.stopped * self.shutdown_cost_usd
        state = {"committed": wanted.astype(np.float64), "transition_h": done.transition_h}
        return done.connected, switching_usd, state

    def _reactive_power(self, asked_mvar: FloatArray, running_mw: FloatArray) -> FloatArray:
        share = reactive_share(running_mw, p_max_mw=self.p_max_mw, q_ramp_in_fraction=self.q_ramp_in_fraction)
        room_mvar = reactive_room_mvar(running_mw, s_rated_mva=self.s_rated_mva)
        low_mvar = np.maximum(self.q_min_mvar * share, -room_mvar)
        high_mvar = np.minimum(self.q_max_mvar * share, room_mvar)
        return np.minimum(np.maximum(asked_mvar, low_mvar), high_mvar)


def _check_power(p_min_mw: float, p_max_mw: float) -> Iterator[Finding]:
    if p_min_mw > p_max_mw:
        message = f"p_min_mw = {p_min_mw:g} is above p_max_mw = {p_max_mw:g}."
        yield Finding(path="p_min_mw", message=message, remedy="Lower p_min_mw or raise p_max_mw.")


def _check_reactive_power(q_min_mvar: float) -> Iterator[Finding]:
    if not (-math.inf < q_min_mvar <= 0.0):
        message = f"must be zero or negative, not {q_min_mvar!r}: it is the reactive power absorbed."
        yield Finding(path="q_min_mvar", message=message, remedy="Leave it out for -q_max_mvar.")


def _check_rating(s_rated_mva: float, p_max_mw: float) -> Iterator[Finding]:
    if s_rated_mva < p_max_mw:
        message = f"s_rated_mva = {s_rated_mva:g} cannot carry p_max_mw = {p_max_mw:g}."
        yield Finding(path="s_rated_mva", message=message, remedy="Raise it, or leave it out.")


def _check_coefficients(cost_curve_coefs: tuple[float, ...]) -> Iterator[Finding]:
    if len(cost_curve_coefs) != 3 or not all(0.0 <= coefficient < math.inf for coefficient in cost_curve_coefs):
        message = f"must be three numbers that are not negative, not {list(cost_curve_coefs)!r}."
        remedy = "Give [a, b, c] of a P² + b P + c with P in MW and the cost in USD/h."
        yield Finding(path="cost_curve_coefs", message=message, remedy=remedy)

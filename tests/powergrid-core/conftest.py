"""Small kinds and nets whose numbers can be computed by hand; no device package is needed."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import pandapower as pp
import pytest

from heron.core.feature import FeatureProvider
from heron.core.quantity import Quantity
from heron.plant import SetpointField
from heron.types import FloatArray
from powergrid.agents import DeviceAgent, PowerGridAgent
from powergrid.core.features import ElectricalBasePh, StorageBlock
from powergrid.envs import NetworkedGridEnv
from powergrid.plant.device import Block, Device, DeviceInputs, DeviceOutputs, ExogenousField
from powergrid.plugins import register_device
from powergrid.plugins.devices import unregister_device


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine(Device):
    """Generator: gives what it is asked for, at a fuel price; with reactive power if it has any."""

    p_max_mw: float
    p_min_mw: float = 0.0
    q_max_mvar: float = 0.0
    fuel_usd_per_mwh: float = 0.0

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        p_mw = SetpointField(name="p_mw", unit="MW", low=self.p_min_mw, high=self.p_max_mw, neutral=self.p_min_mw)
        q_mvar = SetpointField(name="q_mvar", unit="Mvar", low=-self.q_max_mvar, high=self.q_max_mvar)
        return (p_mw, q_mvar) if self.q_max_mvar > 0.0 else (p_mw,)

    def initial_state(self) -> Mapping[str, float]:
        return {"p_mw": self.p_min_mw}

    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        asked = inputs.setpoint.p_mw
        p_mw = np.minimum(np.maximum(asked, self.p_min_mw), self.p_max_mw)
        q_mvar = inputs.setpoint.q_mvar if "q_mvar" in inputs.setpoint else np.zeros(p_mw.shape)
        return DeviceOutputs(
            p_mw=p_mw,
            q_mvar=q_mvar,
            cost_usd=self.fuel_usd_per_mwh * p_mw * inputs.step_h,
            limited={"p_mw": p_mw != asked},
        )

    def respond_to_price(
        self, price_usd_per_mwh: FloatArray, state: Block, exogenous: Block
    ) -> Mapping[str, FloatArray]:
        return {"p_mw": np.where(price_usd_per_mwh >= self.fuel_usd_per_mwh, self.p_max_mw, self.p_min_mw)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell(Device):
    """Battery: 80 % each way, empty at 0 and full at 1; violates its limit above ``soc_alarm``."""

    family: ClassVar[str] = "storage"
    carries: ClassVar[tuple[type[FeatureProvider], ...]] = (ElectricalBasePh, StorageBlock)
    capacity_mwh: float
    p_max_mw: float
    soc_initial: float = 0.5
    soc_alarm: float = 1.0

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        return (SetpointField(name="p_mw", unit="MW", low=-self.p_max_mw, high=self.p_max_mw),)

    def initial_state(self) -> Mapping[str, float]:
        return {"soc": self.soc_initial}

    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        soc, asked = inputs.state.soc, inputs.setpoint.p_mw
        most = np.minimum(self.p_max_mw, soc * self.capacity_mwh * 0.8 / inputs.step_h)
        least = np.maximum(-self.p_max_mw, (soc - 1.0) * self.capacity_mwh / 0.8 / inputs.step_h)
        p_mw = np.minimum(np.maximum(asked, least), most)
        drawn_mwh = np.where(p_mw > 0.0, p_mw / 0.8, p_mw * 0.8) * inputs.step_h
        after = soc - drawn_mwh / self.capacity_mwh
        return DeviceOutputs(
            p_mw=p_mw,
            q_mvar=np.zeros(p_mw.shape),
            state={"soc": after},
            violation=np.maximum(after - self.soc_alarm, 0.0),
            limited={"p_mw": p_mw != asked},
        )

    def stored_mwh(self, state: Block) -> FloatArray:
        return state.soc * self.capacity_mwh

    def settlement_mwh(self, change_mwh: FloatArray) -> FloatArray:
        return np.where(change_mwh > 0.0, change_mwh * 0.8, change_mwh / 0.8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel(Device):
    """Sun: gives what its series allows, less what is curtailed."""

    p_rated_mw: float
    column: str = "solar"

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        return (SetpointField(name="curtailment", low=0.0, high=1.0),)

    def exogenous_fields(self) -> tuple[ExogenousField, ...]:
        return (ExogenousField(quantity=Quantity(name="availability", initial=0.25), column=self.column),)

    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        p_mw = self.p_rated_mw * inputs.exogenous.availability * (1.0 - inputs.setpoint.curtailment)
        return DeviceOutputs(p_mw=p_mw, q_mvar=np.zeros(p_mw.shape))


class Heater(DeviceAgent):
    """Consumer written as an object: warms a room by 1 degC per MWh; keeps a count of its own."""

    family = "load"

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        self.temperature_degc = 20.0
        self.intervals = 0
        self.told: dict[str, Any] = {}
        super().__init__(*arguments, **keywords)

    def set_state(self) -> None:
        self.state.features = [ElectricalBasePh()]

    def set_action(self) -> None:
        self.action.set_specs(dim_c=1, range=[[0.0], [1.0]], names=["p_mw"])

    def begin_episode(self, rng: np.random.Generator) -> None:
        self.temperature_degc = rng.uniform(18.0, 22.0)

    def apply_action(self) -> None:
        self.state.electrical_base_ph.p_mw = -float(self.action.c[0])
        self.state.electrical_base_ph.q_mvar = -0.5 * float(self.action.c[0])

    def update_state(self, *, step_h: float, **told: Any) -> None:
        self.told = told
        self.intervals += 1
        self.temperature_degc -= self.state.electrical_base_ph.p_mw * step_h

    def update_cost_safety(self, **_: Any) -> None:
        self.cost = 0.5 * self.intervals
        self.safety = max(0.0, self.temperature_degc - 23.0)

    def respond_to_price(self, price: FloatArray) -> FloatArray:
        return np.where(price < 30.0, 1.0, 0.0)[np.newaxis]


KINDS = (Engine, Cell, Panel, Heater)


@pytest.fixture(scope="session")
def kinds() -> Iterator[SimpleNamespace]:
    """The kinds above, registered while they are needed."""
    for kind in KINDS:
        register_device(kind)
    yield SimpleNamespace(**{kind.__name__: kind for kind in KINDS})
    for kind in KINDS:
        unregister_device(kind)


def pair_net(*, load_mw: float = 0.0, r_pu: float = 0.1, zones: bool = False) -> Any:
    """A source, a 10 kV line of 0.1 pu and a bus ``end`` with a load; 1 pu of power is 1 MVA.

    The voltage at the end of a line with resistance r that delivers p is (1 + sqrt(1 - 4 p r)) / 2: with 0.9 MW it is
    0.9 pu, the current 1 pu, the loss 0.1 MW and the source gives 1 MW. The rating of the line is 0.8 pu.
    """
    net = copy.deepcopy(_empty())
    source, end = pp.create_buses(net, 2, vn_kv=10.0, name=["source", "end"], zone=None)
    pp.create_ext_grid(net, source)
    rating_ka = 0.8 / (math.sqrt(3.0) * 10.0)
    pp.create_line_from_parameters(
        net, source, end, 1.0, r_pu * 100.0, 0.0, c_nf_per_km=0.0, max_i_ka=rating_ka, name="line"
    )
    if load_mw:
        pp.create_load(net, end, p_mw=load_mw, name="village")
    if zones:
        net.bus["zone"] = ["up", "down"]
    return net


@lru_cache(maxsize=1)
def _empty() -> Any:
    # making an empty net costs pandapower more than everything that comes into this one
    return pp.create_empty_network(name="pair", sn_mva=1.0)


_NUMBER = itertools.count()


def device(kind: str, name: str | None = None, bus: str = "end", **parameters: Any) -> dict[str, Any]:
    """Entry of a configuration's ``devices``."""
    return {
        "type": kind,
        "name": name or f"{kind.lower()}{next(_NUMBER)}",
        "device_state_config": {"bus": bus, **parameters},
    }


def grid_agent(net: Any, devices: Sequence[Mapping[str, Any]], *, name: str = "MG1", **keywords: Any) -> PowerGridAgent:
    """Agent of a microgrid with these devices."""
    return PowerGridAgent(net=net, grid_config={"name": name, "devices": list(devices)}, **keywords)


def series(**hourly: Sequence[float]) -> dict[str, Any]:
    """Data set of a day: load, solar, wind and price, the same for training and test."""
    day = {"load": np.ones(24), "solar": np.ones(24), "wind": np.ones(24), "price": np.zeros(24), **hourly}
    return {name: np.asarray(values, dtype=float) for name, values in day.items()}


@pytest.fixture(scope="session")
def world(kinds: SimpleNamespace) -> SimpleNamespace:
    """What environments are made of, with the kinds registered."""
    return SimpleNamespace(pair_net=pair_net, device=device, grid_agent=grid_agent, series=series, kinds=kinds)


@pytest.fixture
def pair_env(world: SimpleNamespace) -> Callable[..., NetworkedGridEnv]:
    """Environment of one agent and its devices at the end of the pair's line."""

    def make(
        devices: Sequence[Mapping[str, Any]],
        config: Mapping[str, Any] | None = None,
        *,
        n_env: int = 1,
        load_mw: float = 0.0,
        protocol: Any = None,
        **hourly: Sequence[float],
    ) -> NetworkedGridEnv:
        net = pair_net(load_mw=load_mw)
        agent = grid_agent(net, devices, protocol=protocol)
        settings = {"dataset": series(**hourly), "start": 0, **(config or {})}
        return NetworkedGridEnv.from_agents(net, [agent], settings, n_env=n_env)

    return make

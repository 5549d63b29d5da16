"""A device of one's own: an electric-vehicle charging site on the IEEE 13-bus feeder.

python examples/04_custom_device.py

The site is an array kind: a frozen dataclass of its nameplate and one method that lets an interval pass. Two policies
are compared on the same day: everyone charges at once, or the load is spread over the hours the cars are there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from heron.core.feature import quantity
from heron.plant.interface import SetpointField
from powergrid.agents.power_grid_agent import PowerGridAgent
from powergrid.core.features import ElectricalBasePh
from powergrid.core.features.base import PowerFeature
from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid.networks.ieee13 import IEEE13Bus
from powergrid.plant.device import Device, DeviceInputs, DeviceOutputs
from powergrid.plugins import register_device

HOURS = 8
NEEDED_MWH = 2.4
PRICE_USD_PER_MWH = 50.0


class ParkedCars(PowerFeature):
    """Energy that the parked cars still want."""

    row_name = "cars"
    wanted_mwh: float = quantity(0.0, unit="MWh", low=0.0)


@register_device
@dataclass(frozen=True, slots=True, kw_only=True)
class ChargingSite(Device):
    """Chargers of a car park: draw power until the cars have what they came for.

    Parameters
    ----------
    p_rated_mw
        Power of all chargers together. [MW]
    needed_mwh
        Energy the cars want at the start of an episode. [MWh]
    """

    family: ClassVar[str] = "load"
    carries: ClassVar = (ElectricalBasePh, ParkedCars)

    p_rated_mw: float
    needed_mwh: float

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        """Power, negative because it flows out of the grid; charging nothing is neutral."""
        return (SetpointField(name="p_mw", unit="MW", low=-self.p_rated_mw, high=0.0, neutral=0.0),)

    def initial_state(self) -> dict[str, float]:
        """The cars arrive empty."""
        return {"wanted_mwh": self.needed_mwh}

    def display_scales(self) -> dict[str, tuple[float, float]]:
        """Powers by rating, energy by what was wanted."""
        return {"p_mw": (0.0, self.p_rated_mw), "wanted_mwh": (0.0, self.needed_mwh)}

    def advance(self, inputs: DeviceInputs) -> DeviceOutputs:
        """Limit the power to the chargers and to what the cars still take, then count the energy."""
        wanted_mw = inputs.state.wanted_mwh / inputs.step_h
        drawn_mw = np.clip(-inputs.setpoint.p_mw, 0.0, np.minimum(self.p_rated_mw, wanted_mw))
        return DeviceOutputs(
            p_mw=-drawn_mw,
            q_mvar=np.zeros(drawn_mw.shape),
            state={"wanted_mwh": np.maximum(inputs.state.wanted_mwh - drawn_mw * inputs.step_h, 0.0)},
            limited={"p_mw": -drawn_mw != inputs.setpoint.p_mw},
        )


def main() -> None:
    print(f"{'policy':22} {'bus 675, lowest':>15} {'cost':>9} {'safety':>7} {'still wanted':>13}")
    for name, power_mw in (("nobody charges", nobody), ("all at once", all_at_once), ("spread over the day", spread)):
        env = build()
        env.reset(seed=0)
        voltage_pu, cost_usd, safety = [], 0.0, 0.0
        while env.agents:
            _, _, _, _, infos = env.step({"MG1": np.array([-power_mw(env.core.steps[0])], dtype=np.float32)})
            voltage_pu.append(env.core.table["MG1 Bus 675.voltage.vm_pu"][0])
            cost_usd += infos["MG1"]["cost"]
            safety += infos["MG1"]["safety"]
        wanted_mwh = env.agent_dict["MG1"].devices["cars"].state[ParkedCars].wanted_mwh
        print(f"{name:22} {min(voltage_pu):12.4f} pu {cost_usd:5.0f} USD {safety:7.3f} {wanted_mwh:9.2f} MWh")


def build() -> NetworkedGridEnv:
    """One microgrid whose loads follow a flat day at a flat price, with the charging site at bus 675."""
    net = IEEE13Bus("MG1", load_scale=0.8)
    site = {"type": "ChargingSite", "name": "cars"}
    site["device_state_config"] = {"bus": "Bus 675", "p_rated_mw": 1.2, "needed_mwh": NEEDED_MWH}
    agent = PowerGridAgent(net=net, grid_config={"name": "MG1", "devices": [site]})
    flat = {"load": np.ones(24), "price": np.full(24, PRICE_USD_PER_MWH)}
    config = {"max_episode_steps": HOURS, "dataset": {"train": flat, "test": flat}, "action_units": "physical"}
    return NetworkedGridEnv.from_agents(net, [agent], config)


def nobody(hour: int) -> float:
    """Charging power. [MW]"""
    return 0.0


def all_at_once(hour: int) -> float:
    """Charging power when everyone plugs in and nobody waits. [MW]"""
    return 1.2


def spread(hour: int) -> float:
    """Charging power that is just enough to be done in time. [MW]"""
    return NEEDED_MWH / HOURS


if __name__ == "__main__":
    main()

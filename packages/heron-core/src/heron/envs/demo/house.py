"""Houses, and the supplier above them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from heron.agents.coordinator import CoordinatorAgent
from heron.agents.system import SystemAgent
from heron.core.observation import Observation
from heron.core.policy import Policy
from heron.envs.demo.climate import HouseClimate
from heron.envs.demo.room import Room
from heron.protocols.base import Protocol
from heron.protocols.vertical import PriceSignalProtocol, SetpointProtocol
from heron.types import FloatArray

HIGHEST_TARIFF_USD_PER_H = 4.0


class House(CoordinatorAgent):
    """Directs the heaters of its rooms.

    Parameters
    ----------
    agent_id
        Name.
    rooms
        Rooms by short name.
    protocol, policy
        As in `CoordinatorAgent`; setpoints when no protocol is given.
    """

    def __init__(
        self,
        agent_id: str,
        rooms: Mapping[str, Room],
        *,
        protocol: Protocol | None = None,
        policy: Policy | None = None,
    ) -> None:
        super().__init__(agent_id, protocol=protocol or SetpointProtocol(), policy=policy, subordinates=rooms)
        self.rooms = dict(rooms)
        self.state.features = [HouseClimate()]


class Supplier(SystemAgent):
    """Announces to the houses what the next hour of heat costs.

    Parameters
    ----------
    agent_id
        Name.
    houses
        Those it tells.
    """

    def __init__(self, agent_id: str, houses: Mapping[str, House]) -> None:
        protocol = PriceSignalProtocol(0.0, HIGHEST_TARIFF_USD_PER_H, unit="USD/h")
        super().__init__(agent_id, protocol=protocol, policy=AnnounceTariff(), subordinates=houses)


class AnnounceTariff(Policy):
    """Announces the tariff as it is."""

    def act(self, observation: Observation) -> FloatArray:
        """The action that `PriceSignalProtocol` turns into the tariff."""
        tariff = observation["tariff_usd_per_h"]
        action: FloatArray = (2.0 * tariff / HIGHEST_TARIFF_USD_PER_H - 1.0)[:, np.newaxis]
        return action

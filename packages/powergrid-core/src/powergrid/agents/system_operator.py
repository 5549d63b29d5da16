"""The operator of the network above the microgrids."""

from __future__ import annotations

from typing import Any

from heron.agents.system import SystemAgent
from powergrid.core.features.network import BusVoltages, LineFlows


class SystemOperator(SystemAgent):
    """A distribution or independent system operator (DSO, ISO): sees the whole network, owns the feeder.

    Parameters
    ----------
    agent_id, keywords
        As in `SystemAgent`.
    """

    def __init__(self, agent_id: str, **keywords: Any) -> None:
        super().__init__(agent_id, **keywords)
        self.state.features = [BusVoltages(), LineFlows()]

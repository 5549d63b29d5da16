"""The operator of the network above the microgrids."""

from __future__ import annotations

from heron.agents.system import SystemAgent


class SystemOperator(SystemAgent):
    """A distribution or independent system operator (DSO, ISO): sees the whole network, owns the feeder."""

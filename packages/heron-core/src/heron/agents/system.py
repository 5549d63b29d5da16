"""The system agent: the top level."""

from __future__ import annotations

from typing import ClassVar

from heron.agents.hierarchical import HierarchicalAgent
from heron.core.state import SystemAgentState


class SystemAgent(HierarchicalAgent):
    """Sees what is open to the system level and directs coordinators."""

    level = 3
    state_class: ClassVar[type[SystemAgentState]] = SystemAgentState

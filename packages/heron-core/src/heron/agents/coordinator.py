"""Coordinators: the middle level."""

from __future__ import annotations

from typing import ClassVar

from heron.agents.hierarchical import HierarchicalAgent
from heron.core.state import CoordinatorAgentState


class CoordinatorAgent(HierarchicalAgent):
    """Directs the field agents of an area."""

    level = 2
    state_class: ClassVar[type[CoordinatorAgentState]] = CoordinatorAgentState

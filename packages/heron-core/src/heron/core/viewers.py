"""Which rows each agent may see, collected once for all agents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from heron.core.quantity import Quantity
from heron.core.visibility import SYSTEM_LEVEL, Visibility
from heron.types import IndexArray


@dataclass(slots=True)
class RowOwner:
    """The agent a row belongs to and that agent's superior; filled in when agents are bound."""

    agent_id: str | None = None
    parent_id: str | None = None


class RowViewers:
    """Rows grouped by who may see them.

    Asking `can_see` for every row and agent would take time in proportion to both, minutes for a
    thousand agents; the groups are made in one pass.

    Parameters
    ----------
    quantities
        Declaration of each row.
    owners
        Owner of each row.
    """

    def __init__(self, quantities: Sequence[Quantity], owners: Sequence[RowOwner]) -> None:
        self._everyone: list[int] = []
        self._system: list[int] = []
        self._agent: defaultdict[str, list[int]] = defaultdict(list)
        for row, (quantity, owner) in enumerate(zip(quantities, owners, strict=True)):
            groups = quantity.visibility
            if Visibility.PUBLIC in groups:
                self._everyone.append(row)
            if Visibility.SYSTEM in groups:
                self._system.append(row)
            if Visibility.OWNER in groups and owner.agent_id is not None:
                self._agent[owner.agent_id].append(row)
            if Visibility.UPPER_LEVEL in groups and owner.parent_id is not None:
                self._agent[owner.parent_id].append(row)

    def rows(self, agent_id: str, level: int) -> IndexArray:
        """Rows an agent may see, in table order, each once."""
        seen = [*self._everyone, *self._agent.get(agent_id, ()), *(self._system if level >= SYSTEM_LEVEL else ())]
        return np.unique(np.array(seen, dtype=np.intp))

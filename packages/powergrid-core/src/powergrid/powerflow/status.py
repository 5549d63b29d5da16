"""How a power flow ended."""

from __future__ import annotations

from enum import IntEnum


class PowerFlowStatus(IntEnum):
    """End of one environment's power flow: an outcome, never an exception."""

    CONVERGED = 0
    """Every node's power is balanced to the tolerance."""

    MAX_ITERATIONS = 1
    """The iterations were used up before the tolerance was met: at or beyond the limit of what the lines can carry."""

    DIVERGED = 2
    """A voltage left the range of 0.1 to 10 times its value without load, or was not a number."""

"""What the last interval cost an agent."""

from __future__ import annotations

from heron.core.feature import FeatureProvider, quantity


class Account(FeatureProvider):
    """Cost and safety of the last interval, in the units of the plant's world.

    Not part of any observation: an agent learns its reward from the environment.
    """

    visibility = ()
    row_name = "account"
    cost: float = quantity(0.0)
    safety: float = quantity(0.0)

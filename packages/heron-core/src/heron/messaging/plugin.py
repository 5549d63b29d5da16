"""What heron-core itself registers, through the same hook as everyone's packages."""

from __future__ import annotations

from collections.abc import Mapping

from heron.messaging.hooks import BrokerFactory, hookimpl
from heron.messaging.in_memory import InMemoryBroker


@hookimpl
def heron_register_brokers() -> Mapping[str, BrokerFactory]:
    """Brokers that come with heron-core."""
    return {"in_memory": InMemoryBroker}

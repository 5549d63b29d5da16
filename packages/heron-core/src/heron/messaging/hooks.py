"""The hooks of HERON: what a plug-in may register, and when it is asked.

A hook is called once, when something of its sort is first looked up by name; its answer is kept until another plug-in
is registered. No hook is called while an environment steps, and a hook has no side effects.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import pluggy

from heron.messaging.broker import MessageBroker

PROJECT = "heron"
"""Name of the pluggy project and of the entry-point group."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class BrokerFactory(Protocol):
    """Makes a message broker: called once for each environment that is built."""

    def __call__(self) -> MessageBroker:
        """Broker that nobody is connected to yet."""


@hookspec
def heron_register_brokers() -> Mapping[str, BrokerFactory]:
    """Message brokers that a configuration can name under ``message_broker:``.

    Called when a broker is first looked up: while an environment whose agents talk through messages is built.

    Returns
    -------
    mapping
        Factories by name. A factory takes nothing and returns a `MessageBroker`, such as the class itself; libraries
        and connections are opened in it, not in the hook.
    """
    raise NotImplementedError

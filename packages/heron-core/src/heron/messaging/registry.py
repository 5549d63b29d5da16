"""Message brokers by name, as all plug-ins together provide them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from heron.messaging import hooks
from heron.messaging.hooks import PROJECT, BrokerFactory
from heron.plugins import PluginHost, Registry

_BUILTINS = ("heron.messaging.plugin",)


@lru_cache(maxsize=1)
def plugin_host() -> PluginHost:
    """Host that every look-up of a broker asks; it imports plug-ins when it is first asked."""
    return PluginHost(PROJECT, hooks, entry_point_group=PROJECT, builtins=_BUILTINS, distribution="heron-core")


def broker_registry(*, host: PluginHost | None = None) -> Registry[BrokerFactory]:
    """Factories of message brokers by name; an unknown one raises `UnknownNameError`.

    Parameters
    ----------
    host
        Where to ask instead of the installed plug-ins.
    """
    host = host or plugin_host()
    answers = host.collect("heron_register_brokers", names=_by_name)
    return Registry("message broker", answers, report=host.report)


def _by_name(answer: Any) -> Mapping[str, BrokerFactory]:
    if not isinstance(answer, Mapping) or not all(isinstance(name, str) and callable(answer[name]) for name in answer):
        raise TypeError(f"it returned {answer!r}, not a mapping from names to factories")
    return answer

"""The one plug-in host of PowerGrid."""

from __future__ import annotations

from functools import lru_cache

from heron.plugins import PluginHost, PluginOrigin
from powergrid.plugins import specs
from powergrid.plugins.markers import PROJECT

BUILTINS = ("powergrid.setups.plugin", "powergrid.bench.plugin")
"""Modules of powergrid-core that register through the same hooks as everyone's."""


@lru_cache(maxsize=1)
def plugin_host() -> PluginHost:
    """Host that every look-up by name asks; it imports plug-ins when it is first asked."""
    return new_host()


def new_host() -> PluginHost:
    """Another host that knows the same installed plug-ins and nothing registered in the program."""
    return PluginHost(PROJECT, specs, entry_point_group=PROJECT, builtins=BUILTINS, distribution="powergrid-core")


def load_plugins() -> tuple[PluginOrigin, ...]:
    """Import every installed plug-in now, instead of at the first look-up.

    Returns
    -------
    tuple of PluginOrigin
        The plug-ins in use: name, distribution, version and module of each. One that failed is not among them; a
        `PluginWarning` said so.
    """
    return plugin_host().load()

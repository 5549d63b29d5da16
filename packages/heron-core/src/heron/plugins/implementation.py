"""Check of a plug-in before it is registered: a hook that would never be called is an error."""

from __future__ import annotations

from collections.abc import Collection

import pluggy

from heron.errors import PluginError, suggest
from heron.plugins.origin import PluginOrigin


def check_implementation(
    manager: pluggy.PluginManager, plugin: object, *, hooks: Collection[str], origin: PluginOrigin
) -> None:
    """Refuse a plug-in that implements nothing, an unknown hook, or a hook without its marker.

    Raises
    ------
    PluginError
        Names the plug-in, the function and the nearest hook.
    """
    names = dir(plugin)
    marked = {name for name in names if manager.parse_hookimpl_opts(plugin, name) is not None}
    for name in sorted(marked - set(hooks)):
        raise PluginError(f"{origin} implements {name!r}, which is no hook.", remedy=suggest(name, hooks))
    for name in sorted((set(names) & set(hooks)) - marked):
        raise PluginError(f"{origin} defines {name!r} without @hookimpl.", remedy="Put @hookimpl above it.")
    if not marked:
        raise PluginError(f"{origin} implements no hook.", remedy=f"Hooks are {', '.join(sorted(hooks))}.")

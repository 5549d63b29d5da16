"""Check of a plug-in before it is registered: a hook that would never be called is an error."""

from __future__ import annotations

from collections.abc import Collection, Iterator

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
    marked = dict(_marked(manager, plugin))
    for hook in marked.values():
        if hook not in hooks:
            raise PluginError(f"{origin} implements {hook!r}, which is no hook.", remedy=suggest(hook, hooks))
    for name in sorted(set(dir(plugin)) & set(hooks) - marked.keys()):
        raise PluginError(f"{origin} defines {name!r} without @hookimpl.", remedy="Put @hookimpl above it.")
    if not marked:
        raise PluginError(f"{origin} implements no hook.", remedy=f"Hooks are {', '.join(sorted(hooks))}.")


def _marked(manager: pluggy.PluginManager, plugin: object) -> Iterator[tuple[str, str]]:
    for name in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, name)
        if options is not None:
            yield name, options.get("specname") or name

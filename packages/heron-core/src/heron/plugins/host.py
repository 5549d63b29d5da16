"""Host that finds plug-ins, keeps a broken one from stopping the others, and asks them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import Any

import pluggy

from heron.errors import PluginError
from heron.plugins.contribution import Contribution
from heron.plugins.implementation import check_implementation
from heron.plugins.origin import PluginOrigin
from heron.plugins.report import PluginReport

Names = Callable[[Any], Mapping[str, Any]]


class PluginHost:
    """Plug-ins of one project: found through entry points, loaded when first needed.

    Parameters
    ----------
    project
        Project name of the pluggy markers, for example ``"demo"``.
    hookspecs
        Module whose functions marked with the project's ``HookspecMarker`` are the hooks.
    entry_point_group
        Group in which distributions declare their plug-in modules.
    builtins
        Modules of the project's own that are loaded first and through the same checks.
    distribution
        Distribution that the built-in modules belong to.
    """

    def __init__(
        self,
        project: str,
        hookspecs: ModuleType,
        *,
        entry_point_group: str,
        builtins: Sequence[str] = (),
        distribution: str = "",
    ) -> None:
        self._manager = pluggy.PluginManager(project)
        self._manager.add_hookspecs(hookspecs)
        self._hooks = frozenset(
            name for name in dir(hookspecs) if self._manager.parse_hookspec_opts(hookspecs, name) is not None
        )
        self._group = entry_point_group
        self._builtins = tuple(PluginOrigin(name=name, distribution=distribution) for name in builtins)
        self._origins: dict[str, PluginOrigin] = {}
        self._answers: dict[str, tuple[Contribution, ...]] = {}
        self._loaded = False
        self.report = PluginReport()

    @property
    def hooks(self) -> tuple[str, ...]:
        """Names of the hooks, sorted."""
        return tuple(sorted(self._hooks))

    @property
    def plugins(self) -> tuple[PluginOrigin, ...]:
        """Plug-ins in use, in the order they were registered."""
        return tuple(self._origins.values())

    def load(self) -> tuple[PluginOrigin, ...]:
        """Import every installed plug-in once.

        A plug-in that fails is left out with a ``PluginWarning`` naming distribution, entry point and cause.

        Returns
        -------
        tuple of PluginOrigin
            The plug-ins in use, those registered in the program included.
        """
        if not self._loaded:
            self._loaded = True
            for origin in self._builtins:
                self._load_one(origin, partial(importlib.import_module, origin.name))
            for entry_point in _entry_points(self._group):
                self._load_one(PluginOrigin.of_entry_point(entry_point), entry_point.load)
        return self.plugins

    def register(self, plugin: object, *, name: str) -> PluginOrigin:
        """Add a plug-in made in the program, such as a module or an object with marked methods.

        Raises
        ------
        PluginError
            The name is taken, or the plug-in does not fit the hooks.
        """
        origin = PluginOrigin(name=name)
        self._add(origin, plugin)
        return origin

    def unregister(self, name: str) -> None:
        """Remove a plug-in that was added with `register`.

        Raises
        ------
        PluginError
            No plug-in of this name is registered.
        """
        if name not in self._origins:
            raise PluginError(f"No plug-in named {name!r} is registered; there are {sorted(self._origins)}.")
        self._manager.unregister(name=name)
        del self._origins[name]
        self.refresh()

    def refresh(self) -> None:
        """Forget the answers of all plug-ins, so that the next `collect` asks again."""
        self._answers.clear()

    def collect(self, hook: str, *, names: Names) -> tuple[Contribution, ...]:
        """Answers of all plug-ins to one hook, asked once and kept.

        A plug-in that raises or answers with something unusable is left out with a ``PluginWarning``.

        Parameters
        ----------
        hook
            Name of a hook without parameters.
        names
            Turns a plug-in's answer into objects by name; raises ``TypeError`` or ``ValueError`` on an unusable one.

        Returns
        -------
        tuple of Contribution
            In order of registration.
        """
        self.load()
        if hook not in self._answers:
            self._answers[hook] = tuple(self._ask(hook, names))
        return self._answers[hook]

    def _ask(self, hook: str, names: Names) -> Iterator[Contribution]:
        implementations = getattr(self._manager.hook, hook).get_hookimpls()
        by_plugin = {implementation.plugin_name: implementation for implementation in implementations}
        for key, origin in list(self._origins.items()):
            if key not in by_plugin:
                continue
            try:
                yield Contribution(origin=origin, entries=names(by_plugin[key].function()))
            except Exception as cause:  # noqa: BLE001  foreign code may fail in any way, without stopping the rest
                self.report.add(origin, _failure(f"Hook {hook} failed in {origin}", cause, origin=origin))

    def _load_one(self, origin: PluginOrigin, load: Callable[[], object]) -> None:
        try:
            self._add(origin, load())
        except PluginError as error:
            self.report.add(origin, error)
        except Exception as cause:  # noqa: BLE001  foreign code may fail in any way, without stopping the rest
            self.report.add(origin, _failure(f"Cannot load {origin}", cause, origin=origin))

    def _add(self, origin: PluginOrigin, plugin: object) -> None:
        if origin.key in self._origins:
            raise PluginError(f"Two plug-ins are named {origin.key!r}.", remedy="Rename or uninstall one of them.")
        check_implementation(self._manager, plugin, hooks=self._hooks, origin=origin)
        try:
            self._manager.register(plugin, name=origin.key)
        except ValueError as cause:
            raise PluginError(f"Cannot register {origin}: its module is registered already.") from cause
        except pluggy.PluginValidationError as cause:
            if self._manager.has_plugin(origin.key):  # older releases of pluggy keep what they refused
                self._manager.unregister(name=origin.key)
            raise PluginError(f"{origin} does not fit a hook: {cause}.") from cause
        self._origins[origin.key] = origin
        self.refresh()


def _entry_points(group: str) -> list[EntryPoint]:
    found = entry_points(group=group)
    return sorted(found, key=lambda point: (point.dist.name if point.dist else "", point.name))


def _failure(what: str, cause: Exception, *, origin: PluginOrigin) -> PluginError:
    remedy = f"Reinstall or uninstall {origin.distribution}." if origin.distribution else ""
    error = PluginError(f"{what}: {type(cause).__name__}: {str(cause).rstrip('.')}.", remedy=remedy)
    error.__cause__ = cause
    return error

"""Device kinds registered in a program, without a package of their own."""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

from heron.errors import PluginError
from powergrid.plugins.host import plugin_host
from powergrid.plugins.markers import hookimpl
from powergrid.plugins.payloads import DeviceKind

KindT = TypeVar("KindT", bound=type)


class ProgramDevices:
    """Plug-in that holds the kinds of `register_device`."""

    def __init__(self) -> None:
        self._kinds: dict[str, DeviceKind] = {}

    @hookimpl
    def powergrid_register_devices(self) -> list[DeviceKind]:
        """Kinds registered so far."""
        return list(self._kinds.values())

    def add(self, kind: DeviceKind) -> None:
        """Add a kind, or replace it by its new definition when a notebook cell runs again."""
        name = kind_name(kind)
        present = self._kinds.get(name)
        if present is not None and _path(present) != _path(kind):
            raise PluginError(
                f"device type {name!r} is registered twice, by {_path(present)} and {_path(kind)}.",
                remedy="Rename one of the classes.",
            )
        self._kinds[name] = kind

    def remove(self, kind: DeviceKind) -> None:
        """Forget a kind."""
        name = kind_name(kind)
        if name not in self._kinds:
            raise PluginError(f"device type {name!r} was not registered in this program.")
        del self._kinds[name]


def register_device(kind: KindT) -> KindT:
    """Make a device kind available under ``type:`` in this process.

    Works as a function and as a decorator. Other processes, such as remote environment runners, do not see it: a
    package with an entry point is found by all of them.

    Parameters
    ----------
    kind
        Subclass of `Device` or `DeviceAgent`.

    Returns
    -------
    class
        The kind, unchanged.

    Raises
    ------
    TypeError
        It is not a class.
    PluginError
        Another class was registered under the same name.
    """
    if not isinstance(kind, type):
        raise TypeError(f"register_device takes a class, not {kind!r}.")
    _program_devices().add(kind)
    plugin_host().refresh()
    return kind


def unregister_device(kind: type) -> None:
    """Undo `register_device`.

    Raises
    ------
    PluginError
        The kind was not registered in this program.
    """
    _program_devices().remove(kind)
    plugin_host().refresh()


def kind_name(kind: type) -> str:
    """Name under which a configuration finds a kind: the class's own ``kind_name``, else the class's name.

    A ``kind_name`` that the class inherits is its parent's and stays the parent's.
    """
    return str(vars(kind).get("kind_name") or kind.__name__)


@lru_cache(maxsize=1)
def _program_devices() -> ProgramDevices:
    devices = ProgramDevices()
    plugin_host().register(devices, name="register_device")
    return devices


def _path(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"

"""Registries by name of everything that plug-ins provide."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from heron.errors import HeronError, UnknownNameError
from heron.plugins import PluginHost, Registry
from powergrid.errors import UnknownDatasetError, UnknownDeviceTypeError, UnknownSetupError
from powergrid.plugins.devices import kind_name
from powergrid.plugins.host import plugin_host
from powergrid.plugins.known import KNOWN_BENCHMARKS, KNOWN_COMMANDS, KNOWN_DATASETS, KNOWN_DEVICES, KNOWN_TRAINERS
from powergrid.plugins.payloads import (
    Benchmark,
    DatasetLoader,
    DeviceKind,
    NetworkBuilder,
    PolicyFactory,
    SolverFactory,
    Trainer,
)

if TYPE_CHECKING:
    import typer

DeviceRegistry: TypeAlias = "Registry[DeviceKind]"
_NOTHING: Mapping[str, str] = {}


def device_registry(*, host: PluginHost | None = None) -> DeviceRegistry:
    """Device kinds by the name that ``type:`` gives; an unknown one raises `UnknownDeviceTypeError`."""
    host = host or plugin_host()
    answers = host.collect("powergrid_register_devices", names=_kinds_by_name)
    return Registry("device type", answers, error=UnknownDeviceTypeError, known=KNOWN_DEVICES, report=host.report)


def network_registry(*, host: PluginHost | None = None) -> Registry[NetworkBuilder]:
    """Network builders by name; an unknown one raises `UnknownNameError`."""
    return _registry("network", "powergrid_register_networks", host=host)


def dataset_registry(*, host: PluginHost | None = None) -> Registry[DatasetLoader]:
    """Loaders of time series by name; an unknown one raises `UnknownDatasetError`."""
    return _registry(
        "dataset", "powergrid_register_datasets", host=host, error=UnknownDatasetError, known=KNOWN_DATASETS
    )


def setup_registry(*, host: PluginHost | None = None) -> Registry[Path]:
    """Folders of setups by name; an unknown one raises `UnknownSetupError`."""
    return _registry("setup", "powergrid_register_setups", host=host, error=UnknownSetupError)


def solver_registry(*, host: PluginHost | None = None) -> Registry[SolverFactory]:
    """Factories of power-flow solvers by name; an unknown one raises `UnknownNameError`."""
    return _registry("solver", "powergrid_register_solvers", host=host)


def trainer_registry(*, host: PluginHost | None = None) -> Registry[Trainer]:
    """Training algorithms by name; an unknown one raises `UnknownNameError`."""
    return _registry("trainer", "powergrid_register_trainers", host=host, known=KNOWN_TRAINERS)


def policy_registry(*, host: PluginHost | None = None) -> Registry[PolicyFactory]:
    """Factories of ready policies by name; an unknown one raises `UnknownNameError`."""
    return _registry("policy", "powergrid_register_policies", host=host)


def benchmark_registry(*, host: PluginHost | None = None) -> Registry[Benchmark]:
    """Benchmarks by name; an unknown one raises `UnknownNameError`."""
    return _registry("benchmark", "powergrid_register_benchmarks", host=host, known=KNOWN_BENCHMARKS)


def command_registry(*, host: PluginHost | None = None) -> Registry[typer.Typer]:
    """Commands of plug-ins by name; an unknown one raises `UnknownNameError`."""
    return _registry("command", "powergrid_register_commands", host=host, known=KNOWN_COMMANDS)


def _registry(
    subject: str,
    hook: str,
    *,
    host: PluginHost | None,
    error: type[HeronError] = UnknownNameError,
    known: Mapping[str, str] = _NOTHING,
) -> Registry[Any]:
    host = host or plugin_host()
    return Registry(subject, host.collect(hook, names=_by_name), error=error, known=known, report=host.report)


def _by_name(answer: Any) -> Mapping[str, Any]:
    if not isinstance(answer, Mapping) or not all(isinstance(name, str) and name for name in answer):
        raise TypeError(f"it returned {answer!r}, not a mapping from names")
    return answer


def _kinds_by_name(answer: Any) -> Mapping[str, DeviceKind]:
    if not isinstance(answer, (list, tuple)) or not all(isinstance(kind, type) for kind in answer):
        raise TypeError(f"it returned {answer!r}, not a list of classes")
    named = {kind_name(kind): kind for kind in answer}
    if len(named) < len(answer):
        raise ValueError(f"two of its kinds have the same name: {sorted(kind_name(kind) for kind in answer)}")
    return named

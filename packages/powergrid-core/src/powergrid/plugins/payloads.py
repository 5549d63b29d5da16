"""Types of what plug-ins register."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeAlias

# What plug-ins bring is defined on the floors above, which this one must not import: hence Any.
DeviceKind: TypeAlias = type[Any]
"""Subclass of `powergrid.plant.device.Device` or of `powergrid.agents.device_agent.DeviceAgent`."""

DatasetLoader: TypeAlias = Callable[[], Any]
"""Takes nothing and returns a `powergrid.plant.series.TimeSeriesTable`."""


class NetworkBuilder(Protocol):
    """Makes a network: called with its name, and with the settings a configuration gives."""

    def __call__(self, name: str, /, **settings: Any) -> Any:
        """pandapower net whose bus and element names start with the given name."""


class SolverFactory(Protocol):
    """Makes a power-flow solver: called once for each environment that is built."""

    def __call__(self, net: Any, compiled: Any, /) -> Any:
        """`powergrid.powerflow.PowerFlowSolver` of a pandapower net and its compiled form."""


class Trainer(Protocol):
    """Trains policies: called by ``powergrid train --algo <name>``."""

    def __call__(self, config: Mapping[str, Any], /, *, folder: Path, **settings: Any) -> Any:
        """Train on a configuration and write checkpoints, curves and logs into a folder."""


class PolicyFactory(Protocol):
    """Makes a ready policy, such as a baseline: called once for each agent it is to control."""

    def __call__(self, env: Any, agent_id: str, /) -> Any:
        """`heron.core.Policy` for one agent of an environment."""


class Benchmark(Protocol):
    """Says what is to be measured: called once by ``powergrid bench``."""

    def __call__(self, settings: Any, /) -> Iterable[Any]:
        """Comparisons and figures of `powergrid.bench`, each of which is measured before the next is asked for."""

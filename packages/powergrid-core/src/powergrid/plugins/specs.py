"""The hooks: what a plug-in may register, and when it is asked.

Every hook is called once, when something of its sort is first looked up by name; its answer is kept until another
plug-in is registered. No hook is called while an environment steps. A hook has no side effects: it returns names and
what they stand for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from powergrid.plugins.markers import hookspec
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


@hookspec
def powergrid_register_devices() -> Sequence[DeviceKind]:
    """Device kinds that a configuration can name under ``type:``.

    Called when a device type is first looked up: while an agent resolves its ``devices``, and by
    ``powergrid list devices``.

    Returns
    -------
    sequence of classes
        Subclasses of `Device` (array kinds) or `DeviceAgent` (object kinds); each is found under its kind name.
    """
    raise NotImplementedError


@hookspec
def powergrid_register_networks() -> Mapping[str, NetworkBuilder]:
    """Feeders that a configuration can name under ``network:``.

    Called when a network is first looked up: while an environment builds its net, and by ``powergrid list networks``.

    Returns
    -------
    mapping
        Builders by name. A builder takes the name that the net's buses and elements are to start with, and settings
        such as ``load_scale`` by keyword; it returns a pandapower net.
    """
    raise NotImplementedError


@hookspec
def powergrid_register_datasets() -> Mapping[str, DatasetLoader]:
    """Time series that a configuration can name under ``dataset:``.

    Called when a data set is first looked up: while an environment reads its exogenous series, by `load_dataset` and by
    ``powergrid list datasets``.

    Returns
    -------
    mapping
        Loaders by name. A loader takes nothing and returns a `TimeSeriesTable`; only it reads files.
    """
    raise NotImplementedError


@hookspec
def powergrid_register_setups() -> Mapping[str, Path]:
    """Ready configurations that `load_setup` finds by name.

    Called when a setup is first looked up: by `load_setup`, `get_available_setups` and ``powergrid list setups``.

    Returns
    -------
    mapping
        Folders by name; each holds a ``setup.yaml`` and the data it names by relative path.
    """
    raise NotImplementedError


@hookspec
def powergrid_register_solvers() -> Mapping[str, SolverFactory]:
    """Power-flow solvers that a configuration can name under ``solver:``.

    Called when a solver is first looked up: after an environment has compiled its net, before the first reset, and by
    ``powergrid list solvers``.

    Returns
    -------
    mapping
        Factories by name. A factory takes the pandapower net and the compiled network; it returns a
        `PowerFlowSolver`.
    """
    raise NotImplementedError


@hookspec
def powergrid_register_trainers() -> Mapping[str, Trainer]:
    """Training algorithms that ``powergrid train --algo`` can name.

    Called when a trainer is first looked up: at the start of ``powergrid train``.

    Returns
    -------
    mapping
        Trainers by name. A trainer takes the configuration and the folder for its results; heavy libraries are
        imported in it, not in the hook.
    """
    raise NotImplementedError


@hookspec
def powergrid_register_policies() -> Mapping[str, PolicyFactory]:
    """Policies that need no training, such as baselines, that an evaluation can name.

    Called when a policy is first looked up: at the start of ``powergrid evaluate``.

    Returns
    -------
    mapping
        Factories by name. A factory takes the environment and the agent's id; it returns a heron `Policy`.
    """
    raise NotImplementedError


@hookspec
def powergrid_register_benchmarks() -> Mapping[str, Benchmark]:
    """Rows of the table that ``powergrid bench`` prints.

    Called when a benchmark is first looked up: at the start of ``powergrid bench``, and by
    ``powergrid list benchmarks``.

    Returns
    -------
    mapping
        Benchmarks by name. A benchmark takes the settings of the run and yields what is to be measured; networks and
        environments are built in it, not in the hook.
    """
    raise NotImplementedError


@hookspec
def powergrid_register_commands() -> Mapping[str, typer.Typer]:
    """Commands and command groups of the ``powergrid`` program.

    Called when the program shows its help or meets a command that is not its own, before the command line is read
    further.

    Returns
    -------
    mapping
        Typer programs by command name. One with a single command and no callback becomes that command, any other a
        group; heavy libraries are imported in the commands, not in the hook.
    """
    raise NotImplementedError

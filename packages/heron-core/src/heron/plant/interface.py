"""What a plant is to its control: rows, setpoints, and time that passes."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from heron.core.quantity import Quantity
from heron.core.random import SeedTree
from heron.core.table import StateTable, TableBuilder
from heron.core.visibility import Visibility
from heron.errors import ConfigError
from heron.plant.disturbance_kind import DisturbanceKind, find_kind
from heron.types import BoolArray, FloatArray, IndexArray

_OWNER_ONLY = frozenset({Visibility.OWNER})


@dataclass(frozen=True, slots=True, kw_only=True)
class SetpointField:
    """One number a field agent can ask of its device.

    Parameters
    ----------
    name, unit
        Name within the device, and unit.
    low, high
        Bounds the action is scaled to. [unit]
    neutral
        Value that means *do nothing*. [unit]

    Raises
    ------
    ConfigError
        If a bound is not finite, or they cross.
    """

    name: str
    unit: str = "1"
    low: float
    high: float
    neutral: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low <= self.high):
            raise ConfigError(
                f"Setpoint field {self.name!r} has bounds {self.low} and {self.high} [{self.unit}].",
                remedy="An action is scaled to them: they must be finite and in order.",
            )

    def normalized_neutral(self) -> float:
        """The neutral value on the scale on which the bounds are -1 and 1."""
        spread = self.high - self.low
        return 2.0 * (self.neutral - self.low) / spread - 1.0 if spread > 0.0 else 0.0

    def quantity(self) -> Quantity:
        """Row of the latched setpoint, seen by the device only."""
        spread = 0.5 * (self.high - self.low)
        return Quantity(
            name=self.name,
            unit=self.unit,
            initial=self.neutral,
            offset=0.5 * (self.high + self.low),
            scale=spread if spread > 0.0 else 1.0,
            visibility=_OWNER_ONLY,
        )


@dataclass(frozen=True, slots=True)
class SetpointBlock:
    """Setpoints of one field agent and the rows they are latched in."""

    fields: tuple[SetpointField, ...]
    rows: IndexArray


class Plant(ABC):
    """What would exist without any controller.

    The life of a plant: `declare` its rows, `connect` to the table, then for each episode `reset`,
    and for each interval `write_exogenous`, (setpoints are latched into its rows,) `advance`,
    `settle`. All arrays have one column per environment.
    """

    table: StateTable

    @abstractmethod
    def declare(self, builder: TableBuilder) -> None:
        """Add the plant's rows to a table that is being built."""

    @abstractmethod
    def connect(self, table: StateTable) -> None:
        """Take the built table."""

    def follow_steps(self, step_ns: int) -> None:
        """Learn how long a control step is; told once, after `connect`. An interval may be shorter. [ns]"""

    @property
    @abstractmethod
    def setpoints(self) -> Mapping[str, SetpointBlock]:
        """Setpoints by field agent."""

    @abstractmethod
    def reset(self, envs: IndexArray, trees: Sequence[SeedTree], options: Mapping[str, Any]) -> None:
        """Begin episodes in some environments.

        Parameters
        ----------
        envs
            Columns to reset.
        trees
            Random streams, one per entry of ``envs``.
        options
            What the caller of the environment's ``reset`` handed in.
        """

    def check_reset(self, n_env: int, options: Mapping[str, Any]) -> None:
        """Refuse options of `reset` that it could not follow, before anything has changed.

        Parameters
        ----------
        n_env
            Number of environments that are to be reset.
        options
            As in `reset`.
        """

    @abstractmethod
    def write_exogenous(self, envs: IndexArray | None = None) -> None:
        """Write the exogenous values of the interval that starts now."""

    @abstractmethod
    def advance(self, step_ns: int) -> None:
        """Let time pass with the latched setpoints held. [ns]"""

    @abstractmethod
    def settle(self, final: BoolArray) -> None:
        """Write each agent's cost and safety of the last interval into its account rows.

        Parameters
        ----------
        final : (n_env,)
            Where the episode ends with this interval.
        """

    @property
    def limited(self) -> Mapping[str, BoolArray]:
        """Which setpoints had to be limited: field agent → ``(n_field, n_env)``; may be incomplete where none was."""
        return {}

    def failed(self) -> BoolArray:
        """Where the plant could not be solved in the last interval, shape ``(n_env,)``."""
        return np.zeros(self.table.n_env, dtype=np.bool_)

    def unavailable(self) -> Collection[str]:
        """Field agents whose device does not work at present, in any environment."""
        return ()

    def disturbance_kinds(self) -> Mapping[str, DisturbanceKind]:
        """What can go wrong, by the name of the kind; nothing by default."""
        return {}

    def check_disturbance(self, kind: str, target: str, parameters: Mapping[str, float | str]) -> None:
        """Refuse a disturbance that could not begin, before anything runs.

        Raises
        ------
        UnknownNameError
            If kind, target or a parameter does not exist.
        ConfigError
            If a parameter is missing, no number, or out of range.
        """
        known = find_kind(self.disturbance_kinds(), kind)
        known.check_target(kind, target)
        known.complete(kind, target, parameters)

    def begin_disturbance(
        self, kind: str, target: str, parameters: Mapping[str, float | str], envs: IndexArray | None = None
    ) -> None:
        """Let something go wrong from now on: for all that `advance` passes next, in some environments or in all.

        The plant must have been advanced to now. Exogenous rows show it at once. It is in force until it ends or the
        episode does; what begins a second time replaces what was.

        Parameters
        ----------
        kind, target, parameters
            What happens to whom, see `disturbance_kinds`.
        envs
            Environments; all when not given.

        Raises
        ------
        UnknownNameError, ConfigError
            As `check_disturbance`.
        """
        self.check_disturbance(kind, target, parameters)

    def end_disturbance(self, kind: str, target: str, envs: IndexArray | None = None) -> None:
        """Let it be over from now on, in some environments or in all; nothing happens where it is not in force.

        Raises
        ------
        UnknownNameError
            If there is no such kind or target.
        """
        find_kind(self.disturbance_kinds(), kind).check_target(kind, target)

    def report(self) -> Mapping[str, FloatArray]:
        """Named diagnostics of the last interval for ``info``, each ``(n_env,)``."""
        return {}

    def save_state(self) -> dict[str, Any]:
        """Everything that is not in the table."""
        return {}

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave."""

"""A plant made of object-kind devices and series, ready for use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from heron.core.clock import in_seconds
from heron.core.random import SeedTree
from heron.core.table import StateTable, TableBuilder
from heron.errors import ConfigError, suggest
from heron.plant.interface import Plant, SetpointBlock
from heron.plant.object_bank import ObjectBank
from heron.plant.object_kind import ObjectKind
from heron.plant.series import Series
from heron.types import BoolArray, FloatArray, IndexArray

_START = "start"
_PROBE = "options"  # PettingZoo's api tests reset with {"options": 1}, which must do nothing


class ObjectPlant(Plant):
    """A world of devices that do not touch each other, each written as an object.

    In every interval a device's ``update_state`` and ``update_cost_safety`` get the present value of
    each series under its name, and ``step_s``. A world with more in it overrides `exogenous`, or
    `advance` and calls this one.

    Parameters
    ----------
    devices
        The devices, in the order of their rows.
    series
        What the world is given; all of one length. An episode begins at a step drawn from the
        environment's own random stream, or at ``options["start"]`` of its reset.
    totals
        Agents whose cost and safety are those of some devices together: agent → devices.

    Raises
    ------
    ConfigError
        If series differ in length.
    """

    def __init__(
        self,
        devices: Sequence[ObjectKind],
        *,
        series: Sequence[Series] = (),
        totals: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        lengths = {one.quantity.name: len(one.values) for one in series}
        if len(set(lengths.values())) > 1:
            raise ConfigError(f"Series have different numbers of steps: {lengths}.")
        self.bank = ObjectBank(devices)
        self.series = tuple(series)
        self.totals = dict(totals or {})
        self._n_step = max(lengths.values(), default=1)
        self._values = np.array([one.values for one in self.series]).reshape(len(self.series), self._n_step)

    def declare(self, builder: TableBuilder) -> None:
        """Add the rows of devices and series."""
        self.bank.declare(builder)
        rows = [builder.add_block([one.thing], one.quantity, feature="series").start for one in self.series]
        self._series_rows = np.array(rows, dtype=np.intp)

    def connect(self, table: StateTable) -> None:
        """Bind the devices and find the accounts."""
        self.table = table
        self._start = np.zeros(table.n_env, dtype=np.intp)
        self._elapsed_ns = np.zeros(table.n_env, dtype=np.int64)
        self.bank.connect(table)
        self._account_rows = [
            (table.row(f"{agent}.account.{name}"), table.rows(f"{device}.account.{name}" for device in devices))
            for agent, devices in self.totals.items()
            for name in ("cost", "safety")
        ]

    def follow_steps(self, step_ns: int) -> None:
        """Learn how long a step of the series is: as long as a control step. [ns]"""
        self._series_step_ns = step_ns

    @property
    def cursor(self) -> IndexArray:
        """Step of the series at which each environment is, ``(n_env,)``."""
        return (self._start + self._elapsed_ns // self._series_step_ns) % self._n_step

    @property
    def setpoints(self) -> Mapping[str, SetpointBlock]:
        """Setpoints by device."""
        return self.bank.setpoints

    def reset(self, envs: IndexArray, trees: Sequence[SeedTree], options: Mapping[str, Any]) -> None:
        """Begin episodes: choose where the series start, and let the devices draw.

        Raises
        ------
        ConfigError
            If the series have no step ``options["start"]``, or an option is called anything else.
        """
        self._check_options(options)
        for env, tree in zip(envs, trees, strict=True):
            drawn = tree.generator("series", "start").integers(self._n_step)
            self._start[env] = int(options.get(_START, drawn))
        self._elapsed_ns[envs] = 0
        self.bank.reset(envs, trees)

    def _check_options(self, options: Mapping[str, Any]) -> None:
        for name in options:
            if name not in (_START, _PROBE):
                raise ConfigError(
                    f"There is no reset option {name!r}; there is {_START!r}.", remedy=suggest(str(name), [_START])
                )
        start = options.get(_START, 0)
        if not isinstance(start, (int, np.integer)) or not 0 <= start < self._n_step:
            raise ConfigError(
                f"Reset option {_START!r} is {start!r}.",
                remedy=f"Give one whole number from 0 to {self._n_step - 1}, a step of the series.",
            )

    def write_exogenous(self, envs: IndexArray | None = None) -> None:
        """Write the series' values of the interval that starts now."""
        columns = np.arange(self.table.n_env, dtype=np.intp) if envs is None else envs
        self.table.values[np.ix_(self._series_rows, columns)] = self._values[:, self.cursor[columns]]

    def exogenous(self, device: ObjectKind, env: int) -> Mapping[str, Any]:
        """What a device is told about the interval in one environment, beside ``step_s``."""
        values = self.table.values[self._series_rows, env].tolist()
        return {one.quantity.name: value for one, value in zip(self.series, values, strict=True)}

    def advance(self, step_ns: int) -> None:
        """Let an interval pass for every device. [ns]"""
        step_s = in_seconds(step_ns)
        self.bank.advance(lambda device, env: {"step_s": step_s, **self.exogenous(device, env)})
        self._elapsed_ns += step_ns

    def settle(self, final: BoolArray) -> None:
        """Add up the accounts of devices for the agents above them; devices have written their own."""
        for row, parts in self._account_rows:
            total: FloatArray = np.zeros(self.table.n_env)
            for part in parts:
                total = total + self.table.values[part]
            self.table.values[row] = total

    @property
    def limited(self) -> Mapping[str, BoolArray]:
        """Where a setpoint lies outside its field's bounds: device → ``(n_field, n_env)``."""
        return self.bank.limited()

    def save_state(self) -> dict[str, Any]:
        """Where the series stand, and what the devices keep outside the table."""
        return {
            "start": self._start.copy(),
            "elapsed_ns": self._elapsed_ns.copy(),
            "devices": self.bank.save_state(),
        }

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave."""
        self._start[...] = state["start"]
        self._elapsed_ns[...] = state["elapsed_ns"]
        self.bank.restore_state(state["devices"])

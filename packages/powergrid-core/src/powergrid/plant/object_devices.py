"""Object kinds beside the array kinds: the same face as a bank, a loop inside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from heron.core.random import SeedTree
from heron.core.table import StateTable, TableBuilder
from heron.errors import ConfigError
from heron.plant.object_bank import ObjectBank, ObjectKind
from heron.types import BoolArray, FloatArray, IndexArray
from powergrid.config.aliases import canonical

Outside: TypeAlias = Callable[[str, int], Mapping[str, Any]]
"""What a device is told about an interval, by its name and environment."""


class ObjectDevices:
    """Devices written as objects, looped over in every environment.

    Parameters
    ----------
    devices
        The device agents; each one's state has a power ``p_mw`` in one of its features, and may have a ``q_mvar``.

    Attributes
    ----------
    tripped : (n_dev, n_env)
        Where a device does not work: it gives nothing, costs nothing and stays as it is. None where all work.

    Raises
    ------
    ConfigError
        If a device's state has no active power, or a power twice.
    """

    def __init__(self, devices: Sequence[ObjectKind]) -> None:
        self.bank = ObjectBank(devices)
        self.names = tuple(device.agent_id for device in devices)
        self.tripped: BoolArray | None = None
        self._p_names = [_power_name(device, "p_mw") for device in devices]
        self._q_names = [_power_name(device, "q_mvar") for device in devices]
        for device, name in zip(devices, self._p_names, strict=True):
            if name is None:
                raise ConfigError(
                    f"Device {device.agent_id!r} has no field p_mw in its state: {device.state.names()}.",
                    remedy="Let its state carry ElectricalBasePh; positive power flows into the grid.",
                )

    def declare(self, builder: TableBuilder) -> None:
        """Add the rows of state and setpoints."""
        self.bank.declare(builder)

    def connect(self, table: StateTable) -> None:
        """Bind the devices' features."""
        self.bank.connect(table)
        self._table = table
        shape = (len(self.names), table.n_env)
        self.q_mvar, self.cost_usd, self.violation = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self._p_rows = table.rows(f"{name}.{p_name}" for name, p_name in zip(self.names, self._p_names, strict=True))
        self._reactive = np.flatnonzero([name is not None for name in self._q_names])
        self._q_rows = table.rows(f"{self.names[i]}.{self._q_names[i]}" for i in self._reactive)
        accounts = [f"{name}.account.{entry}" for name in self.names for entry in ("cost", "safety")]
        self._account_rows = table.rows(name for name in accounts if name in table)

    @property
    def p_mw(self) -> FloatArray:
        """Power of each device, positive into the grid, ``(n_dev, n_env)``. [MW]"""
        return self._table.values[self._p_rows]

    @property
    def limited(self) -> dict[str, BoolArray]:
        """Where a setpoint lay outside its bounds, or its device does not work: device → ``(n_field, n_env)``."""
        beyond = self.bank.limited()
        if self.tripped is not None:
            beyond = {name: flags | off for (name, flags), off in zip(beyond.items(), self.tripped, strict=True)}
        return beyond

    def reset(self, envs: IndexArray, trees: Sequence[SeedTree]) -> None:
        """Put the devices back to how they were constructed, and let each draw what it begins with."""
        self.bank.reset(envs, trees)
        self.cost_usd[:, envs] = 0.0
        self.violation[:, envs] = 0.0
        self._read_reactive()

    def advance(self, outside: Outside) -> None:
        """Let an interval pass, device by device."""
        # A device reads its account where cost and revenue of the last interval stand; it begins the new one at zero.
        self._table.values[self._account_rows] = 0.0
        self.bank.advance(lambda device, env: outside(device.agent_id, env), idle=self.tripped)
        if self.tripped is not None:
            values = self._table.values
            values[self._p_rows] = np.where(self.tripped, 0.0, values[self._p_rows])
            values[self._q_rows] = np.where(self.tripped[self._reactive], 0.0, values[self._q_rows])
        self._read_reactive()
        for position in range(len(self.names)):
            self.cost_usd[position], self.violation[position] = self.bank.account(position)

    def restore_state(self, state: Any) -> None:
        """Take back what the bank's ``save_state`` gave; the table has been restored before."""
        self.bank.restore_state(state)
        self._read_reactive()

    def _read_reactive(self) -> None:
        self.q_mvar[self._reactive] = self._table.values[self._q_rows]


def _power_name(device: ObjectKind, field: str) -> str | None:
    found = [full for full in device.state.names() if canonical(full.rpartition(".")[2]) == field]
    if len(found) > 1:
        raise ConfigError(f"Device {device.agent_id!r} has {field} more than once in its state: {found}.")
    return found[0] if found else None

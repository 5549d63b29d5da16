"""Object kinds beside the array kinds: the same face as a bank, a loop inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from heron.core.table import StateTable, TableBuilder
from heron.errors import ConfigError
from heron.plant.object_bank import ObjectBank, ObjectKind
from heron.types import BoolArray, FloatArray, IndexArray
from powergrid.config.aliases import canonical


class ObjectDevices:
    """Devices written as objects, looped over in every environment.

    Parameters
    ----------
    devices
        The device agents; each one's state has a power ``p_mw`` in one of its features.

    Raises
    ------
    ConfigError
        If a device's state has no such power.
    """

    def __init__(self, devices: Sequence[ObjectKind]) -> None:
        self.bank = ObjectBank(devices)
        self.names = tuple(device.agent_id for device in devices)
        for device in devices:
            if _power_name(device, "p_mw") is None:
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
        devices = self.bank.devices
        self._p_rows = np.array([table.row(f"{d.agent_id}.{_power_name(d, 'p_mw')}") for d in devices], dtype=np.intp)
        reactive = [(i, _power_name(d, "q_mvar")) for i, d in enumerate(devices)]
        self._q_devices = np.array([i for i, name in reactive if name], dtype=np.intp)
        self._q_rows = np.array([table.row(f"{devices[i].agent_id}.{n}") for i, n in reactive if n], dtype=np.intp)
        shape = (len(devices), table.n_env)
        self.q_mvar, self.cost_usd, self.violation = np.zeros(shape), np.zeros(shape), np.zeros(shape)

    @property
    def p_mw(self) -> FloatArray:
        """Power of each device, positive into the grid, ``(n_dev, n_env)``. [MW]"""
        return self._table.values[self._p_rows]

    @property
    def limited(self) -> dict[str, BoolArray]:
        """Where a setpoint lay outside its bounds: device → ``(n_field, n_env)``."""
        return self.bank.limited()

    def reset(self, envs: IndexArray) -> None:
        """Put the devices back to how they were constructed."""
        self.bank.reset(envs)
        self.cost_usd[:, envs] = 0.0
        self.violation[:, envs] = 0.0

    def advance(self, step_h: float) -> None:
        """Let an interval pass, device by device. [h]"""
        keywords: Mapping[str, Any] = {"step_h": step_h, "step_s": step_h * 3600.0}
        self.bank.advance(lambda _device, _env: keywords)
        self.q_mvar[self._q_devices] = self._table.values[self._q_rows]
        for position in range(len(self.names)):
            self.cost_usd[position], self.violation[position] = self.bank.account(position)


def _power_name(device: ObjectKind, field: str) -> str | None:
    for full in device.state.names():
        feature, _, name = full.partition(".")
        if canonical(name) == field and feature:
            return full
    return None

"""Faults of sensors: what an agent reads differs from what is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from heron.errors import ConfigError, suggest
from heron.types import FloatArray, IndexArray

SensorFaultKind: TypeAlias = Literal["freeze", "bias"]


@dataclass(frozen=True, slots=True)
class _Fault:
    """One fault of one sensor, in force for what is measured in ``since_ns <= t < until_ns``."""

    row: int
    kind: SensorFaultKind
    values: FloatArray
    since_ns: int
    until_ns: int | None = None

    def holds_at(self, time_ns: int | None) -> bool:
        if time_ns is None:
            return self.until_ns is None
        return self.since_ns <= time_ns and (self.until_ns is None or time_ns < self.until_ns)


class SensorFaults:
    """Sensors that are stuck or off, for each agent and row by itself: the same number may reach others intact.

    A fault is of the sensor and not of what it measures: the plant, accounts and other agents go on with the true
    value. It concerns what is *measured* while it lasts: an agent that sees the world late sees a fault late, both its
    beginning and its end, if it says when its snapshot was taken.
    """

    def __init__(self) -> None:
        self._faults: dict[str, list[_Fault]] = {}

    def __bool__(self) -> bool:
        """Whether there is, or was since the last reset, any fault."""
        return bool(self._faults)

    def reset(self) -> None:
        """All sensors are as new."""
        self._faults.clear()

    def freeze(self, agent_id: str, row: int, held: float | FloatArray, *, time_ns: int = 0) -> None:
        """Let a sensor stay where it is.

        Parameters
        ----------
        agent_id
            Who reads it.
        row
            Row of the state table.
        held : () or (n_env,)
            True value of the row at this instant; a bias is added to it too. [unit of the row]
        time_ns
            Since when. [ns]

        Raises
        ------
        ConfigError
            If the value is not finite, or the sensor is frozen already.
        """
        self._add(agent_id, _Fault(row, "freeze", np.array(held, dtype=np.float64), time_ns))

    def bias(self, agent_id: str, row: int, added: float | FloatArray, *, time_ns: int = 0) -> None:
        """Let a sensor show too much, or too little.

        Parameters
        ----------
        agent_id
            Who reads it.
        row
            Row of the state table.
        added : () or (n_env,)
            What is added to each reading. [unit of the row]
        time_ns
            Since when. [ns]

        Raises
        ------
        ConfigError
            If the value is not finite, or the sensor is biased already.
        """
        self._add(agent_id, _Fault(row, "bias", np.array(added, dtype=np.float64), time_ns))

    def repair(self, agent_id: str, row: int, kind: SensorFaultKind, *, time_ns: int = 0) -> None:
        """End a fault; repairing what is whole does nothing.

        Parameters
        ----------
        agent_id
            Who reads it.
        row
            Row of the state table.
        kind
            Which fault of the sensor.
        time_ns
            Since when. [ns]

        Raises
        ------
        ConfigError
            If there is no such kind of fault.
        """
        if kind not in get_args(SensorFaultKind):
            raise ConfigError(
                f"Sensors have no fault {kind!r}; there are 'freeze' and 'bias'.",
                remedy=suggest(kind, get_args(SensorFaultKind)),
            )
        faults = self._faults.get(agent_id, [])
        for place, fault in enumerate(faults):
            if (fault.row, fault.kind, fault.until_ns) == (row, kind, None):
                faults[place] = _Fault(row, kind, fault.values, fault.since_ns, time_ns)

    def forget_before(self, time_ns: int) -> None:
        """Forget what was repaired before anything was measured that can still be read. [ns]"""
        for agent_id, faults in self._faults.items():
            self._faults[agent_id] = [one for one in faults if one.until_ns is None or one.until_ns > time_ns]

    def apply(self, agent_id: str, rows: IndexArray, physical: FloatArray, *, time_ns: int | None = None) -> FloatArray:
        """What an agent reads.

        Parameters
        ----------
        agent_id
            Who reads.
        rows : (n_row,)
            Rows of the state table.
        physical : (n_row, n_env)
            True values of these rows, each in its unit; left as they are.
        time_ns
            When they were measured; without it, the faults of now are applied. [ns]

        Returns
        -------
        (n_row, n_env)
            The same array where the agent has no fault, else a copy with the faults in it.
        """
        faults = self._faults.get(agent_id)
        if not faults:
            return physical
        read = physical.copy()
        # A freeze replaces the true value and a bias is added to what is there, whichever came first.
        for kind in get_args(SensorFaultKind):
            for fault in faults:
                if fault.kind == kind and fault.holds_at(time_ns):
                    _apply(fault, rows, read)
        return read

    def save_state(self) -> dict[str, Any]:
        """All faults, as plain data."""
        return {
            agent: [{**asdict(fault), "values": fault.values.tolist()} for fault in faults]
            for agent, faults in self._faults.items()
        }

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Go on where `save_state` was."""
        self._faults = {
            agent: [_Fault(**{**fault, "values": np.array(fault["values"], dtype=np.float64)}) for fault in faults]
            for agent, faults in state.items()
        }

    def _add(self, agent_id: str, fault: _Fault) -> None:
        what = f"{fault.kind} of row {fault.row} as agent {agent_id!r} reads it"
        if not np.all(np.isfinite(fault.values)):
            raise ConfigError(f"The {what} has value {fault.values.tolist()}.", remedy="Give finite numbers.")
        faults = self._faults.setdefault(agent_id, [])
        if any((other.row, other.kind, other.until_ns) == (fault.row, fault.kind, None) for other in faults):
            raise ConfigError(f"There is a {what} already.", remedy="Repair it first.")
        faults.append(fault)


def _apply(fault: _Fault, rows: IndexArray, read: FloatArray) -> None:
    places = np.flatnonzero(rows == fault.row)
    if fault.kind == "freeze":
        read[places] = fault.values
    else:
        read[places] += fault.values

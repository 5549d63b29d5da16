"""Where two runs part: the first difference of two event logs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np

from heron.errors import LogError
from heron.scheduling.recorded_log import EventRecord, Log, StateDeltas


@dataclass(frozen=True, slots=True)
class Difference:
    """First thing that two logs do not say alike.

    Parameters
    ----------
    record
        Number of the record, from 0 on.
    time_ns
        Its simulated time, in the log that has it, the first where both do. [ns]
    agent, kind
        Whom and what it speaks of, likewise.
    datum
        What differs: ``"time"``, ``"kind"``, ``"agent"``, ``"data.action[1]"``, the name of a row with its environment,
        or ``"record"`` where one log is at its end.
    first, second
        What each of the logs says; None for a record or an entry that is not there.
    """

    record: int
    time_ns: int
    agent: str | None
    kind: str
    datum: str
    first: object
    second: object

    def __str__(self) -> str:
        whom = f" of {self.agent!r}" if self.agent is not None else ""
        where = f"record {self.record}, {self.kind!r}{whom} at {self.time_ns / 1e9:.9f} s"
        return f"{where}: {self.datum} is {self.first!r} in the first log and {self.second!r} in the second"


def diff_headers(a: Log, b: Log) -> dict[str, tuple[object, object]]:
    """Entries of the first lines that differ, each with both values; None stands for an entry that is not there."""
    keys = sorted({*a.header, *b.header})
    return {key: (a.header.get(key), b.header.get(key)) for key in keys if a.header.get(key) != b.header.get(key)}


def diff_logs(a: Log, b: Log, *, rtol: float = 0.0, atol: float = 0.0) -> Difference | None:
    """First difference of the records of two logs, or None where they say the same.

    Parameters
    ----------
    a, b
        Logs to compare, record by record in their order. Headers are compared by `diff_headers`.
    rtol, atol
        Two numbers are alike within ``atol + rtol * |second|``; exact by default. Times are always exact.

    Raises
    ------
    LogError
        If a line of one of the logs is no record, or a tolerance is negative.

    Notes
    -----
    State is compared as a whole, row by row, not as the changes that are written.
    """
    if not (rtol >= 0.0 and atol >= 0.0):
        raise LogError(f"Tolerances must not be negative, got rtol {rtol} and atol {atol}.")
    comparison = _Comparison(a, b, rtol, atol)
    for first, second in zip_longest(a, b):
        found = comparison.difference(first, second)
        if found is not None:
            return found
    return None


class _Comparison:
    """Two logs read beside each other."""

    def __init__(self, a: Log, b: Log, rtol: float, atol: float) -> None:
        self._rows = a.rows
        self._same_rows = a.rows == b.rows
        self._rtol, self._atol = rtol, atol
        self._states = StateDeltas(), StateDeltas()

    def difference(self, first: EventRecord | None, second: EventRecord | None) -> Difference | None:
        """How two records at the same place differ."""
        there = first or second
        if there is None:
            return None
        found = self._parted(first, second)
        if found is None:
            return None
        return Difference(there.number, there.time_ns, there.agent, there.kind, *found)

    def _parted(self, first: EventRecord | None, second: EventRecord | None) -> tuple[str, object, object] | None:
        if first is None or second is None:
            return "record", _shown(first), _shown(second)
        if first.time_ns != second.time_ns:
            return "time", first.time_ns / 1e9, second.time_ns / 1e9
        if first.kind != second.kind:
            return "kind", first.kind, second.kind
        if first.agent != second.agent:
            return "agent", first.agent, second.agent
        if first.kind == "state" and self._same_rows:
            return self._parted_states(first, second)
        found = self._parted_data(first.data, second.data)
        return None if found is None else (f"data{found[0]}", *found[1:])

    def _parted_states(self, first: EventRecord, second: EventRecord) -> tuple[str, object, object] | None:
        for state, record in zip(self._states, (first, second), strict=True):
            state.apply(record)
        left, right = self._states[0].values, self._states[1].values
        if left is None or right is None or left.shape != right.shape:
            return "number of environments", _width(left), _width(right)
        alike = np.isclose(left, right, rtol=self._rtol, atol=self._atol, equal_nan=True)
        if alike.all():
            return None
        row, environment = np.argwhere(~alike)[0]
        name = self._rows[row] if left.shape[1] == 1 else f"{self._rows[row]}[{environment}]"
        return name, float(left[row, environment]), float(right[row, environment])

    def _parted_data(self, first: Any, second: Any) -> tuple[str, object, object] | None:
        if isinstance(first, dict) and isinstance(second, dict):
            keys = first if first.keys() == second.keys() else sorted({*first, *second})
            pairs = ((f".{key}", first.get(key), second.get(key)) for key in keys)
        elif isinstance(first, list) and isinstance(second, list):
            pairs = ((f"[{i}]", *pair) for i, pair in enumerate(zip_longest(first, second)))
        else:
            return None if self._alike(first, second) else ("", first, second)
        for place, left, right in pairs:
            found = self._parted_data(left, right)
            if found is not None:
                return place + found[0], *found[1:]
        return None

    def _alike(self, first: Any, second: Any) -> bool:
        if not (_is_number(first) and _is_number(second)):
            return type(first) is type(second) and bool(first == second)
        if first == second or (math.isnan(first) and math.isnan(second)):
            return True
        within = self._atol + self._rtol * abs(second)
        return bool(abs(first - second) <= within < math.inf)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _shown(record: EventRecord | None) -> str | None:
    return None if record is None else record.kind


def _width(values: np.ndarray | None) -> int | None:
    return None if values is None else values.shape[1]

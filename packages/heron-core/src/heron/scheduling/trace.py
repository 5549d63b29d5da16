"""The event log as it is written: one JSON line for each thing that happened, in its order."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import numpy as np

from heron.errors import LogError
from heron.types import FloatArray

LOG_VERSION = 1
KINDS = (
    "observation",
    "act",
    "message_sent",
    "message_lost",
    "message_delivered",
    "setpoint",
    "effect",
    "plant",
    "settle",
    "disturbance",
    "condition",
    "custom",
    "state",
    "reset",
)


def _plain(value: object) -> object:
    """What json cannot write itself, as something it can."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{value!r} of type {type(value).__name__}")


class EventLog:
    """Record of a run, written while it happens.

    The same run gives the same file, byte for byte: numbers are written so that reading gives them back exactly, keys
    are sorted, and neither clock nor machine leave a trace. Records go through a buffer of fixed size, so memory does
    not grow with the run.

    Parameters
    ----------
    path
        File to write; one that is there is replaced by `begin`.
    state
        Whether `state` writes the rows of the state table too.

    Notes
    -----
    A file without its last line was cut off: the program was stopped, or the run ended in an error inside the
    ``with`` block. What is there can still be read.
    """

    def __init__(self, path: str | os.PathLike[str], *, state: bool = False) -> None:
        self.path = Path(path)
        self.logs_state = state
        self.n_record = 0
        self._file: TextIO | None = None
        self._names: Sequence[str] = ()
        self._latest: FloatArray | None = None
        self._encode = json.JSONEncoder(
            separators=(",", ":"), sort_keys=True, check_circular=False, default=_plain
        ).encode
        self._quoted: dict[str | None, str] = {None: "null"}

    def begin(self, header: Mapping[str, Any]) -> None:
        """Open the file and write its first line.

        Parameters
        ----------
        header
            ``environment`` (its name), ``agents`` (level by id), ``rows`` (names of the state table, needed where
            state is logged) and whatever else describes the run.

        Raises
        ------
        LogError
            If the log has begun already, or state is to be logged and the header has no ``rows``.
        """
        if self._file is not None:
            raise LogError(f"The log {self.path.name!r} has begun already.", remedy="Make an EventLog for each run.")
        if self.logs_state and not header.get("rows"):
            raise LogError(
                f"The log {self.path.name!r} is to hold state, and its header has no 'rows'.",
                remedy="Give the names of the state table's rows, or make the log with state=False.",
            )
        self._names = tuple(header.get("rows", ()))
        first = {key: value for key, value in header.items() if key != "heron_log"}
        text = self._text(first, "the header")
        self._file = self.path.open("w", encoding="utf-8", newline="\n", buffering=1 << 16)
        self._file.write(f'{{"heron_log":{LOG_VERSION},{text[1:]}\n' if first else f'{{"heron_log":{LOG_VERSION}}}\n')
        self.n_record = 0
        self._latest = None

    def record(self, time_ns: int, kind: str, agent: str | None, data: Mapping[str, Any]) -> None:
        """Write one record.

        Parameters
        ----------
        time_ns
            Simulated time. [ns]
        kind
            What happened, one of `KINDS`.
        agent
            To whom, None where it concerns nobody in particular.
        data
            Numbers, texts, lists, numpy arrays, and mappings of them.

        Raises
        ------
        LogError
            If the log is not open, or a value cannot be written.
        """
        if self._file is None:
            raise self._not_open()
        quoted = self._quoted
        if kind not in quoted:
            quoted[kind] = json.dumps(kind)
        if agent not in quoted:
            quoted[agent] = json.dumps(agent)
        try:
            text = self._encode(data)
        except (TypeError, ValueError) as error:
            raise self._unwritable(f"{kind!r} of agent {agent!r} at {time_ns} ns", error) from error
        self._file.write(f'{{"t_ns":{time_ns:d},"kind":{quoted[kind]},"agent":{quoted[agent]},"data":{text}}}\n')
        self.n_record += 1
        if kind == "reset":
            self._latest = None

    def state(self, time_ns: int, names: Sequence[str], values: FloatArray) -> None:
        """Write the rows that changed since the last state; all of them the first time and after a reset.

        Parameters
        ----------
        time_ns
            Simulated time. [ns]
        names
            Names of the rows, those of the header.
        values : (n_row, n_env)
            Value of each row, in its unit.

        Raises
        ------
        LogError
            If the log is not open, or the rows are not those of the header.

        Notes
        -----
        Does nothing in a log without state.
        """
        if not self.logs_state:
            return
        self._check_rows(names, values)
        if self._latest is None:
            self._latest = np.array(values, dtype=np.float64)
            self.record(time_ns, "state", None, {"values": self._latest})
            return
        before = self._latest
        # Bits, not numbers: a NaN that stays is no change, and 0.0 that becomes -0.0 is one.
        rows = np.flatnonzero((before.view(np.int64) != np.ascontiguousarray(values).view(np.int64)).any(axis=1))
        before[rows] = values[rows]
        self.record(time_ns, "state", None, {"rows": rows, "values": before[rows]})

    def close(self) -> None:
        """Write the last line, which says that the log is whole; closing twice does nothing."""
        if self._file is not None:
            self._file.write(f'{{"heron_log_end":{LOG_VERSION},"records":{self.n_record}}}\n')
            self._release()

    def __enter__(self) -> EventLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self._release()

    def _release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _check_rows(self, names: Sequence[str], values: FloatArray) -> None:
        if self._file is None:
            raise self._not_open()
        if names is not self._names:
            if tuple(names) != tuple(self._names):
                raise LogError(
                    f"The {len(names)} rows of this state are not the {len(self._names)} of the header.",
                    remedy="Log one state table per file.",
                )
            self._names = names  # the same object next time: names are compared once
        n_env = values.shape[1] if self._latest is None and values.ndim == 2 else -1
        expected = (len(names), n_env) if self._latest is None else self._latest.shape
        if values.shape != expected:
            raise LogError(f"A state of shape {values.shape} does not fit {len(names)} rows and the states before it.")

    def _text(self, data: Mapping[str, Any], where: str) -> str:
        try:
            return self._encode(data)
        except (TypeError, ValueError) as error:
            raise self._unwritable(where, error) from error

    def _not_open(self) -> LogError:
        return LogError(
            f"The log {self.path.name!r} is not open.", remedy="Call begin(header) first; after close() a log is done."
        )

    def _unwritable(self, where: str, error: Exception) -> LogError:
        return LogError(
            f"The log {self.path.name!r} cannot hold a value of {where}: {error}.",
            remedy="Log numbers, texts, lists, numpy arrays and mappings of them.",
        )

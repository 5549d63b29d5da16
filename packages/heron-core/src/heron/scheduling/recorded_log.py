"""An event log as it is read: header, records in their order, and the state at any time."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from heron.errors import LogError
from heron.scheduling.trace import LOG_VERSION
from heron.types import FloatArray

_FIELDS = frozenset({"t_ns", "kind", "agent", "data"})


class CutOffLogWarning(UserWarning):
    """A log has no last line: its run was stopped, or is still going on."""


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One thing that happened.

    Parameters
    ----------
    number
        Place in the log, from 0 on.
    episode
        How many resets lie between the beginning of the log and this record.
    time_ns
        Simulated time in its episode. [ns]
    kind
        What happened.
    agent
        To whom; None where it concerns nobody in particular.
    data
        What is known of it, as plain numbers, texts, lists and mappings.
    """

    number: int
    episode: int
    time_ns: int
    kind: str
    agent: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LoggedState:
    """All rows of the state table at one time.

    Parameters
    ----------
    time_ns
        When the rows were written, at or before the time asked for. [ns]
    names
        Name of each row.
    values : (n_row, n_env)
        Value of each row, in its unit.
    """

    time_ns: int
    names: tuple[str, ...]
    values: FloatArray


@dataclass(frozen=True, slots=True)
class Log:
    """A log on disk; iterating reads its records one by one, as often as wanted.

    Parameters
    ----------
    path
        The file.
    header
        Its first line.
    """

    path: Path
    header: Mapping[str, Any] = field(repr=False)

    @property
    def rows(self) -> tuple[str, ...]:
        """Names of the state table's rows; empty where the header has none."""
        return tuple(self.header.get("rows", ()))

    def __iter__(self) -> Iterator[EventRecord]:
        """Records in their order.

        Raises
        ------
        LogError
            If a line is no record, or the last line counts another number of them.

        Warns
        -----
        CutOffLogWarning
            Where the last line is missing; all whole records have been given by then.
        """
        number, episode, is_whole = 0, 0, False
        for found in _lines(self.path):
            if is_whole:
                raise _miscounted(self.path, number, "and lines behind it")
            if "heron_log_end" in found:
                is_whole = True
                if found.get("records") != number:
                    raise _miscounted(self.path, number, f"which counts {found.get('records')}")
                continue
            episode += found["kind"] == "reset" and number > 0
            yield EventRecord(number, episode, found["t_ns"], found["kind"], found["agent"], found["data"])
            number += 1
        if is_whole:
            return
        warnings.warn(
            f"The log {self.path.name!r} was cut off behind {number} records: it has no last line.",
            CutOffLogWarning,
            stacklevel=2,
        )


def read_log(path: str | os.PathLike[str]) -> Log:
    """Log of a file; its records are read when they are iterated over.

    Raises
    ------
    LogError
        If there is no such file, it is no event log, or one of a version that this program does not know.
    """
    place = Path(path)
    try:
        with place.open(encoding="utf-8") as file:
            header = _object(file.readline(), place, 1)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise LogError(f"The log {str(path)!r} cannot be read: {why}.", remedy="Check the name of the file.") from error
    if "heron_log" not in header:
        raise _no_log(place, 1, "its first line has no 'heron_log'")
    if header["heron_log"] != LOG_VERSION:
        raise LogError(
            f"The log {place.name!r} has version {header['heron_log']!r}, and this program reads {LOG_VERSION}.",
            remedy="Read it with the version of heron that wrote it.",
        )
    return Log(place, header)


def state_at(log: Log, time_ns: int, *, episode: int = 0) -> LoggedState:
    """State of all rows as it was last written at or before a time.

    Parameters
    ----------
    log
        A log that was written with ``state=True``.
    time_ns
        Simulated time in the episode. [ns]
    episode
        Which one, from 0 on, where a log holds several.

    Raises
    ------
    LogError
        If the log holds no state at or before that time.
    """
    rebuilt = StateDeltas()
    for record in log:
        if record.episode > episode or (record.episode == episode and record.time_ns > time_ns):
            break
        if record.kind == "state":
            rebuilt.apply(record)
    if rebuilt.values is None or rebuilt.episode != episode:
        raise LogError(
            f"The log {log.path.name!r} holds no state at or before {time_ns / 1e9:.9g} s of episode {episode}.",
            remedy="Write it with EventLog(path, state=True), or ask for a later time.",
        )
    return LoggedState(rebuilt.time_ns, log.rows, rebuilt.values)


class StateDeltas:
    """State that follows from the changes written so far.

    Attributes
    ----------
    values : (n_row, n_env) or None
        Value of each row; None before the first state.
    time_ns
        Time of the last change. [ns]
    episode
        Episode of the last change.
    """

    def __init__(self) -> None:
        self.values: FloatArray | None = None
        self.time_ns = 0
        self.episode = 0

    def apply(self, record: EventRecord) -> None:
        """Take over the rows of a record of kind ``"state"``.

        Raises
        ------
        LogError
            If the record is no state, or changes rows of one that the log does not hold.
        """
        try:
            self._take_over(record.data.get("rows"), record.data["values"])
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise LogError(
                f"Record {record.number} of kind 'state' is none, or does not fit those before it: {error!r}.",
                remedy="Write states by EventLog.state.",
            ) from error
        self.time_ns, self.episode = record.time_ns, record.episode

    def _take_over(self, rows: Sequence[int] | None, values: Sequence[Sequence[float]]) -> None:
        if rows is None:
            self.values = np.array(values, dtype=np.float64)
        elif rows and self.values is None:
            raise IndexError("no whole state came before it")
        elif rows and self.values is not None:
            self.values[list(rows)] = values


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Records and end of a log, up to a line that was written halfway."""
    line_number = 1
    try:
        with path.open(encoding="utf-8") as file:
            next(file)  # the header
            for line_number, line in enumerate(file, start=2):
                if not line.endswith("\n"):
                    return
                found = _object(line, path, line_number)
                if found.keys() != _FIELDS and "heron_log_end" not in found:
                    raise _no_record(path, line_number)
                yield found
    except UnicodeDecodeError as error:
        raise _no_log(path, line_number + 1, "there or soon after stands what is no text in UTF-8") from error


def _object(line: str, path: Path, line_number: int) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except json.JSONDecodeError as error:
        raise _no_log(path, line_number, f"{error.msg} at column {error.colno}") from error
    if not isinstance(found, dict):
        raise _no_log(path, line_number, "the line is no JSON object")
    return found


def _miscounted(path: Path, number: int, which: str) -> LogError:
    return LogError(
        f"The log {path.name!r} has {number} records before its last line, {which}.",
        remedy="Lines were taken out or put in; write the log anew.",
    )


def _no_record(path: Path, line_number: int) -> LogError:
    return _no_log(path, line_number, f"a record has {', '.join(sorted(_FIELDS))}")


def _no_log(path: Path, line_number: int, why: str) -> LogError:
    return LogError(
        f"{str(path)!r}, line {line_number}, is no line of an event log: {why}.",
        remedy="Give a file that an EventLog wrote.",
    )

"""``heron replay``: what happened, line by line, and the state it led to."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase
from typing import Any

from heron.cli.shown import shown_data, shown_time
from heron.core.clock import nanoseconds
from heron.errors import LogError, UnknownNameError, suggest
from heron.scheduling.recorded_log import EventRecord, Log, StateDeltas, read_log
from heron.scheduling.trace import KINDS

_SHOWN_ENVIRONMENTS = 6


def add_command(commands: Any) -> None:
    """Hang ``replay`` below the program."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "replay",
        help="show what happened up to a time",
        description="Show the records of an event log as a timeline, and the state table at its end.",
    )
    parser.add_argument("log", help="file that an EventLog wrote")
    parser.add_argument("--until", type=float, metavar="S", help="last simulated time shown, in seconds")
    parser.add_argument("--from", type=float, metavar="S", dest="since", help="first simulated time shown, in seconds")
    parser.add_argument("--agent", action="append", metavar="NAME", help="this agent only; may be repeated")
    parser.add_argument("--kind", action="append", metavar="NAME", help="this kind of record only; may be repeated")
    parser.add_argument("--rows", metavar="PATTERN", help="rows of the state table at the end: 'house1.*', '*level_m'")
    parser.add_argument("--state", action="store_true", help="the state table only, without the timeline")
    parser.add_argument("--episode", type=int, default=0, metavar="N", help="after how many resets; 0 is the first")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the timeline and the state; returns the exit code.

    Raises
    ------
    HeronError
        If the file is no log, holds no state that is asked for, or nothing has the name of an agent, kind or row.
    """
    if options.since is not None and options.until is not None and options.since > options.until:
        raise LogError(
            f"--from {options.since:g} lies behind --until {options.until:g}.", remedy="Give the earlier time first."
        )
    log = read_log(options.log)
    state = StateDeltas()
    records = _until(log, state, options)
    if not options.state:
        _print_timeline(log, records, options)
    for _ in records:  # the state needs them all
        pass
    if options.state or options.rows is not None:
        _print_state(log, state, options)
    return 0


def _until(log: Log, state: StateDeltas, options: argparse.Namespace) -> Iterator[EventRecord]:
    """Records of the episode up to the last time shown; all states on the way are taken over."""
    until_ns = None if options.until is None else nanoseconds(options.until, "--until")
    for record in log:
        if record.episode > options.episode:
            return
        if record.episode == options.episode and until_ns is not None and record.time_ns > until_ns:
            return
        if record.kind == "state":
            state.apply(record)
        if record.episode == options.episode:
            yield record


def _print_timeline(log: Log, records: Iterator[EventRecord], options: argparse.Namespace) -> None:
    since_ns = nanoseconds(options.since or 0.0, "--from")
    width = max([len("agent"), *map(len, log.header.get("agents", ()))])
    print(f"{'time_s':>19}  {'agent':{width}}  {'kind':17}  data")
    agents, kinds = set(log.header.get("agents", ())), set(KINDS)
    count = 0
    for record in records:
        agents.add(record.agent)
        kinds.add(record.kind)
        if record.time_ns >= since_ns and _wanted(record, options):
            count += 1
            print(
                f"{shown_time(record.time_ns)}  {record.agent or '-':{width}}  {record.kind:17}  "
                f"{shown_data(record)}".rstrip()
            )
    _check_names(options.agent, agents - {None}, "agent")
    _check_names(options.kind, kinds, "kind of record")
    print(f"{count} records", file=sys.stderr)


def _wanted(record: EventRecord, options: argparse.Namespace) -> bool:
    return (options.agent is None or record.agent in options.agent) and (
        options.kind is None or record.kind in options.kind
    )


def _check_names(asked: list[str] | None, known: Collection[str], subject: str) -> None:
    for name in asked or ():
        if name not in known:
            raise UnknownNameError(f"The log knows no {subject} {name!r}.", remedy=suggest(name, known))


def _print_state(log: Log, state: StateDeltas, options: argparse.Namespace) -> None:
    if state.values is None or state.episode != options.episode:
        raise LogError(
            f"The log {log.path.name!r} holds no state up to there.",
            remedy="Write it with EventLog(path, state=True), or choose a later --until.",
        )
    pattern = options.rows or "*"
    rows = [row for row, name in enumerate(log.rows) if fnmatchcase(name, pattern)]
    if not rows:
        raise UnknownNameError(f"No row of the log matches {pattern!r}.", remedy=suggest(pattern, log.rows))
    shown = min(state.values.shape[1], _SHOWN_ENVIRONMENTS)
    more = f" ({shown} of {state.values.shape[1]} environments)" if shown < state.values.shape[1] else ""
    print(f"state at {shown_time(state.time_ns).strip()} s{more}")
    width = max(len(log.rows[row]) for row in rows)
    for row in rows:
        values = "  ".join(f"{value:>14.9g}" for value in state.values[row, :shown])
        print(f"{log.rows[row]:{width}}  {values}")

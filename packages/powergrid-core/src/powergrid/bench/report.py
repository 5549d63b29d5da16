"""The table that is printed."""

from __future__ import annotations

from collections.abc import Iterator

from powergrid.bench.case import Basis
from powergrid.bench.machine import Machine
from powergrid.bench.record import Entry, Note, Report, Row

_NAME, _WIDTH = 46, 116
_THOUSAND = 1000.0
_OTHER = {Basis.CPU: "wall", Basis.WALL: "CPU"}


def table(report: Report) -> str:
    """Text of a whole report."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield from machine_lines(report.machine)
    settings = report.settings
    kind = "quick run: the figures mean little" if settings.quick else f"{settings.repeats} repeats in turn"
    yield f"{kind}; time per unit of work as median (quartiles); ratio: the first line of a row beside the others"
    groups = [row.group for row in report.rows] + [note.group for note in report.notes]
    for group in dict.fromkeys(groups):
        yield ""
        yield f"== {group} ".ljust(_WIDTH, "=")
        title = ""
        for row in (row for row in report.rows if row.group == group):
            yield from row_lines(row, headed=row.title != title)
            title = row.title
        for note in (note for note in report.notes if note.group == group):
            yield note_line(note)
    if not report.complete:
        yield ""
        yield "Interrupted: what is above was measured, the rest was not."


def machine_lines(machine: Machine) -> Iterator[str]:
    """What the figures were measured on."""
    busy = "" if machine.load < 0.0 else f", load {machine.load:g} before"
    yield f"{machine.cpu}, {machine.cores} cores{busy}; {machine.system}, Python {machine.python}"
    yield ", ".join(f"{package} {version}" for package, version in machine.versions.items())
    limits = ", ".join(f"{name}={value}" for name, value in machine.threads.items())
    yield f"{machine.measured_at}{'; ' if limits else ''}{limits}"


def row_lines(row: Row, *, headed: bool = True) -> Iterator[str]:
    """One row: its title and the heads of the columns where wished, then a line for each case."""
    if headed:
        time = f"{row.basis.value} time per {row.unit}"
        yield ""
        yield row.title
        yield f"{'':<{_NAME}}  {time:>32}  {'per second':>11}  {_OTHER[row.basis]:>9}  {'ratio':>8}"
    for entry in row.entries:
        yield _entry_line(row, entry)
    if row.total:
        for entry in (entry for entry in row.entries if entry.wall_s):
            whole_s = row.total * entry.spread(row.basis).median
            yield f"  {row.total:,} {row.unit}s take {duration(whole_s)}: {entry.name}"


def _entry_line(row: Row, entry: Entry) -> str:
    place = "" if row.place is None else f"{row.place.axis} {row.place.value:,}: "
    name = f"  {place}{entry.name}"
    if not entry.wall_s:
        return f"{name:<{_NAME}}  {entry.reason}"
    spread = entry.spread(row.basis)
    other = entry.spread(Basis.WALL if row.basis is Basis.CPU else Basis.CPU)
    times = f"{duration(spread.median)} ({duration(spread.low)} … {duration(spread.high)})"
    ratio = row.times_as_fast(entry)
    shown = "" if entry is row.entries[0] or ratio is None else f"{number(ratio)} ×"
    rate = number(1.0 / spread.median) if spread.median > 0.0 else ""
    line = f"{name:<{_NAME}}  {times:>32}  {rate:>11}  {duration(other.median):>9}  {shown:>8}"
    return f"{line}  {entry.note}" if entry.note else line.rstrip()


def note_line(note: Note) -> str:
    """A figure, or what is missing, on one line."""
    if note.value is None:
        return f"\n{note.title:<{_NAME}}  {note.reason}"
    return f"\n{note.title:<{_NAME}}  {number(note.value)} {note.unit}"


def duration(time_s: float) -> str:
    """A time with three digits that mean something and the unit that fits. [s]"""
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "µs")):
        if time_s * factor >= 1.0 or unit == "µs":
            return f"{number(time_s * factor)} {unit}"
    raise AssertionError("the last unit fits everything")


def number(value: float) -> str:
    """A number with three digits that mean something, thousands apart."""
    if abs(value) >= _THOUSAND:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"

"""What a run of the benchmark found, and its JSON."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from heron.errors import ConfigError
from powergrid.bench.case import Basis, Comparison, Figure, Missing, Place, Settings
from powergrid.bench.machine import Machine
from powergrid.bench.measure import Spread, Timing

SCHEMA = "powergrid-bench/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One case with its times, or why it has none.

    Parameters
    ----------
    name, note
        As in `Case`.
    threads, count
        As in `Case`; 0 where it was not measured.
    wall_s, cpu_s : (n_repeat,)
        Times per unit of work. [s]
    reason
        Why there are none.
    """

    name: str
    note: str = ""
    threads: int = 0
    count: int = 0
    wall_s: tuple[float, ...] = ()
    cpu_s: tuple[float, ...] = ()
    reason: str = ""

    @classmethod
    def of(cls, found: Timing | Missing) -> Entry:
        """Entry of a case that was measured, or could not be."""
        if isinstance(found, Missing):
            return cls(name=found.name, reason=found.reason)
        case = found.case
        return cls(
            name=case.name,
            note=case.note,
            threads=case.threads,
            count=case.count,
            wall_s=tuple(found.wall_s),
            cpu_s=tuple(found.cpu_s),
        )

    def spread(self, basis: Basis) -> Spread:
        """Median and quartiles of the time per unit. [s]"""
        return Spread.of(self.cpu_s if basis is Basis.CPU else self.wall_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One comparison and what came out.

    Parameters
    ----------
    group
        Benchmark that it belongs to.
    title, unit, basis, total, place
        As in `Comparison`.
    entries
        The subject first.
    """

    group: str
    title: str
    unit: str
    basis: Basis
    entries: tuple[Entry, ...]
    total: int = 0
    place: Place | None = None

    @classmethod
    def of(cls, group: str, comparison: Comparison, found: Sequence[Timing | Missing]) -> Row:
        """Row of a comparison with what was measured."""
        return cls(
            group=group,
            title=comparison.title,
            unit=comparison.unit,
            basis=comparison.basis,
            total=comparison.total,
            place=comparison.place,
            entries=tuple(Entry.of(one) for one in found),
        )

    def times_as_fast(self, entry: Entry) -> float | None:
        """How many times as fast the subject is as another entry; None where either was not measured."""
        subject = self.entries[0]
        if not (subject.wall_s and entry.wall_s):
            return None
        return entry.spread(self.basis).median / subject.spread(self.basis).median


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A figure that is no time, or a benchmark that could not begin."""

    group: str
    title: str
    value: float | None = None
    unit: str = ""
    reason: str = ""

    @classmethod
    def of(cls, group: str, found: Figure | Missing) -> Note:
        """Note of a figure, or of what is missing."""
        if isinstance(found, Missing):
            return cls(group=group, title=found.name, reason=found.reason)
        return cls(group=group, title=found.title, value=found.value, unit=found.unit)


@dataclass(slots=True, kw_only=True)
class Report:
    """Everything that a run found.

    Parameters
    ----------
    machine, settings
        On what, and how thoroughly.
    complete
        Whether it came to its end.
    rows, notes
        In the order measured.
    """

    machine: Machine
    settings: Settings
    complete: bool = False
    rows: list[Row] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as they stand in the JSON."""
        return {"schema": SCHEMA, **asdict(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Report:
        """Take back what `to_dict` gave.

        Raises
        ------
        ConfigError
            The values are of another schema.
        """
        if values.get("schema") != SCHEMA:
            raise ConfigError(
                f"This is no report of {SCHEMA}: its schema is {values.get('schema')!r}.",
                remedy="Measure again: powergrid bench --json FILE",
            )
        settings = dict(values["settings"])
        return cls(
            machine=Machine(**values["machine"]),
            settings=Settings(**{**settings, "agents": tuple(settings["agents"])}),
            complete=values["complete"],
            rows=[_row(row) for row in values["rows"]],
            notes=[Note(**note) for note in values["notes"]],
        )


def write_report(report: Report, path: Path) -> None:
    """Write a report as JSON: the file is there as a whole, or as it was before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(report.to_dict(), file, indent=1)
            file.write("\n")
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def read_report(path: Path) -> Report:
    """Report that `write_report` wrote."""
    return Report.from_dict(json.loads(path.read_text(encoding="utf-8")))


def _row(values: Mapping[str, Any]) -> Row:
    entries = tuple(
        Entry(**{**entry, "wall_s": tuple(entry["wall_s"]), "cpu_s": tuple(entry["cpu_s"])})
        for entry in values["entries"]
    )
    place = None if values["place"] is None else Place(**values["place"])
    return Row(**{**values, "basis": Basis(values["basis"]), "entries": entries, "place": place})

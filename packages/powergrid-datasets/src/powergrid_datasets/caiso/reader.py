"""Reader of OASIS downloads."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from heron.errors import suggest
from powergrid.errors import DatasetError
from powergrid_datasets.caiso.archive import csv_members, find_downloads
from powergrid_datasets.caiso.reports import REPORTS, SHORT_AREAS, read_report
from powergrid_datasets.market.records import MarketRecords, Progress

UTC_OFFSET_H = -8.0
"""Pacific Standard Time, all year: the operator's stamps are GMT, so daylight saving never enters."""

LICENCE = (
    "published openly by the California ISO without an open licence; factual market records, kept on this machine only"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaisoReader:
    """Reads load, wind, solar and day-ahead price from OASIS zip files.

    Parameters
    ----------
    areas
        Load areas: TAC_AREA_NAME, without ``-TAC`` for utilities. ``PGE`` is Pacific Gas and Electric; the balancing
        area that OASIS calls PGE is Portland General Electric, here ``PGE-BA``.
    hubs
        Trading hubs of solar and wind.
    node
        Pricing node; needed only when the price files hold several. Its price becomes ``price/LMP``.
    """

    areas: tuple[str, ...] = ("BANC", "PGE", "SDGE", "SCE")
    hubs: tuple[str, ...] = ("NP15", "SP15")
    node: str | None = None

    @property
    def name(self) -> str:
        """Name of the data set."""
        return "caiso"

    def settings(self) -> str:
        """Areas, hubs and node as text."""
        return f"areas={self.areas} hubs={self.hubs} node={self.node}"

    def find(self, places: Sequence[Path]) -> list[Path]:
        """Zip and csv files under the places."""
        return find_downloads(places)

    def read(self, files: Sequence[Path], *, progress: Progress) -> MarketRecords:
        """Records of all files: the hours that all three reports cover, from one local midnight to another."""
        parts: dict[str, list[pd.DataFrame]] = {report.name: [] for report in REPORTS}
        known: set[str] = set()
        digests = []
        for path in files:
            progress(path)
            digests.append((path.name, hashlib.sha256(path.read_bytes()).hexdigest()))
            for label, content in csv_members(path):
                report, rows = read_report(label, content)
                names = {str(name) for name in rows["series"].cat.categories}
                known |= names
                kept = rows[rows["series"].isin([name for name in names if self._wants(name)])]
                parts[report.name].append(kept.astype({"series": str}).assign(file=label))
        _require_all(parts)
        node = self._node(known)
        columns = {column: "price/" + node if column == "price/LMP" else column for column in self._columns()}
        _require_known(list(columns.values()), known)
        wide = pd.concat([_one_value_per_hour(pd.concat(frames)) for frames in parts.values()], axis=1)
        _require_known(list(columns.values()), {str(name) for name in wide.columns})  # a series may be empty
        return MarketRecords(
            frame=_common_days({column: wide[name] for column, name in columns.items()}),
            utc_offset_h=UTC_OFFSET_H,
            origin=f"CAISO OASIS: SLD_FCST ACTUAL ({', '.join(self._short_areas())}), SLD_REN_FCST ACTUAL "
            f"({', '.join(self.hubs)}), PRC_LMP DAM (node {node})",
            licence=LICENCE,
            files=tuple(digests),
        )

    def _short_areas(self) -> tuple[str, ...]:
        # PGE-TAC, the name in the report, is understood too; PGE alone means what the user means, not what OASIS does.
        return tuple(SHORT_AREAS.get(area, area) if area.endswith("-TAC") else area for area in self.areas)

    def _columns(self) -> list[str]:
        loads = [f"load/{area}" for area in self._short_areas()]
        return loads + [f"{kind}/{hub}" for kind in ("solar", "wind") for hub in self.hubs] + ["price/LMP"]

    def _wants(self, name: str) -> bool:
        if name.startswith("price/"):
            return self.node is None or name == f"price/{self.node}"
        return name in self._columns()

    def _node(self, known: set[str]) -> str:
        nodes = sorted(name.removeprefix("price/") for name in known if name.startswith("price/"))
        if self.node is None and len(nodes) > 1:
            raise DatasetError(
                f"The price files hold {len(nodes)} nodes: {', '.join(nodes[:8])}.", remedy="Choose one with --node."
            )
        return self.node or nodes[0]


def _require_all(parts: dict[str, list[pd.DataFrame]]) -> None:
    absent = [f"{report.name} ({report.title}, {report.market_run})" for report in REPORTS if not parts[report.name]]
    if absent:
        raise DatasetError(
            f"No file holds the report {', nor '.join(absent)}.",
            remedy="Download it from oasis.caiso.com for the same months and import all files together.",
        )


def _require_known(columns: Sequence[str], known: set[str]) -> None:
    for column in columns:
        if column not in known:
            kind = [name for name in sorted(known) if name.startswith(column.partition("/")[0])]
            raise DatasetError(
                f"No file holds {column}; there are {', '.join(kind[:40])}.", remedy=suggest(column, kind)
            )


def _one_value_per_hour(rows: pd.DataFrame) -> pd.DataFrame:
    """Series side by side on a complete hourly index; the same value may be there twice, two values may not."""
    rows = rows.dropna(subset="value").drop_duplicates(["series", "time", "value"])
    twice = rows[rows.duplicated(["series", "time"], keep=False)].sort_values(["series", "time"])
    if not twice.empty:
        one, other = twice.iloc[0], twice.iloc[1]
        raise DatasetError(
            f"{one['series']} at {one['time']:%Y-%m-%dT%H:%MZ} is {one['value']:g} in {one['file']} and "
            f"{other['value']:g} in {other['file']}.",
            remedy="Remove the file that is out of date.",
        )
    if rows.empty:
        return pd.DataFrame()
    wide = rows.pivot(index="time", columns="series", values="value")
    return wide.reindex(pd.date_range(wide.index[0], wide.index[-1], freq="h"))


def _common_days(columns: dict[str, pd.Series[float]]) -> pd.DataFrame:
    present = {name: pd.DatetimeIndex(values.dropna().index) for name, values in columns.items()}
    spans = {name: (stamps.min(), stamps.max()) for name, stamps in present.items()}
    hour, offset = pd.Timedelta(hours=1), pd.Timedelta(hours=UTC_OFFSET_H)
    first = (max(span[0] for span in spans.values()) + offset).ceil("D") - offset
    after = (min(span[1] for span in spans.values()) + hour + offset).floor("D") - offset
    if after <= first:
        listed = "; ".join(f"{name} {begin:%Y-%m-%d} to {end:%Y-%m-%d}" for name, (begin, end) in spans.items())
        raise DatasetError(f"The series have no whole day in common: {listed}.", remedy="Add the missing months.")
    hours = pd.date_range(first, after - hour, freq="h")
    return pd.DataFrame({name: values.reindex(hours) for name, values in columns.items()})

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from powergrid.plant.series import TimeSeriesTable
from powergrid_datasets.caiso import CaisoReader
from powergrid_datasets.market import ImportResult, import_market
from powergrid_datasets.store import Entry

LOAD_HEADER = (
    "INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,LOAD_TYPE,OPR_DT,OPR_HR,OPR_INTERVAL,MARKET_RUN_ID,TAC_AREA_NAME,LABEL,"
    "XML_DATA_ITEM,POS,MW,EXECUTION_TYPE,GROUP"
)
RENEWABLE_HEADER = (
    "OPR_DT,OPR_HR,OPR_INTERVAL,INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,TRADING_HUB,RENEWABLE_TYPE,LABEL,"
    "XML_DATA_ITEM,MARKET_RUN_ID_POS,RENEW_POS,MW,MARKET_RUN_ID,GROUP"
)
PRICE_HEADER = (
    "INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,OPR_DT,OPR_HR,OPR_INTERVAL,NODE_ID_XML,NODE_ID,NODE,MARKET_RUN_ID,"
    "LMP_TYPE,XML_DATA_ITEM,PNODE_RESMRID,GRP_TYPE,POS,MW,GROUP"
)


@dataclass
class Oasis:
    """Small downloads in OASIS's form, rows newest first, which a test can spoil before writing them."""

    first: datetime = datetime(2023, 1, 1, 8)
    n_day: int = 3
    areas: tuple[str, ...] = ("BANC", "PGE", "PGE-TAC", "SCE-TAC", "SDGE-TAC")
    load: Callable[[str, int], float] = lambda area, hour: 1_000.0 + 10.0 * hour
    sun: Callable[[int], float] = lambda hour: 100.0 if 8 <= hour % 24 < 16 else -2.0
    price: Callable[[int], float] = lambda hour: 40.0 + hour % 24
    run: str = "ACTUAL"
    nodes: tuple[str, ...] = ("NODE_1",)
    absent: set[tuple[str, int]] = field(default_factory=set)

    def reports(self) -> dict[str, str]:
        hours = range(self.n_day * 24)
        load = [self._load(area, hour) for area in self.areas for hour in hours if (area, hour) not in self.absent]
        sun = [self._sun(hub, kind, hour) for hub in ("NP15", "SP15") for kind in ("Solar", "Wind") for hour in hours]
        price = [self._price(n, t, hour) for n in self.nodes for t in ("LMP", "MCE", "MCC") for hour in hours]
        texts = {
            "SLD_FCST": self._text(LOAD_HEADER, load),
            "SLD_REN_FCST": self._text(RENEWABLE_HEADER, sun),
            "PRC_LMP": self._text(PRICE_HEADER, price),
        }
        return {f"{self.first:%Y%m%d}_{name}_v1": text for name, text in texts.items()}

    def write(self, folder: Path, **replaced: str) -> Path:
        """Zip each report into a folder; a keyword such as SLD_FCST replaces the text of that report."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in self.reports().items():
            kind = name.split("_", 1)[1].removesuffix("_v1")
            with zipfile.ZipFile(folder / f"{name}_csv.zip", "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(f"{name}.csv", replaced.get(kind, text))
        return folder

    def _stamps(self, hour: int) -> tuple[str, str]:
        start = self.first + timedelta(hours=hour)
        return f"{start:%Y-%m-%dT%H:%M:%S}-00:00", f"{start + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}-00:00"

    def _load(self, area: str, hour: int) -> list[object]:
        label = "Total Actual Hourly Integrated Load"
        value = f"{self.load(area, hour):g}"
        return [*self._stamps(hour), 0, "", hour % 24 + 1, 0, self.run, area, label, "SYS", 3.8, value, self.run, 1]

    def _sun(self, hub: str, kind: str, hour: int) -> list[object]:
        value = self.sun(hour) if kind == "Solar" else 50.0 + hour % 5
        stamps = self._stamps(hour)
        return ["", hour % 24 + 1, 0, *stamps, hub, kind, "Renewable", "REN", 3, 3, f"{value:g}", "ACTUAL", 1]

    def _price(self, node: str, lmp_type: str, hour: int) -> list[object]:
        value = self.price(hour) if lmp_type == "LMP" else 1.0
        stamps = self._stamps(hour)
        return [*stamps, "", hour % 24 + 1, 0, node, node, node, "DAM", lmp_type, "X", node, "ALL", 1, f"{value:g}", 1]

    @staticmethod
    def _text(header: str, rows: list[list[object]]) -> str:
        text = io.StringIO()
        text.write(header + "\n")
        csv.writer(text, lineterminator="\n").writerows(reversed(rows))
        return text.getvalue()


@pytest.fixture
def oasis() -> type[Oasis]:
    return Oasis


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERGRID_DATA_DIR", str(tmp_path / "cache"))


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., TimeSeriesTable]:
    """Imports a folder and returns the table."""

    def run(folder: Path, *, max_gap_h: int = 24, reference_year: int = 2023, **settings: object) -> TimeSeriesTable:
        entry = Entry(name="caiso", folder=tmp_path / "store")
        return import_market(
            CaisoReader(**settings),  # type: ignore[arg-type]
            [folder],
            entry=entry,
            max_gap_h=max_gap_h,
            reference_year=reference_year,
        ).table

    return run


@pytest.fixture(scope="session")
def caiso_records(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> ImportResult:
    """CAISO's own files of 2023 and 2024, imported once (about 3 s)."""
    entry = Entry(name="caiso", folder=tmp_path_factory.mktemp("caiso"))
    return import_market(CaisoReader(), [shared_data / "iso" / "caiso"], entry=entry)

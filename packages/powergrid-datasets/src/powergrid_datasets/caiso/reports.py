"""The three OASIS reports a data set needs, recognised by their columns."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from powergrid.errors import DatasetError

START = "INTERVALSTARTTIME_GMT"
SHORT_AREAS = {
    "CA ISO-TAC": "CAISO",
    "MWD-TAC": "MWD",
    "PGE-TAC": "PGE",
    "SCE-TAC": "SCE",
    "SDGE-TAC": "SDGE",
    "VEA-TAC": "VEA",
    # Not the Californian utility: in this report PGE is Portland General Electric, a balancing area of the
    # Western Energy Imbalance Market.
    "PGE": "PGE-BA",
}
"""Areas by TAC_AREA_NAME that have another name here; the rest keep theirs."""

_VALUE_COLUMNS = ("MW", "VALUE", "PRC")  # the price is called MW in PRC_LMP


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One kind of OASIS report.

    Parameters
    ----------
    name
        OASIS query name.
    title
        What it holds, in words.
    marks
        Columns that only this report has.
    market_run
        Value of MARKET_RUN_ID that is wanted: the same report also carries forecasts and other markets.
    label
        Names the series of a row, or "" for a row that is not wanted.
    """

    name: str
    title: str
    marks: tuple[str, ...]
    market_run: str
    label: Callable[[pd.DataFrame], pd.Series[str]]


def _load_label(rows: pd.DataFrame) -> pd.Series[str]:
    return "load/" + rows["TAC_AREA_NAME"].replace(SHORT_AREAS)


def _renewable_label(rows: pd.DataFrame) -> pd.Series[str]:
    return rows["RENEWABLE_TYPE"].str.lower() + "/" + rows["TRADING_HUB"]


def _price_label(rows: pd.DataFrame) -> pd.Series[str]:
    return ("price/" + rows["NODE"]).where(rows["LMP_TYPE"] == "LMP", "")


REPORTS = (
    Report(
        name="SLD_FCST",
        title="system load",
        marks=("TAC_AREA_NAME",),
        market_run="ACTUAL",
        label=_load_label,
    ),
    Report(
        name="SLD_REN_FCST",
        title="wind and solar",
        marks=("TRADING_HUB", "RENEWABLE_TYPE"),
        market_run="ACTUAL",
        label=_renewable_label,
    ),
    Report(
        name="PRC_LMP",
        title="day-ahead locational marginal prices",
        marks=("LMP_TYPE", "NODE"),
        market_run="DAM",
        label=_price_label,
    ),
)


def read_report(label: str, content: bytes) -> tuple[Report, pd.DataFrame]:
    """Series of one csv file.

    Parameters
    ----------
    label
        Name of the file, for messages.
    content
        The file.

    Returns
    -------
    tuple
        The report, and a frame with the columns ``time`` (interval start, UTC), ``series`` and ``value``
        (MW or USD/MWh; NaN where the field is empty), in the order of the file.

    Raises
    ------
    DatasetError
        Not one of the three reports, no row of the market wanted, or a row that is cut off, has a time that cannot be
        read or a value that is not a number; file and row are named.
    """
    header = content.split(b"\n", 1)[0].decode("utf-8-sig", errors="replace").strip().split(",")
    report = next((known for known in REPORTS if START in header and set(known.marks) <= set(header)), None)
    value = next((name for name in _VALUE_COLUMNS if name in header), None)
    if report is None or value is None:
        raise DatasetError(
            f"{label}, row 1: the columns {', '.join(header)[:120]} belong to no report that is known.",
            remedy=f"Import only {', '.join(known.name for known in REPORTS)} files.",
        )
    _check_fields(label, content, len(header))
    rows = _rows(label, content, [START, *report.marks, "MARKET_RUN_ID", value])
    rows = rows[rows["MARKET_RUN_ID"].astype(str) == report.market_run]
    if rows.empty:
        raise DatasetError(
            f"{label} has no row of market run {report.market_run}.",
            remedy=f"Choose {report.market_run} when downloading {report.name}.",
        )
    return report, _series(label, rows, report, value)


def _check_fields(label: str, content: bytes, n_field: int) -> None:
    # pandas drops what is too much in a row and fills up what is missing, so the fields are counted here.
    for number, line in enumerate(content.splitlines(), start=1):
        if line.count(b",") + 1 != n_field and line.strip() and b'"' not in line:
            raise DatasetError(
                f"{label}, row {number}: {line.count(b',') + 1} fields instead of {n_field}; the file is cut off or "
                f"damaged there.",
                remedy="Download it again.",
            )


def _rows(label: str, content: bytes, wanted: list[str]) -> pd.DataFrame:
    try:
        # As text, so that every bad field can be quoted.
        return pd.read_csv(io.BytesIO(content), usecols=wanted, dtype=str, encoding="utf-8-sig")
    except (ValueError, UnicodeDecodeError) as cause:
        raise DatasetError(f"{label} cannot be read: {cause}.", remedy="Download it again.") from cause


def _series(label: str, rows: pd.DataFrame, report: Report, value: str) -> pd.DataFrame:
    names = report.label(rows)
    _refuse(label, names.isna(), "the name of the series is missing", names)
    rows, names = rows[names != ""], names[names != ""]
    times = pd.to_datetime(rows[START], utc=True, errors="coerce", format="ISO8601")
    _refuse(label, times.isna() | (times.dt.minute != 0), "not a full hour", rows[START])
    numbers = pd.to_numeric(rows[value], errors="coerce")
    _refuse(label, numbers.isna() & rows[value].notna(), "not a number", rows[value])
    return pd.DataFrame({"time": times, "series": names.astype("category"), "value": numbers})


def _refuse(label: str, bad: pd.Series[bool], reason: str, shown: pd.Series[str]) -> None:
    if not bad.any():
        return
    first = bad.index[bad][0]
    # Line 1 of the file is the header, so that index 0 is line 2.
    raise DatasetError(
        f"{label}, row {int(first) + 2}: {reason} ({shown[first]!r}); {int(bad.sum())} such rows in the file.",
        remedy="Download it again.",
    )

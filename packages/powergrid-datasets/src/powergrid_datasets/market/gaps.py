"""Hours that the operator did not publish, filled on a straight line and listed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from powergrid.errors import DatasetError


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A run of hours without a value.

    Parameters
    ----------
    column
        Series that has the gap.
    start
        First missing hour, UTC, as ISO text.
    n_hour
        Missing hours in a row.
    """

    column: str
    start: str
    n_hour: int

    def __str__(self) -> str:
        return f"{self.column}: {self.n_hour} h from {self.start}"


def find_gaps(frame: pd.DataFrame) -> list[Gap]:
    """Gaps of all columns, in order of column and time."""
    gaps = []
    for column in frame.columns:
        missing = frame[column].isna().to_numpy()
        edges = np.flatnonzero(np.diff(np.concatenate([[False], missing, [False]]).astype(np.int8)))
        for first, after in zip(edges[::2], edges[1::2], strict=True):
            start = frame.index[int(first)].strftime("%Y-%m-%dT%H:%MZ")
            gaps.append(Gap(column=str(column), start=start, n_hour=int(after - first)))
    return gaps


def fill_gaps(frame: pd.DataFrame, *, max_gap_h: int) -> tuple[pd.DataFrame, list[Gap]]:
    """Frame without missing values, and what was missing.

    Parameters
    ----------
    frame
        Hourly values, NaN where there are none.
    max_gap_h
        Longest run that is filled. [h]

    Returns
    -------
    tuple
        The frame, straight lines across its gaps (a gap at an end takes the nearest value), and the gaps.

    Raises
    ------
    DatasetError
        A gap is longer than that: such a hole should be downloaded, not invented.
    """
    gaps = find_gaps(frame)
    longest = max(gaps, key=lambda gap: gap.n_hour, default=None)
    if longest is not None and longest.n_hour > max_gap_h:
        raise DatasetError(
            f"{longest.column} has no values for {longest.n_hour} h from {longest.start}, more than the {max_gap_h} h "
            f"that are filled.",
            remedy="Download the missing period and import again, or allow longer gaps with --max-gap.",
        )
    return frame.interpolate(method="time").ffill().bfill(), gaps

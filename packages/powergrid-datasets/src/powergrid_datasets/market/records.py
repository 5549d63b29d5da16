"""Raw hourly records of an electricity market, and what reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

import pandas as pd

Progress: TypeAlias = Callable[[Path], None]
"""Called with each file before it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketRecords:
    """Hours of one market as its operator published them, before anything is filled or scaled.

    Parameters
    ----------
    frame
        One row per hour, without holes in the index: `DatetimeIndex` in UTC, interval starts. Columns
        ``"load/<area>"``, ``"solar/<hub>"``, ``"wind/<hub>"`` in MW and ``"price/LMP"`` in USD/MWh. What the operator
        did not publish is NaN.
    utc_offset_h
        Local standard time minus UTC, the same all year. [h]
    origin
        Reports, areas and node that were read, in one line.
    licence
        Terms of the records, in one line.
    files
        Name and SHA-256 of each file that was read.
    """

    frame: pd.DataFrame
    utc_offset_h: float
    origin: str
    licence: str
    files: tuple[tuple[str, str], ...]


class MarketReader(Protocol):
    """Reads the files of one operator as it delivers them.

    A new operator needs one class like this and a line in `powergrid_datasets.operators`; gaps, scaling, checks and the
    file on disk are the same for all.
    """

    @property
    def name(self) -> str:
        """Name of the data set that comes out, such as ``"caiso"``."""

    def settings(self) -> str:
        """Everything besides the files that decides the result, as text: an import is repeated when it changes."""

    def find(self, places: Sequence[Path]) -> list[Path]:
        """Files to read under folders and among files, in a fixed order.

        Raises
        ------
        DatasetError
            A place does not exist, or no file there could be one of the operator's.
        """

    def read(self, files: Sequence[Path], *, progress: Progress) -> MarketRecords:
        """Records of all files together.

        Raises
        ------
        DatasetError
            A file is broken, truncated or of an unknown form (file, row and reason are named), or a report that is
            needed is not among them.
        """

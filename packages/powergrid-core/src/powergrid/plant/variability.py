"""Clouds and consumers: what changes within seconds, on top of series that know hours only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from heron.core.quantity import Quantity
from heron.core.random import SeedTree
from heron.errors import StateError
from heron.types import FloatArray, IndexArray
from powergrid.config.variability import LoadVariability, SolarVariability, VariabilityConfig
from powergrid.plant.random_process import SpectralProcess

SOLAR, LOAD = "solar", "load"
SOLAR_SLOPE = 1.3
"""Fall of the spectrum of photovoltaic power with frequency. [1]

Source: Klima and Apt, Geographic smoothing of solar PV: results from Gujarat, Environmental Research Letters 10,
104001, 2015: 1.23 to 1.56 for most single plants, the less the smaller.
"""
LOAD_SLOPE = 1.0
"""The same variance in every octave, for want of a measured spectrum of so few consumers. [1]"""


@dataclass(frozen=True, slots=True)
class _Followed:
    """A row of the table that follows a family of series."""

    row: int
    site: str
    high: float


class Variability:
    """Changes the rows that follow sun and load, as a function of simulated time.

    Everything in one microgrid that follows the same column changes together: the clouds over it are the same.
    Microgrids are too far apart for that, and each has its own, also where they follow the same column. Rows of
    forecasts, and means over the past, stay as smooth as the series.

    A value belongs to the instant at which an interval begins and is held over it, so it is meant for intervals of
    seconds.

    Parameters
    ----------
    config
        How much sun and load vary.
    """

    def __init__(self, config: VariabilityConfig) -> None:
        self._config = config
        self._followed: dict[str, list[_Followed]] = {SOLAR: [], LOAD: []}
        self._parts: list[_Clouds | _Restlessness] = []

    def follow(self, row: int, thing: str, quantity: Quantity, column: str) -> None:
        """Note a row that shows the present value of a column, if its family varies.

        Parameters
        ----------
        row
            Number of the row.
        thing
            Whose it is: a device, ``"MG1.pv1"``, or an area, ``"MG1"``.
        quantity
            Its declaration; its ``high`` is not exceeded.
        column
            Column as the data set calls it, ``"solar/NP15"``.
        """
        family = column.partition("/")[0]
        if family in self._followed:
            # A device's name begins with its microgrid's.
            site = f"{column} at {thing.partition('.')[0]}"
            self._followed[family].append(_Followed(row, site, quantity.high))

    def connect(self, n_env: int) -> None:
        """Lay out the processes of what has been noted."""
        solar, load = self._config.solar, self._config.load
        clouds, restless = self._followed[SOLAR], self._followed[LOAD]
        self._parts = []
        if solar is not None and clouds:
            self._parts.append(_Clouds(solar, clouds, n_env))
        if load is not None and restless:
            self._parts.append(_Restlessness(load, restless, n_env))

    def reset(self, envs: IndexArray, trees: Sequence[SeedTree]) -> None:
        """Draw new skies and consumers for the episodes that begin."""
        for part in self._parts:
            part.process.reset(envs, trees)

    def apply(self, values: FloatArray, elapsed_ns: NDArray[np.int64], envs: IndexArray | None = None) -> None:
        """Change the rows, which hold the values of the series.

        Parameters
        ----------
        values : (n_row, n_env)
            The state table's.
        elapsed_ns : (n,)
            Simulated time since the episode began, of the environments meant. [ns]
        envs : (n,)
            Which environments; all when not given.
        """
        for part in self._parts:
            process = part.process.at(elapsed_ns, envs)[part.site_of_row]
            if envs is None:
                values[part.rows] = part.varied(values[part.rows], process)
            else:
                place = (part.rows[:, np.newaxis], envs)
                values[place] = part.varied(values[place], process)

    def save_state(self) -> list[dict[str, Any]]:
        """Phases of all processes."""
        return [part.process.save_state() for part in self._parts]

    def restore_state(self, state: Sequence[Mapping[str, Any]] | None) -> None:
        """Take back what `save_state` gave.

        Raises
        ------
        StateError
            It belongs to another `variability`, or to none.
        """
        if state is None or len(state) != len(self._parts):
            raise StateError(
                f"The saved state has {0 if state is None else len(state)} families that vary within seconds, this "
                f"environment {len(self._parts)}.",
                remedy="Restore into an environment built from the same configuration.",
            )
        for part, saved in zip(self._parts, state, strict=True):
            part.process.restore_state(dict(saved))


class _Clouds:
    """Rows under clouds."""

    def __init__(self, config: SolarVariability, followed: Sequence[_Followed], n_env: int) -> None:
        self._config = config
        self.rows, self.site_of_row, sites = _layout(followed)
        self._high = np.array([one.high for one in followed])[:, np.newaxis]
        self.process = SpectralProcess(
            sites,
            period_min_s=config.period_min_s,
            period_max_s=config.period_max_s,
            slope=SOLAR_SLOPE,
            n_env=n_env,
        )

    def varied(self, values: FloatArray, process: FloatArray) -> FloatArray:
        """Availability under the present sky, ``(n_row, n)``."""
        config = self._config
        return shaded(
            values, process, depth=config.depth, cloud_share=config.cloud_share, edge=config.edge, high=self._high
        )


class _Restlessness:
    """Rows of loads."""

    def __init__(self, config: LoadVariability, followed: Sequence[_Followed], n_env: int) -> None:
        self._sigma = config.sigma
        self.rows, self.site_of_row, sites = _layout(followed)
        self.process = SpectralProcess(
            sites,
            period_min_s=config.period_min_s,
            period_max_s=config.period_max_s,
            slope=LOAD_SLOPE,
            n_env=n_env,
        )

    def varied(self, values: FloatArray, process: FloatArray) -> FloatArray:
        """Load now, ``(n_row, n)``."""
        changed: FloatArray = values * (1.0 + self._sigma * process)
        return changed


def shaded(
    mean: FloatArray, process: FloatArray, *, depth: float, cloud_share: float, edge: float, high: FloatArray
) -> FloatArray:
    """Availability at one instant under a sky whose mean over time is the series' value.

    Between clouds the sun gives ``mean / (1 - depth * cloud_share)``, or `high` where that is more than there can be;
    there are fewer clouds then, so that the mean stays what it is. A mean of `high` is a clear sky.

    Parameters
    ----------
    mean : (n_row, n_env)
        Value of the series, not negative. [1]
    process : (n_row, n_env)
        Normal process of mean 0 and variance 1; high values are clouds. [1]
    depth
        Share that the middle of a cloud takes. [1]
    cloud_share
        Share of the time in shade, at most. [1]
    edge
        Width of a cloud's edge, in standard deviations of the process. [1]
    high : (n_row, 1)
        Greatest possible value. [1]

    Returns
    -------
    (n_row, n_env)
        From 0 to `high`. [1]

    Source
    ------
    docs/environments/fast.md, "Sun". The mean of ``ndtr((x - threshold) / edge)`` over a standard normal ``x`` is
    ``ndtr(-threshold / sqrt(1 + edge**2))``.
    """
    sunny = np.minimum(mean / (1.0 - depth * cloud_share), high)
    lost = np.divide(sunny - mean, sunny, out=np.zeros_like(mean), where=sunny > 0.0)
    share = np.minimum(np.maximum(lost / depth, 0.0), 1.0)
    threshold = -math.sqrt(1.0 + edge * edge) * ndtri(share)
    shade: FloatArray = ndtr((process - threshold) / edge)
    return sunny * (1.0 - depth * shade)


def _layout(followed: Sequence[_Followed]) -> tuple[IndexArray, IndexArray, list[str]]:
    """Rows, the number of each one's site, and the sites."""
    sites = list(dict.fromkeys(one.site for one in followed))
    rows = np.array([one.row for one in followed], dtype=np.intp)
    return rows, np.array([sites.index(one.site) for one in followed], dtype=np.intp), sites

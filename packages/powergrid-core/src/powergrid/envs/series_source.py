"""The time series an environment lives in."""

from __future__ import annotations

import math
import os

from powergrid.config.schema import EnvConfig
from powergrid.envs.user_warning import warn_user
from powergrid.plant.exogenous import Exogenous, SeriesOptions, nominal_series
from powergrid.plant.series import TimeSeriesTable, as_table
from powergrid.setups.loader import load_dataset

_DAY_S = 86_400.0


def find_series(config: EnvConfig) -> TimeSeriesTable | None:
    """Time series a configuration asks for; None, with a warning, where it asks for none.

    Raises
    ------
    UnknownDatasetError
        No data set has that name.
    DatasetError
        The arrays or the file cannot be used.
    """
    source = config.dataset if config.dataset is not None else config.dataset_path
    if source is None:
        warn_user(
            "The configuration names no dataset: loads are nominal, sun and wind full, and the energy price is 0."
        )
        return None
    return load_dataset(source) if isinstance(source, (str, os.PathLike)) else as_table(source)


def follow_series(config: EnvConfig, series: TimeSeriesTable | None) -> Exogenous:
    """What writes the series into the table.

    Parameters
    ----------
    config
        Configuration of the environment.
    series
        Time series; None for nominal loads and energy for nothing.
    """
    options = SeriesOptions(
        split="train" if config.train else "test",
        start=config.start,
        start_hour=config.start_hour,
        step_s=config.step_s,
        plant_step_s=config.plant_step_s,
        episode_steps=config.max_episode_steps,
        variability=config.variability,
        forecast_steps=config.forecast_steps,
        lenient=series is None,
    )
    if series is None:
        until_s = config.start_hour * 3600.0 + config.max_episode_steps * config.step_s
        series = nominal_series(max(1, math.ceil(until_s / _DAY_S)))
    return Exogenous(series, options)


def load_column(load_area: str | None, series: TimeSeriesTable | None) -> str | None:
    """Column that the loads of an area follow; None where they stay nominal.

    Parameters
    ----------
    load_area
        What the configuration says; without, the series ``"load"`` that all areas share, where there is one.
    series
        Time series.
    """
    if load_area is not None:
        return f"load/{load_area}"
    if series is None or "load" in series.columns:
        return "load" if series is not None else None
    areas = [name.partition("/")[2] for name in series.columns if name.startswith("load/")]
    if areas:
        warn_user(
            f"Loads that name no load_area stay nominal all day; the data set has {', '.join(areas)}. "
            f"Write load_area: {areas[0]} beside the name of the microgrid, or of the feeder in dso_config."
        )
    return None

"""Place of each hour in the year, the day and the week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heron.types import BoolArray, FloatArray, IndexArray

N_MONTH = 12
DAYS_PER_YEAR = 365.0
_LATITUDE_RAD = np.deg2rad(35.5)
"""Between the solar plants of NP15 and SP15; both lie near 120° west, where standard time is solar time."""
_TWILIGHT_RAD = np.deg2rad(-1.0)
# Middle of each month in days since new year.
_MIDDLES = np.array([15.5, 45.0, 74.5, 105.0, 135.5, 166.0, 196.5, 227.5, 258.0, 288.5, 319.0, 349.5])


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """For each of many hours: the hour of the day, the day type, and the two months it lies between.

    Parameters
    ----------
    hour : (n_step,)
        Hour of the day, 0 to 23, local standard time.
    day_type : (n_step,)
        0 Monday to Friday, 1 Saturday, 2 Sunday.
    month_before, month_after : (n_step,)
        Months, 0 to 11, whose middles enclose the hour.
    weight_after : (n_step,)
        Share of the later month: 0 in the middle of the earlier one, 1 in the middle of the later. [1]
    dark : (n_step,)
        Whether the sun is down from the beginning of the hour to its end.
    """

    hour: IndexArray
    day_type: IndexArray
    month_before: IndexArray
    month_after: IndexArray
    weight_after: FloatArray
    dark: BoolArray

    @classmethod
    def of_hours(cls, first_day: np.datetime64, n_step: int) -> Season:
        """Hours from midnight of a local day on."""
        hours = first_day.astype("datetime64[h]") + np.arange(n_step)
        days = hours.astype("datetime64[D]")
        weekday = (days.astype(np.int64) + 3) % 7  # 1 January 1970 was a Thursday, number 3
        day = day_of_year(hours)
        before, after, weight = months_around(day)
        highest = np.max([sun_elevation_rad(day + part / 48.0) for part in range(3)], axis=0)
        return cls(
            hour=(hours.astype(np.int64) % 24).astype(np.intp),
            day_type=np.clip(weekday - 4, 0, 2).astype(np.intp),
            month_before=before,
            month_after=after,
            weight_after=weight,
            dark=highest < _TWILIGHT_RAD,
        )


def day_of_year(hours: np.ndarray[tuple[int], np.dtype[np.datetime64]]) -> FloatArray:
    """Days since new year, with the fraction of the day, of local hours."""
    since = (hours - hours.astype("datetime64[Y]").astype("datetime64[h]")).astype(np.float64)
    days: FloatArray = since / 24.0
    return days


def sun_elevation_rad(day: FloatArray) -> FloatArray:
    """Height of the sun above the horizon in California; the equation of time is left out. [rad]

    Parameters
    ----------
    day
        Days since new year in solar time, with the fraction of the day.

    Source
    ------
    Declination of Cooper, "The absorption of radiation in solar stills", Solar Energy 12 (1969) 333; elevation by
    spherical trigonometry.
    """
    declination = np.deg2rad(23.45) * np.sin(2.0 * np.pi * (284.0 + np.floor(day) + 1.0) / DAYS_PER_YEAR)
    hour_angle = 2.0 * np.pi * (day - 0.5)
    high = np.sin(_LATITUDE_RAD) * np.sin(declination)
    high = high + np.cos(_LATITUDE_RAD) * np.cos(declination) * np.cos(hour_angle)
    elevation: FloatArray = np.arcsin(high)
    return elevation


def months_around(day: FloatArray) -> tuple[IndexArray, IndexArray, FloatArray]:
    """The months before and after a day of the year, and the weight of the later one."""
    middles = np.concatenate([[_MIDDLES[-1] - DAYS_PER_YEAR], _MIDDLES, [_MIDDLES[0] + DAYS_PER_YEAR]])
    day = np.mod(day, DAYS_PER_YEAR)
    place = np.clip(np.searchsorted(middles, day, side="right") - 1, 0, N_MONTH)
    weight = (day - middles[place]) / (middles[place + 1] - middles[place])
    return (place - 1) % N_MONTH, place % N_MONTH, weight


def distance_to_middle(day: FloatArray, month: int) -> FloatArray:
    """Days between a day of the year and the middle of a month, the shorter way round. [day]"""
    half = DAYS_PER_YEAR / 2.0
    distance: FloatArray = np.abs(np.mod(day - _MIDDLES[month] + half, DAYS_PER_YEAR) - half)
    return distance

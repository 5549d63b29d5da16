"""Estimates as people read them."""

from __future__ import annotations

import math
from collections.abc import Iterable

from powergrid_rl.evaluation.statistics import Estimate

_DIGITS = 4
_MOST_DECIMALS = 6


def decimals_of(estimates: Iterable[Estimate | None], *, least: float = 0.0) -> int:
    """Decimals with which the largest mean, or ``least``, has four digits."""
    greatest = max((abs(one.mean) for one in estimates if one is not None), default=0.0)
    greatest = max(greatest, least)
    if greatest == 0.0:
        return 1
    return min(max(_DIGITS - 1 - math.floor(math.log10(greatest)), 0), _MOST_DECIMALS)


def shown(found: Estimate | None, decimals: int) -> str:
    """Mean and half width; the mean alone where one sample tells nothing of the width; nothing of nothing."""
    if found is None:
        return ""
    mean = f"{round(found.mean, decimals) + 0.0:.{decimals}f}"  # + 0.0: no minus before a zero
    return mean if math.isinf(found.half_width) else f"{mean} ± {found.half_width:.{decimals}f}"

"""The transformer between a feeder and the one above it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from powergrid.errors import NetworkError

_ROUNDED = 1e-3
_DEFAULT_VKX_PERCENT = 5.0
_TAKEN_FROM_BUSES = ("hv_kv", "lv_kv")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTransformer:
    """The transformer through which an attached feeder draws from the one above.

    Parameters
    ----------
    sn_mva
        Rating. [MVA]
    hv_kv, lv_kv
        Rated voltages, line to line: those of the connection bus and of the attached feeder's head, which they are
        taken from if left out. [kV]
    vkr_percent
        Series resistance on its rating. [%]
    vkx_percent, vk_percent
        Series reactance, or the short-circuit voltage sqrt(vkr² + vkx²), on its rating: either gives the other, and
        without both the reactance is 5 %. [%]

    Raises
    ------
    NetworkError
        A value is not positive (the resistance may be zero), or the three percentages contradict each other.
    """

    sn_mva: float
    hv_kv: float = math.nan
    lv_kv: float = math.nan
    vkr_percent: float = 1.0
    vkx_percent: float = math.nan
    vk_percent: float = math.nan

    def __post_init__(self) -> None:
        """Fill in the reactance or the short-circuit voltage and refuse values that make no transformer."""
        if math.isnan(self.vkx_percent):
            vkx_percent = _DEFAULT_VKX_PERCENT if math.isnan(self.vk_percent) else self._reactance_percent()
            object.__setattr__(self, "vkx_percent", vkx_percent)
        vk_percent = math.hypot(self.vkr_percent, self.vkx_percent)
        if not math.isnan(self.vk_percent) and not math.isclose(self.vk_percent, vk_percent, rel_tol=_ROUNDED):
            raise NetworkError(
                f"The import transformer's vk_percent is {self.vk_percent:g}, but vkr_percent {self.vkr_percent:g} and "
                f"vkx_percent {self.vkx_percent:g} give {vk_percent:.4g}.",
                remedy="Leave one of vkx_percent and vk_percent out.",
            )
        object.__setattr__(self, "vk_percent", vk_percent)
        for what in ("sn_mva", "hv_kv", "lv_kv", "vkx_percent"):
            if what in _TAKEN_FROM_BUSES and math.isnan(getattr(self, what)):
                continue
            if not 0.0 < getattr(self, what) < math.inf:
                raise NetworkError(f"The import transformer's {what} is {getattr(self, what)}; it must be positive.")
        if not 0.0 <= self.vkr_percent < math.inf:
            raise NetworkError(f"The import transformer's vkr_percent is {self.vkr_percent}; it must not be negative.")

    def between(self, above_kv: float, head_kv: float) -> ImportTransformer:
        """The same with the nominal voltages of the buses it joins where it has none of its own. [kV]"""
        return replace(
            self,
            hv_kv=above_kv if math.isnan(self.hv_kv) else self.hv_kv,
            lv_kv=head_kv if math.isnan(self.lv_kv) else self.lv_kv,
            vk_percent=math.nan,
        )

    def _reactance_percent(self) -> float:
        if self.vk_percent <= self.vkr_percent:
            raise NetworkError(
                f"The import transformer's vk_percent {self.vk_percent:g} leaves no reactance beside its vkr_percent "
                f"{self.vkr_percent:g}."
            )
        return math.sqrt(self.vk_percent**2 - self.vkr_percent**2)

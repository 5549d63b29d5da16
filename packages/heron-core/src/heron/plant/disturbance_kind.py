"""What can go wrong in a plant: kinds of disturbance, whom they hit, and what they need to know."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from heron.errors import ConfigError, UnknownNameError, suggest

_NUMBERS = (int, float, np.integer, np.floating)
_SHOWN = 12
"""Names that an error lists at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisturbanceParameter:
    """A number that says how a disturbance is.

    Parameters
    ----------
    name, unit
        What it is called, and its unit.
    low, high
        Bounds. [unit]
    default
        Value that changes nothing, taken where it is not given; None where it must be. [unit]
    """

    name: str
    unit: str = "1"
    low: float = -math.inf
    high: float = math.inf
    default: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisturbanceKind:
    """A kind of thing that can go wrong.

    Parameters
    ----------
    targets
        Names that it can hit.
    parameters
        What must or may be said of it.
    needs_any
        Whether at least one of the parameters must be given, since without any nothing would happen.
    """

    targets: tuple[str, ...]
    parameters: tuple[DisturbanceParameter, ...] = ()
    needs_any: bool = False

    def check_target(self, kind: str, target: str) -> None:
        """Make sure that it can hit this target.

        Raises
        ------
        UnknownNameError
            If it cannot.
        """
        if target not in self.targets:
            raise UnknownNameError(
                f"Disturbance {kind!r} cannot hit {target!r}; it can hit {_listed(self.targets)}.",
                remedy=suggest(target, self.targets),
            )

    def complete(self, kind: str, target: str, parameters: Mapping[str, float | str]) -> dict[str, float]:
        """All parameters as numbers, in order, those that are not given with their defaults.

        Raises
        ------
        UnknownNameError
            If there is no such parameter.
        ConfigError
            If one is missing, no number, or out of range.
        """
        what = f"Disturbance {kind!r} of {target!r}"
        names = [one.name for one in self.parameters]
        for name in parameters:
            if name not in names:
                raise UnknownNameError(
                    f"{what} has no parameter {name!r}; it has {_listed(names)}.", remedy=suggest(name, names)
                )
        if self.needs_any and not parameters:
            raise ConfigError(f"{what} says not what changes.", remedy=f"Give one of {_listed(names)}.")
        return {one.name: _number(what, one, parameters.get(one.name, one.default)) for one in self.parameters}


def find_kind(kinds: Mapping[str, DisturbanceKind], kind: str) -> DisturbanceKind:
    """The kind of this name.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    if kind not in kinds:
        raise UnknownNameError(
            f"The plant knows no disturbance {kind!r}; it knows {_listed(kinds)}.", remedy=suggest(kind, kinds)
        )
    return kinds[kind]


def _number(what: str, parameter: DisturbanceParameter, value: float | str | None) -> float:
    allowed = f"Give a finite number from {parameter.low:g} to {parameter.high:g} [{parameter.unit}]."
    if value is None:
        raise ConfigError(f"{what} lacks its parameter {parameter.name!r}.", remedy=allowed)
    number = float(value) if isinstance(value, _NUMBERS) and not isinstance(value, bool) else math.nan
    if not (math.isfinite(number) and parameter.low <= number <= parameter.high):
        raise ConfigError(f"{what} has {parameter.name!r} {value!r}.", remedy=allowed)
    return number


def _listed(names: Iterable[str]) -> str:
    known = list(names)
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return (", ".join(known[:_SHOWN]) or "none") + more

"""Choices a user makes about a feeder: scales, taps, variant, load model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from heron.errors import suggest
from powergrid.errors import NetworkError
from powergrid.networks.feeder_table import FeederTable
from powergrid.networks.positive_sequence import VARIANTS, Variant

LoadModelChoice: TypeAlias = Literal["constant_power", "zip"]
"""Whether loads keep their published answer to voltage (``"zip"``) or all draw constant power."""

LOAD_MODELS: tuple[LoadModelChoice, ...] = ("constant_power", "zip")

MAX_TAP = 16
"""Highest and, negative, lowest position of a 32-step regulator. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeederOptions:
    """How a balanced net is made from a published feeder.

    Parameters
    ----------
    name
        Name of the net and zone of its buses; every element's name begins with it.
    load_scale, capacitor_scale
        Factors on all loads and on all capacitors. [1]
    regulator_taps
        Tap position by regulator, ``{"reg1": 7}``; a regulator left out keeps the position nearest to the mean of
        its three published ones. One step is 0.625 %. [1]
    variant
        See `powergrid.networks.positive_sequence.balanced_line`.
    load_model
        ``"constant_power"`` or ``"zip"``.
    slack_vm_pu
        Voltage of the head. [pu]

    Raises
    ------
    NetworkError
        A value is outside its range, or a choice is misspelt.
    """

    name: str
    load_scale: float = 1.0
    capacitor_scale: float = 1.0
    regulator_taps: Mapping[str, int] = field(default_factory=dict)
    variant: Variant = "drop_preserving"
    load_model: LoadModelChoice = "constant_power"
    slack_vm_pu: float = 1.0

    def __post_init__(self) -> None:
        """Check what can be checked without the feeder."""
        _require(bool(self.name.strip()), "A network needs a name: its buses and elements are called after it.")
        for what in ("load_scale", "capacitor_scale"):
            value = getattr(self, what)
            _require(math.isfinite(value) and value >= 0.0, f"{self.name}: {what} is {value}, not a number from 0 up.")
        _require(0.0 < self.slack_vm_pu < 2.0, f"{self.name}: slack_vm_pu is {self.slack_vm_pu}, not within 0 to 2.")
        _choice(self.name, "variant", self.variant, VARIANTS)
        _choice(self.name, "load_model", self.load_model, LOAD_MODELS)

    def tap_positions(self, table: FeederTable) -> dict[str, int]:
        """Position of every regulator of the feeder.

        Parameters
        ----------
        table
            The feeder.

        Returns
        -------
        dict
            Regulator name to position. [1]

        Raises
        ------
        NetworkError
            A regulator is unknown, or a position is no whole number within ±16.
        """
        published = {regulator.name: regulator.balanced_tap for regulator in table.regulators}
        for name, position in self.regulator_taps.items():
            if name not in published:
                raise NetworkError(
                    f"{self.name}: the {table.title} has no regulator {name!r}, only {sorted(published)}.",
                    remedy=suggest(name, published),
                )
            _require(
                position == int(position) and abs(position) <= MAX_TAP,
                f"{self.name}: tap {position} of regulator {name!r} is no whole number within ±{MAX_TAP}.",
            )
        return published | {name: int(position) for name, position in self.regulator_taps.items()}


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise NetworkError(message)


def _choice(network: str, what: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise NetworkError(
            f"{network}: {what} is {value!r}; there is {' and '.join(map(repr, choices))}.",
            remedy=suggest(value, choices),
        )

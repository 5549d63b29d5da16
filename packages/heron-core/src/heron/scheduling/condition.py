"""Conditions: a number is watched, and crossing its threshold is an event."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from heron.core.clock import nanoseconds
from heron.core.number import is_within
from heron.errors import ConfigError, StateError
from heron.types import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A threshold on one row of the state table.

    Parameters
    ----------
    name
        What logs and handlers call it.
    row
        Name of the row that is watched.
    threshold
        Where it fires, exclusive. [unit of the row]
    above
        Whether it fires above the threshold; below it otherwise.
    hysteresis
        How far the value must go back behind the threshold before it can fire again. [unit of the row]
    cool_down_s
        Shortest time from one firing to the next. [s]

    Raises
    ------
    ConfigError
        If a name is empty, the threshold is not finite, or hysteresis or cool-down is negative.
    """

    name: str
    row: str
    threshold: float
    above: bool = True
    hysteresis: float = 0.0
    cool_down_s: float = 0.0

    def __post_init__(self) -> None:
        if not self.name or not self.row:
            raise ConfigError(f"Condition {self.name!r} watches row {self.row!r}.", remedy="Give both a name.")
        if not is_within(self.threshold, -math.inf):
            raise ConfigError(f"Condition {self.name!r} has threshold {self.threshold!r}.", remedy="Give a number.")
        if not is_within(self.hysteresis, 0.0):
            raise ConfigError(
                f"Condition {self.name!r} has hysteresis {self.hysteresis!r}.", remedy="Give a number from 0 on."
            )
        nanoseconds(self.cool_down_s, f"Condition {self.name!r}: cool_down_s")


class ConditionWatch:
    """What has become of a condition in each environment.

    It fires at the first look that finds the value beyond the threshold, the very first look of an episode included.
    Then the value must be seen back at the threshold less the hysteresis, or further, before it can fire again. A value
    that is beyond once more while the cool-down lasts fires when that is over, if it still is. What is not a number
    neither fires nor counts as having gone back.

    Parameters
    ----------
    condition
        What is watched for.
    n_env
        Number of environments.
    """

    def __init__(self, condition: Condition, n_env: int = 1) -> None:
        self.condition = condition
        self.n_env = n_env
        self._sign = 1.0 if condition.above else -1.0
        self._threshold = self._sign * condition.threshold
        self._back = self._threshold - condition.hysteresis
        self._cool_down_ns = nanoseconds(condition.cool_down_s)
        self.reset()

    def reset(self) -> None:
        """Forget everything, as at the beginning of an episode."""
        self._armed = [True] * self.n_env
        self._fired_ns: list[int | None] = [None] * self.n_env

    def fires(self, time_ns: int, value: float | FloatArray) -> BoolArray:
        """Look at the value once.

        Parameters
        ----------
        time_ns
            Simulated time, not before that of the last look. [ns]
        value : () or (n_env,)
            Value of the row. [unit of the row]

        Returns
        -------
        (n_env,)
            Where it fires now; usable as a truth where there is one environment.

        Raises
        ------
        StateError
            If there are not as many values as environments.
        """
        values = [float(value)] if isinstance(value, (int, float)) else np.ravel(value).tolist()
        if len(values) != self.n_env:
            raise StateError(
                f"Condition {self.condition.name!r} got {len(values)} values for {self.n_env} environments."
            )
        return np.array([self._fires(env, time_ns, self._sign * number) for env, number in enumerate(values)])

    def _fires(self, env: int, time_ns: int, number: float) -> bool:
        if number <= self._back:
            self._armed[env] = True
            return False
        if not (self._armed[env] and number > self._threshold):
            return False
        fired_ns = self._fired_ns[env]
        if fired_ns is not None and time_ns - fired_ns < self._cool_down_ns:
            return False
        self._armed[env] = False
        self._fired_ns[env] = time_ns
        return True

    def save_state(self) -> dict[str, Any]:
        """What has become of it, as plain data."""
        return {"armed": list(self._armed), "fired_ns": list(self._fired_ns)}

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Go on where `save_state` was.

        Raises
        ------
        StateError
            If the state belongs to another number of environments.
        """
        if not len(state["armed"]) == len(state["fired_ns"]) == self.n_env:
            raise StateError(
                f"A state of {len(state['armed'])} environments does not fit condition {self.condition.name!r} "
                f"with {self.n_env}."
            )
        self._armed = list(state["armed"])
        self._fired_ns = list(state["fired_ns"])

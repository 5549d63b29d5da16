"""Which disturbances are in force in which environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from heron.plant.disturbance_kind import DisturbanceKind, find_kind
from heron.types import BoolArray, FloatArray, IndexArray


class ActiveDisturbances:
    """The disturbances that are in force, environment by environment; truth value: whether there are any.

    One kind hits one target at most once in an environment: what begins again replaces what was.

    Parameters
    ----------
    kinds
        What can go wrong.
    n_env
        Number of environments.
    """

    def __init__(self, kinds: Mapping[str, DisturbanceKind], n_env: int) -> None:
        self.kinds, self.n_env = dict(kinds), n_env
        self._where: dict[tuple[str, str], BoolArray] = {}
        self._values: dict[tuple[str, str], FloatArray] = {}

    def __bool__(self) -> bool:
        return bool(self._where)

    def begin(
        self, kind: str, target: str, parameters: Mapping[str, float | str], envs: IndexArray | None = None
    ) -> None:
        """Let a disturbance be in force in some environments, or in all.

        Raises
        ------
        UnknownNameError
            If kind, target or a parameter does not exist.
        ConfigError
            If a parameter is missing, no number, or out of range.
        """
        known = find_kind(self.kinds, kind)
        known.check_target(kind, target)
        given = known.complete(kind, target, parameters)
        key, chosen = (kind, target), slice(None) if envs is None else envs
        if not np.zeros(self.n_env)[chosen].size:
            return
        if key not in self._where:
            self._where[key] = np.zeros(self.n_env, dtype=np.bool_)
            self._values[key] = np.zeros((len(given), self.n_env))
        self._where[key][chosen] = True
        self._values[key][:, chosen] = np.array(list(given.values()), dtype=np.float64)[:, np.newaxis]

    def end(self, kind: str, target: str, envs: IndexArray | None = None) -> None:
        """Let it be over in some environments, or in all; where it is not in force nothing happens.

        Raises
        ------
        UnknownNameError
            If there is no such kind or target.
        """
        find_kind(self.kinds, kind).check_target(kind, target)
        self._lift((kind, target), slice(None) if envs is None else envs)

    def clear(self, envs: IndexArray) -> None:
        """Let everything be over in some environments."""
        for key in list(self._where):
            self._lift(key, envs)

    def targets(self, kind: str) -> list[str]:
        """Whom a kind hits at present in any environment, in order of their names."""
        return sorted(target for known, target in self._where if known == kind)

    def where(self, kind: str, target: str) -> BoolArray:
        """In which environments it is in force, ``(n_env,)``."""
        found = self._where.get((kind, target))
        return np.zeros(self.n_env, dtype=np.bool_) if found is None else found

    def value(self, kind: str, target: str, parameter: str) -> FloatArray:
        """A parameter of a disturbance that is in force somewhere, ``(n_env,)``; 0 where it is not. [unit]"""
        names = [one.name for one in self.kinds[kind].parameters]
        row: FloatArray = self._values[kind, target][names.index(parameter)]
        return row

    def save_state(self) -> list[dict[str, Any]]:
        """What is in force."""
        return [
            {"kind": kind, "target": target, "where": where.copy(), "values": self._values[kind, target].copy()}
            for (kind, target), where in self._where.items()
        ]

    def restore_state(self, state: list[dict[str, Any]]) -> None:
        """Take back what `save_state` gave."""
        self._where = {(one["kind"], one["target"]): np.array(one["where"], dtype=np.bool_) for one in state}
        self._values = {(one["kind"], one["target"]): np.array(one["values"], dtype=np.float64) for one in state}

    def _lift(self, key: tuple[str, str], envs: IndexArray | slice) -> None:
        if key not in self._where:
            return
        self._where[key][envs] = False
        self._values[key][:, envs] = 0.0
        if not self._where[key].any():
            del self._where[key], self._values[key]

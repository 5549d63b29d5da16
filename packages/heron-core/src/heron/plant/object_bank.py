"""Devices written as objects: a loop over devices and environments."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from heron.core.action import Action
from heron.core.feature import FeatureProvider
from heron.core.state import State
from heron.core.table import StateTable, TableBuilder
from heron.plant.interface import SetpointBlock, SetpointField
from heron.types import BoolArray, FloatArray, IndexArray


class ObjectKind(Protocol):
    """A device described by an object with a life of its own; `FieldAgent` is one."""

    agent_id: str
    state: State
    action: Action
    cost: float
    safety: float

    def setpoint_fields(self) -> tuple[SetpointField, ...]:
        """Numbers that can be asked of the device."""

    def apply_action(self) -> None:
        """Take the action as setpoint."""

    def update_state(self, **exogenous: Any) -> None:
        """Let the interval pass."""

    def update_cost_safety(self, **exogenous: Any) -> None:
        """Set cost and safety of the interval."""


class ObjectBank:
    """Runs object-kind devices in every environment.

    With one environment the devices themselves run; with more, each environment has a deep copy of
    every device whose features are bound to that environment's column, and the originals' features
    are views of all columns.

    Parameters
    ----------
    devices
        The devices, in the order of their rows.
    """

    def __init__(self, devices: Sequence[ObjectKind]) -> None:
        self.devices = list(devices)
        self.setpoints: dict[str, SetpointBlock] = {}
        self._feature_rows: list[list[list[int]]] = []
        self._copies: list[list[ObjectKind]] = []
        self._fresh: list[ObjectKind] = []

    def declare(self, builder: TableBuilder) -> None:
        """Add a row for every value of every feature and for every setpoint."""
        for device in self.devices:
            rows = [feature.declare_rows(builder, device.agent_id) for feature in device.state.features]
            self._feature_rows.append(rows)
            fields = device.setpoint_fields()
            first = [builder.add_block([device.agent_id], f.quantity(), feature="setpoint").start for f in fields]
            self.setpoints[device.agent_id] = SetpointBlock(fields, np.array(first, dtype=np.intp))

    def connect(self, table: StateTable) -> None:
        """Bind the features and make the copies."""
        self.table = table
        self._fresh = [copy.deepcopy(device) for device in self.devices]
        single = table.n_env == 1
        for position, device in enumerate(self.devices):
            self._copies.append([device] if single else [self._copy(position, env) for env in range(table.n_env)])
            self._bind(device, position, None)

    def reset(self, envs: IndexArray) -> None:
        """Put devices back to how they were constructed."""
        for position, rows in enumerate(self._feature_rows):
            flat = np.array([row for feature_rows in rows for row in feature_rows], dtype=np.intp)
            self.table.values[np.ix_(flat, envs)] = self.table.initial[flat, np.newaxis]
            for env in envs:
                self._restore_explicit(position, int(env))
                self._copies[position][int(env)].action.reset()

    def advance(self, exogenous: Callable[[ObjectKind, int], Mapping[str, Any]]) -> None:
        """Apply setpoints and let the interval pass, device by device.

        Parameters
        ----------
        exogenous
            Keywords for ``update_state`` and ``update_cost_safety`` of a device in an environment.
        """
        for position, device in enumerate(self.devices):
            rows = self.setpoints[device.agent_id].rows
            for env, one in enumerate(self._copies[position]):
                one.action.c = self.table.values[rows, env]
                one.action.clip()
                one.apply_action()
                keywords = exogenous(one, env)
                _call(one.update_state, keywords)
                _call(one.update_cost_safety, keywords)
                self._publish(position, env)

    def limited(self) -> dict[str, BoolArray]:
        """Where a setpoint lies outside its field's bounds: device → ``(n_field, n_env)``."""
        beyond: dict[str, BoolArray] = {}
        for agent_id, block in self.setpoints.items():
            asked = self.table.values[block.rows]
            low = np.array([[field.low] for field in block.fields]).reshape(-1, 1)
            high = np.array([[field.high] for field in block.fields]).reshape(-1, 1)
            beyond[agent_id] = (asked < low) | (asked > high)
        return beyond

    def account(self, position: int) -> tuple[FloatArray, FloatArray]:
        """Cost and safety of one device in the last interval, each ``(n_env,)``."""
        copies = self._copies[position]
        cost = np.array([one.cost for one in copies], dtype=np.float64)
        return cost, np.array([one.safety for one in copies], dtype=np.float64)

    def save_state(self) -> list[list[dict[str, Any]]]:
        """Everything the devices keep outside their declared features."""
        return [[_private(one) for one in copies] for copies in self._copies]

    def restore_state(self, state: Sequence[Sequence[Mapping[str, Any]]]) -> None:
        """Take back what `save_state` gave."""
        for copies, saved in zip(self._copies, state, strict=True):
            for one, values in zip(copies, saved, strict=True):
                vars(one).update(copy.deepcopy(dict(values)))
        for position, rows in enumerate(self._feature_rows):
            for env in range(self.table.n_env):
                for number, feature_rows in enumerate(rows):
                    _read_explicit(self._copies[position][env].state.features[number], self.table, feature_rows, env)

    def _copy(self, position: int, env: int) -> ObjectKind:
        one = copy.deepcopy(self._fresh[position])
        self._bind(one, position, env)
        return one

    def _bind(self, device: ObjectKind, position: int, column: int | None) -> None:
        for feature, rows in zip(device.state.features, self._feature_rows[position], strict=True):
            if feature.is_declared():
                feature.bind(self.table, rows, column=column)

    def _publish(self, position: int, env: int) -> None:
        one = self._copies[position][env]
        for feature, rows in zip(one.state.features, self._feature_rows[position], strict=True):
            if not feature.is_declared():
                self.table.values[rows, env] = feature.vector()

    def _restore_explicit(self, position: int, env: int) -> None:
        one, fresh = self._copies[position][env], self._fresh[position]
        vars(one).update(copy.deepcopy(_private(fresh)))
        for feature, original in zip(one.state.features, fresh.state.features, strict=True):
            if not feature.is_declared():
                vars(feature).update(copy.deepcopy(vars(original)))


_SHARED = ("state", "action", "account", "policy", "protocol", "tick_config", "_observe", "_upstream_id", "agent_id")


def _private(device: ObjectKind) -> dict[str, Any]:
    return copy.deepcopy({name: value for name, value in vars(device).items() if name not in _SHARED})


def _call(method: Callable[..., None], keywords: Mapping[str, Any]) -> None:
    parameters = inspect.signature(method).parameters
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        method(**keywords)
    else:
        method(**{name: value for name, value in keywords.items() if name in parameters})


def _read_explicit(feature: FeatureProvider, table: StateTable, rows: Sequence[int], env: int) -> None:
    if not feature.is_declared():
        values = dict(zip(feature.names(), table.values[list(rows), env].tolist(), strict=True))
        feature.set_values(**{name: value for name, value in values.items() if name in vars(feature)})

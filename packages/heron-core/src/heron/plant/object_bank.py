"""Devices written as objects: a loop over devices and environments."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from heron.core.random import SeedTree
from heron.core.table import StateTable, TableBuilder
from heron.errors import StateError
from heron.plant.device_memory import DeviceMemory
from heron.plant.interface import SetpointBlock
from heron.plant.object_kind import ObjectKind as ObjectKind
from heron.plant.object_kind import accepted_keywords, call_with
from heron.types import BoolArray, FloatArray, IndexArray

_OF_THE_AGENT = ("policy", "protocol", "tick_config")


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
        self._explicit: list[list[tuple[int, list[int]]]] = []
        self._copies: list[list[ObjectKind]] = []
        self._fresh = [DeviceMemory.of(device) for device in self.devices]
        self._update = [accepted_keywords(device.update_state) for device in self.devices]
        self._settle = [accepted_keywords(device.update_cost_safety) for device in self.devices]

    def declare(self, builder: TableBuilder) -> None:
        """Add a row for every value of every feature and for every setpoint."""
        for device in self.devices:
            features = device.state.features
            rows = [feature.declare_rows(builder, device.agent_id) for feature in features]
            self._feature_rows.append(rows)
            self._explicit.append([(i, rows[i]) for i, feature in enumerate(features) if not feature.is_declared()])
            fields = device.setpoint_fields()
            first = [builder.add_block([device.agent_id], f.quantity(), feature="setpoint").start for f in fields]
            self.setpoints[device.agent_id] = SetpointBlock(fields, np.array(first, dtype=np.intp))

    def connect(self, table: StateTable) -> None:
        """Bind the features and make the copies."""
        self.table = table
        blocks = self.setpoints.values()
        self._low = [np.array([[field.low] for field in block.fields]).reshape(-1, 1) for block in blocks]
        self._high = [np.array([[field.high] for field in block.fields]).reshape(-1, 1) for block in blocks]
        for position, device in enumerate(self.devices):
            several = [self._copy(device) for _ in range(table.n_env)] if table.n_env > 1 else [device]
            self._copies.append(several)
            for env, one in enumerate(several):
                one.state.bind(table, self._feature_rows[position], column=env)
                self._bind_account(one, env)
            device.state.bind(table, self._feature_rows[position])

    def reset(self, envs: IndexArray, trees: Sequence[SeedTree] = ()) -> None:
        """Put devices back to how they were constructed, then let each draw what it begins with.

        Parameters
        ----------
        envs
            Columns to reset.
        trees
            Random streams, one per entry of ``envs``; without them nothing is drawn.
        """
        for position, rows in enumerate(self._feature_rows):
            flat = np.array([row for feature_rows in rows for row in feature_rows], dtype=np.intp)
            self.table.values[np.ix_(flat, envs)] = self.table.initial[flat, np.newaxis]
            for place, env in enumerate(envs):
                one = self._copies[position][int(env)]
                self._fresh[position].give_to(one)
                if not one.account.is_bound:
                    one.account.reset()
                if trees:
                    one.begin_episode(trees[place].generator(one.agent_id, "begin"))
                self._publish(position, int(env))

    def advance(
        self, exogenous: Callable[[ObjectKind, int], Mapping[str, Any]], *, idle: BoolArray | None = None
    ) -> None:
        """Apply setpoints and let the interval pass, device by device.

        Parameters
        ----------
        exogenous
            Keywords for ``update_state`` and ``update_cost_safety`` of a device in an environment.
            All are asked for before the first device moves, so their order does not matter.
        idle : (n_dev, n_env)
            Devices that stay as they are and cost nothing; none when not given.
        """
        keywords = [[exogenous(one, env) for env, one in enumerate(copies)] for copies in self._copies]
        for position, device in enumerate(self.devices):
            setpoints = self.table.values[self.setpoints[device.agent_id].rows].T
            for env, one in enumerate(self._copies[position]):
                if idle is not None and idle[position, env]:
                    one.cost = one.safety = 0.0
                    continue
                one.action.set_vector(setpoints[env])
                one.apply_action()
                call_with(one.update_state, self._update[position], keywords[position][env])
                call_with(one.update_cost_safety, self._settle[position], keywords[position][env])
                self._publish(position, env)

    def limited(self) -> dict[str, BoolArray]:
        """Where a setpoint lies outside its field's bounds: device → ``(n_field, n_env)``."""
        beyond: dict[str, BoolArray] = {}
        for (agent_id, block), low, high in zip(self.setpoints.items(), self._low, self._high, strict=True):
            asked = self.table.values[block.rows]
            beyond[agent_id] = (asked < low) | (asked > high)
        return beyond

    def account(self, position: int) -> tuple[FloatArray, FloatArray]:
        """Cost and safety of one device in the last interval, each ``(n_env,)``."""
        copies = self._copies[position]
        cost = np.array([one.cost for one in copies], dtype=np.float64)
        return cost, np.array([one.safety for one in copies], dtype=np.float64)

    def save_state(self) -> list[list[DeviceMemory]]:
        """Everything the devices keep outside the table."""
        return [[DeviceMemory.of(one) for one in copies] for copies in self._copies]

    def restore_state(self, state: Sequence[Sequence[DeviceMemory]]) -> None:
        """Take back what `save_state` gave, by this bank or one of the same devices."""
        for copies, memories in zip(self._copies, state, strict=True):
            for one, memory in zip(copies, memories, strict=True):
                memory.give_to(one)

    @staticmethod
    def _copy(device: ObjectKind) -> ObjectKind:
        # A learned policy or a protocol is the agent's, not the device's, and may be large.
        shared = [getattr(device, name, None) for name in _OF_THE_AGENT]
        return copy.deepcopy(device, {id(part): part for part in shared if part is not None})

    def _bind_account(self, one: ObjectKind, env: int) -> None:
        names = [f"{one.agent_id}.{one.account.row_name}.{name}" for name in one.account.names()]
        if all(name in self.table for name in names):
            one.account.bind(self.table, [self.table.row(name) for name in names], column=env)

    def _publish(self, position: int, env: int) -> None:
        one = self._copies[position][env]
        for number, rows in self._explicit[position]:
            feature = one.state.features[number]
            vector = feature.vector()
            if len(vector) != len(rows):
                raise StateError(
                    f"{feature.feature_name} of {one.agent_id!r} has {len(rows)} names but gave {len(vector)} values."
                )
            self.table.values[rows, env] = vector

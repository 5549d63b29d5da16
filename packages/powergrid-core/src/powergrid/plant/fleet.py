"""The fleet: every device of a plant, bank by bank."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from heron.core.table import StateTable, TableBuilder
from heron.plant.interface import SetpointBlock
from heron.types import BoolArray, FloatArray, IndexArray
from powergrid.plant.bank import ArrayBank
from powergrid.plant.object_devices import ObjectDevices
from powergrid.plant.placement import Placement
from powergrid.plant.reduce import scatter_add


class Fleet:
    """All devices, grouped into banks by kind.

    Parameters
    ----------
    placements
        The devices, in the order in which they were declared.
    """

    def __init__(self, placements: Sequence[Placement]) -> None:
        self._placements = list(placements)
        grouped: dict[type, list[Placement]] = defaultdict(list)
        for placement in placements:
            if placement.device is not None:
                grouped[type(placement.device)].append(placement)
        objects = [placement for placement in placements if placement.device is None]
        self._members: list[list[Placement]] = [*grouped.values(), *([objects] if objects else [])]
        self.array_banks = [
            ArrayBank(kind, [p.name for p in members], [p.device for p in members if p.device is not None])
            for kind, members in grouped.items()
        ]
        self.objects = ObjectDevices([p.agent for p in objects]) if objects else None
        self.banks: list[Any] = [*self.array_banks, *([self.objects] if self.objects else [])]
        self._nodes = [np.array([p.node for p in members], dtype=np.intp) for members in self._members]
        self._areas = [np.array([p.area for p in members], dtype=np.intp) for members in self._members]

    def declare(self, builder: TableBuilder) -> None:
        """Add the rows of every bank."""
        for bank in self.banks:
            bank.declare(builder)

    def connect(self, table: StateTable) -> None:
        """Take views of the table and record whose the rows are."""
        for bank in self.banks:
            bank.connect(table)
        self.setpoints: dict[str, SetpointBlock] = {}
        for bank, members in zip(self.array_banks, self._members, strict=False):
            for position, placement in enumerate(members):
                table.own(bank.rows(position), agent_id=placement.owner, parent_id=placement.parent)
                self.setpoints[placement.name] = bank.setpoint_block(position)
                for feature in placement.agent.state.features:
                    feature.bind(table, bank.state_rows(position, type(feature)))
        if self.objects is not None:
            self.setpoints.update(self.objects.bank.setpoints)
            self._own_objects(table)
        self._start_mwh = [bank.stored_mwh() for bank in self.array_banks]

    def reset(self, envs: IndexArray) -> None:
        """Begin episodes; remembers what is stored now."""
        for bank in self.banks:
            bank.reset(envs)
        for position, bank in enumerate(self.array_banks):
            stored = bank.stored_mwh()
            if stored is None:
                continue
            start = self._start_mwh[position]
            if start is None or start.shape != stored.shape:
                self._start_mwh[position] = stored.copy()
            else:
                start = start.copy()
                start[:, envs] = stored[:, envs]
                self._start_mwh[position] = start

    def advance(self, step_h: float) -> None:
        """Let an interval pass for every device. [h]"""
        for bank in self.banks:
            bank.advance(step_h)

    def inject(self, p_mw: FloatArray, q_mvar: FloatArray) -> None:
        """Add every device's power to its node, ``(n_node, n_env)`` each. [MW], [Mvar]"""
        for bank, nodes in zip(self.banks, self._nodes, strict=True):
            scatter_add(p_mw, nodes, bank.p_mw)
            scatter_add(q_mvar, nodes, bank.q_mvar)

    def by_area(self, n_area: int, n_env: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Cost [USD], violations [1] and power [MW] of the devices of each area, ``(n_area, n_env)`` each."""
        cost, violation, power = (np.zeros((n_area, n_env)) for _ in range(3))
        for bank, areas in zip(self.banks, self._areas, strict=True):
            scatter_add(cost, areas, bank.cost_usd)
            scatter_add(violation, areas, bank.violation)
            scatter_add(power, areas, bank.p_mw)
        return cost, violation, power

    def settlement_mwh(self, n_area: int, n_env: int) -> FloatArray:
        """Change of stored energy since reset, as energy at the terminals, ``(n_area, n_env)``. [MWh]"""
        total = np.zeros((n_area, n_env))
        for bank, areas, start in zip(self.array_banks, self._areas, self._start_mwh, strict=False):
            stored = bank.stored_mwh()
            if stored is not None and start is not None:
                scatter_add(total, areas, bank.parameters.settlement_mwh(stored - start))
        return total

    def accounts(self) -> list[tuple[tuple[str, ...], FloatArray, FloatArray, FloatArray]]:
        """Names, own cost [USD], violations [1] and power [MW] of each bank's devices."""
        return [(bank.names, bank.cost_usd, bank.violation, bank.p_mw) for bank in self.banks]

    def limited(self) -> dict[str, BoolArray]:
        """Where setpoints could not be followed: device → ``(n_field, n_env)``; devices that could are left out."""
        found: dict[str, BoolArray] = {}
        for bank in self.array_banks:
            if not any(flags.any() for flags in bank.limited.values()):
                continue
            for position, name in enumerate(bank.names):
                flags = [_flags(bank, field.name, position) for field in bank.fields[position]]
                if flags:
                    found[name] = np.array(flags)
        if self.objects is not None:
            found.update(self.objects.limited)
        return found

    def locate(self, name: str) -> tuple[ArrayBank, int]:
        """Bank and position of an array-kind device."""
        for bank in self.array_banks:
            if name in bank.names:
                return bank, bank.names.index(name)
        raise KeyError(name)

    def save_state(self) -> dict[str, Any]:
        """What the devices keep outside the table."""
        return {
            "start_mwh": [None if start is None else start.copy() for start in self._start_mwh],
            "accounts": [(bank.cost_usd.copy(), bank.violation.copy()) for bank in self.banks],
            "objects": None if self.objects is None else self.objects.bank.save_state(),
        }

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take back what `save_state` gave."""
        self._start_mwh = [None if start is None else start.copy() for start in state["start_mwh"]]
        for bank, (cost, violation) in zip(self.banks, state["accounts"], strict=True):
            bank.cost_usd[...] = cost
            bank.violation[...] = violation
        if self.objects is not None:
            self.objects.bank.restore_state(state["objects"])

    def _own_objects(self, table: StateTable) -> None:
        assert self.objects is not None
        for placement in self._members[-1]:
            prefix = f"{placement.name}."
            rows = [row for row, name in enumerate(table.names) if name.startswith(prefix)]
            table.own(rows, agent_id=placement.owner, parent_id=placement.parent)


def _flags(bank: ArrayBank, field: str, position: int) -> BoolArray:
    flags = bank.limited.get(field)
    none: BoolArray = np.zeros(bank.p_mw.shape[1], dtype=np.bool_)
    return none if flags is None else flags[position]

"""The fleet: every device of a plant, bank by bank."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from heron.core.random import SeedTree
from heron.core.table import StateTable, TableBuilder
from heron.plant.interface import SetpointBlock
from heron.types import BoolArray, FloatArray, IndexArray
from powergrid.plant.bank import ArrayBank
from powergrid.plant.object_devices import ObjectDevices, Outside
from powergrid.plant.placement import Placement
from powergrid.plant.reduce import scatter_add

ComplexArray: TypeAlias = NDArray[np.complex128]


@dataclass(slots=True)
class _Store:
    """A bank that stores energy, the areas of its devices, and what they stored when the episode began."""

    bank: ArrayBank
    areas: IndexArray
    start_mwh: FloatArray

    def present_mwh(self) -> FloatArray:
        """What the devices store now, ``(n_dev, n_env)``. [MWh]"""
        stored = self.bank.stored_mwh()
        assert stored is not None
        return stored


class Fleet:
    """All devices, grouped into banks of what advances together.

    Parameters
    ----------
    placements
        The devices, in the order in which they were declared.

    Attributes
    ----------
    names
        Names of the devices, bank by bank: the order of all arrays ``(n_dev, …)`` here.
    nodes, areas : (n_dev,)
        Node and area of each device.
    place : (n_dev, 2)
        Both.
    setpoints
        Setpoints by device.
    """

    def __init__(self, placements: Sequence[Placement]) -> None:
        grouped: dict[Hashable, list[Placement]] = defaultdict(list)
        for placement in placements:
            if placement.device is not None:
                grouped[placement.device.bank_key()].append(placement)
        objects = [placement for placement in placements if placement.device is None]
        self.array_banks = [_bank(members) for members in grouped.values()]
        self.objects = ObjectDevices([placement.agent for placement in objects]) if objects else None
        self.banks: list[ArrayBank | ObjectDevices] = [*self.array_banks, *([self.objects] if self.objects else [])]
        ordered = [placement for members in grouped.values() for placement in members] + objects
        self.names = tuple(placement.name for placement in ordered)
        self.nodes: IndexArray = np.array([placement.node for placement in ordered], dtype=np.intp)
        self.areas: IndexArray = np.array([placement.area for placement in ordered], dtype=np.intp)
        self.place: IndexArray = np.column_stack([self.nodes, self.areas])
        self.setpoints: dict[str, SetpointBlock] = {}
        self._node_of = {placement.name: placement.node for placement in ordered}
        self._found = {name: (bank, i) for bank in self.array_banks for i, name in enumerate(bank.names)}

    def declare(self, builder: TableBuilder) -> None:
        """Add the rows of every bank."""
        for bank in self.banks:
            bank.declare(builder)

    def connect(self, table: StateTable) -> None:
        """Take views of the table."""
        for bank in self.banks:
            bank.connect(table)
        for bank in self.array_banks:
            self.setpoints.update({name: bank.setpoint_block(i) for i, name in enumerate(bank.names)})
        if self.objects is not None:
            self.setpoints.update(self.objects.bank.setpoints)
        self._shape = (len(self.names), table.n_env)
        self._p_mw, self._q_mvar = np.zeros(self._shape), np.zeros(self._shape)
        self._accounts: FloatArray = np.zeros((2, *self._shape))
        for bank, first in zip(self.banks, self._firsts(), strict=True):
            # a bank books straight into its part of the fleet's accounts
            bank.cost_usd, bank.violation = self._accounts[:, first : first + len(bank.names)]
        self._collect_power()
        self._stores = [
            _Store(bank, self.areas[first : first + len(bank.names)], stored.copy())
            for bank, first in zip(self.array_banks, self._firsts(), strict=False)
            if (stored := bank.stored_mwh()) is not None
        ]

    def reset(self, envs: IndexArray, trees: Sequence[SeedTree]) -> None:
        """Begin episodes; remembers what is stored now.

        Parameters
        ----------
        envs, trees
            Environments that begin, and their random streams.
        """
        for bank in self.array_banks:
            bank.reset(envs)
        if self.objects is not None:
            self.objects.reset(envs, trees)
        for store in self._stores:
            store.start_mwh[:, envs] = store.present_mwh()[:, envs]
        self._collect_power()

    def advance(self, step_h: float, outside: Outside) -> None:
        """Let an interval pass for every device.

        Parameters
        ----------
        step_h
            Length of the interval. [h]
        outside
            What devices of object kinds are told about it.
        """
        for bank in self.array_banks:
            bank.advance(step_h)
        if self.objects is not None:
            self.objects.advance(outside)
        self._collect_power()

    def trip(self, tripped: BoolArray | None) -> None:
        """Say which devices do not work from now on, ``(n_dev, n_env)``; None where all do."""
        for bank, first in zip(self.banks, self._firsts(), strict=True):
            of_bank = None if tripped is None else tripped[first : first + len(bank.names)]
            bank.tripped = of_bank if of_bank is not None and of_bank.any() else None

    def power_mw(self) -> FloatArray:
        """Active power of each device in the last interval, positive into the grid, ``(n_dev, n_env)``. [MW]"""
        return self._p_mw

    def power_mvar(self) -> FloatArray:
        """Reactive power of each device in the last interval, positive into the grid, ``(n_dev, n_env)``. [Mvar]"""
        return self._q_mvar

    def power_mva(self) -> ComplexArray:
        """Power of each device, positive into the grid, ``(n_dev, n_env)``. [MVA]"""
        power = np.empty(self._shape, dtype=np.complex128)
        power.real = self.power_mw()
        power.imag = self.power_mvar()
        return power

    def accounts(self) -> FloatArray:
        """Own cost of each device in the last interval [USD], and how far it exceeded its limits [1].

        Returns
        -------
        (2, n_dev, n_env)
            The cost is without energy bought or sold.
        """
        return self._accounts

    def cost_usd(self) -> FloatArray:
        """Own cost of each device in the last interval, without energy bought or sold, ``(n_dev, n_env)``. [USD]"""
        cost_usd: FloatArray = self.accounts()[0]
        return cost_usd

    def settlement_mwh(self, n_area: int) -> FloatArray:
        """Change of stored energy since the episode began, as energy at the terminals, ``(n_area, n_env)``. [MWh]"""
        total = np.zeros((n_area, self._shape[1]))
        for store in self._stores:
            change_mwh = store.present_mwh() - store.start_mwh
            scatter_add(total, store.areas, store.bank.parameters.settlement_mwh(change_mwh))
        return total

    def limited(self) -> dict[str, BoolArray]:
        """Where setpoints could not be followed: device → ``(n_field, n_env)``; banks that could are left out."""
        found: dict[str, BoolArray] = {}
        for bank in self.array_banks:
            if any(np.count_nonzero(flags) for flags in bank.limited.values()):
                found.update(zip(bank.names, self._flags(bank), strict=True))
        if self.objects is not None:
            found.update(self.objects.limited)
        return found

    def respond_to_price(self, device: str, price_usd_per_mwh: FloatArray) -> FloatArray:
        """Setpoints of an array-kind device for a price ``(n_env,)``, shape ``(n_field, n_env)``. [USD/MWh]"""
        bank, position = self._found[device]
        return bank.respond_to_price(position, price_usd_per_mwh)

    def node_of(self, device: str) -> int:
        """Node that a device feeds into."""
        return self._node_of[device]

    def save_state(self) -> dict[str, Any]:
        """What the devices keep outside the table."""
        return {
            "start_mwh": [store.start_mwh.copy() for store in self._stores],
            "accounts": [(bank.cost_usd.copy(), bank.violation.copy()) for bank in self.banks],
            "limited": [{name: flags.copy() for name, flags in bank.limited.items()} for bank in self.array_banks],
            "objects": None if self.objects is None else self.objects.bank.save_state(),
        }

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave; the table has been restored before."""
        for store, saved in zip(self._stores, state["start_mwh"], strict=True):
            store.start_mwh[...] = saved
        for bank, (cost_usd, violation) in zip(self.banks, state["accounts"], strict=True):
            bank.cost_usd[...] = cost_usd
            bank.violation[...] = violation
        for array_bank, limited in zip(self.array_banks, state["limited"], strict=True):
            array_bank.limited = {name: flags.copy() for name, flags in limited.items()}
        if self.objects is not None:
            self.objects.restore_state(state["objects"])
        self._collect_power()

    def _firsts(self) -> list[int]:
        """Position of each bank's first device."""
        return list(accumulate((len(bank.names) for bank in self.banks), initial=0))[:-1]

    def _collect_power(self) -> None:
        if self.banks:
            np.concatenate([bank.p_mw for bank in self.banks], out=self._p_mw)
            np.concatenate([bank.q_mvar for bank in self.banks], out=self._q_mvar)

    def _flags(self, bank: ArrayBank) -> BoolArray:
        """``(n_dev, n_field, n_env)``"""
        none: BoolArray = np.zeros(bank.p_mw.shape, dtype=np.bool_)
        flags: BoolArray = np.array([bank.limited.get(field.name, none) for field in bank.fields[0]], dtype=np.bool_)
        return flags.swapaxes(0, 1)


def _bank(members: Sequence[Placement]) -> ArrayBank:
    devices = [placement.device for placement in members if placement.device is not None]
    return ArrayBank(type(devices[0]), [placement.name for placement in members], devices)

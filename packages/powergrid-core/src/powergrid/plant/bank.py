"""A bank: all devices of one array kind, advanced together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from heron.core.feature import FeatureProvider
from heron.core.quantity import Quantity
from heron.core.table import StateTable, TableBuilder
from heron.errors import ConfigError
from heron.plant.interface import SetpointBlock, SetpointField
from heron.types import BoolArray, FloatArray, IndexArray
from powergrid.plant.device import Block, Device, DeviceInputs, DeviceOutputs, ExogenousField
from powergrid.plant.output_check import check_outputs

_POWER = frozenset({"p_mw", "q_mvar"})


class ArrayBank:
    """All devices of one kind.

    Rows are kept quantity by quantity, so that each is a contiguous block ``(n_dev, n_env)``.

    Parameters
    ----------
    kind
        The class of the devices.
    names
        Unique names of the devices, in row order.
    devices
        Their nameplates.

    Attributes
    ----------
    tripped : (n_dev, n_env)
        Where a device does not work: it gives nothing, costs nothing and stays as it is. None where all work.

    Raises
    ------
    ConfigError
        If devices differ in what a bank must have in common, `Device.bank_key`.
    """

    def __init__(self, kind: type[Device], names: Sequence[str], devices: Sequence[Device]) -> None:
        self.kind = kind
        self.names = tuple(names)
        self.devices = tuple(devices)
        self._check_keys()
        self.parameters = kind.stack(self.devices)
        self.fields = [device.setpoint_fields() for device in self.devices]
        self._state_rows: dict[str, slice] = {}
        self._setpoint_rows: dict[str, slice] = {}
        self._exogenous_rows: dict[str, slice] = {}
        self.p_mw = self.q_mvar = self.cost_usd = self.violation = np.zeros((0, 0))
        self.limited: Mapping[str, BoolArray] = {}
        self.tripped: BoolArray | None = None

    def declare(self, builder: TableBuilder) -> None:
        """Add the rows of state, setpoints and series."""
        for feature in self.kind.carries:
            for declared in feature().declarations():
                rows = [self._state_quantity(declared, device) for device in self.devices]
                self._state_rows[declared.name] = builder.add_block(self.names, rows, feature=feature.row_name)
        for position, field in enumerate(self.fields[0]):
            rows = [fields[position].quantity() for fields in self.fields]
            self._setpoint_rows[field.name] = builder.add_block(self.names, rows, feature="setpoint")
        for position, exogenous in enumerate(self.devices[0].exogenous_fields()):
            rows = [device.exogenous_fields()[position].quantity for device in self.devices]
            name = exogenous.quantity.name
            self._exogenous_rows[name] = builder.add_block(self.names, rows, feature="exogenous")

    def connect(self, table: StateTable) -> None:
        """Take views of the table."""
        self._table = table
        self.state = Block({name: table.block(rows) for name, rows in self._state_rows.items()})
        self.setpoint = Block({name: table.block(rows) for name, rows in self._setpoint_rows.items()})
        self.exogenous = Block({name: table.block(rows) for name, rows in self._exogenous_rows.items()})
        shape = (len(self.devices), table.n_env)
        self.p_mw, self.q_mvar = self.state.p_mw, self.state.q_mvar
        self.cost_usd, self.violation = np.zeros(shape), np.zeros(shape)
        self._checked = False

    def reset(self, envs: IndexArray) -> None:
        """Forget what the last interval cost in some environments; the table is reset by its owner."""
        self.cost_usd[:, envs] = 0.0
        self.violation[:, envs] = 0.0
        self.limited = {name: self._cleared(flags, envs) for name, flags in self.limited.items()}

    def advance(self, step_h: float) -> None:
        """Let an interval pass for all devices in all environments. [h]"""
        outputs = self.parameters.advance(DeviceInputs(self.state, self.setpoint, self.exogenous, step_h))
        if not self._checked:
            shape = self.p_mw.shape
            names = {"state": self.state.names(), "setpoints": self.setpoint.names()}
            check_outputs(outputs, kind=self.kind.__name__, shape=shape, **names)
            self._checked = True
        self._write(outputs if self.tripped is None else self._without_tripped(outputs, self.tripped))

    def stored_mwh(self) -> FloatArray | None:
        """Energy stored, ``(n_dev, n_env)``; None for a kind that stores none. [MWh]"""
        return self.parameters.stored_mwh(self.state)

    def state_rows(self, position: int, feature: type[FeatureProvider]) -> list[int]:
        """Rows of one device's feature, a row per field."""
        return [self._state_rows[declared.name].start + position for declared in feature().declarations()]

    def rows(self, position: int) -> list[int]:
        """All rows of one device."""
        blocks = [*self._state_rows.values(), *self._setpoint_rows.values(), *self._exogenous_rows.values()]
        return [block.start + position for block in blocks]

    def setpoint_block(self, position: int) -> SetpointBlock:
        """Setpoint rows of one device."""
        rows = [block.start + position for block in self._setpoint_rows.values()]
        return SetpointBlock(self.fields[position], np.array(rows, dtype=np.intp))

    def exogenous_series(self) -> list[tuple[int, ExogenousField]]:
        """Row and field of every series the devices follow."""
        return [
            (self._exogenous_rows[field.quantity.name].start + position, field)
            for position, device in enumerate(self.devices)
            for field in device.exogenous_fields()
        ]

    def respond_to_price(self, position: int, price_usd_per_mwh: FloatArray) -> FloatArray:
        """Setpoints of one device for a price ``(n_env,)``, shape ``(n_field, n_env)``. [USD/MWh]"""
        one = slice(position, position + 1)
        answer = self.kind.stack(self.devices[one]).respond_to_price(
            price_usd_per_mwh, _part(self.state, one), _part(self.exogenous, one)
        )
        n_env = self._table.n_env
        rows = [_answered(answer, field, n_env) for field in self.fields[position]]
        return np.array(rows, dtype=np.float64).reshape(len(rows), n_env)

    def _write(self, outputs: DeviceOutputs) -> None:
        self.state.p_mw[...] = outputs.p_mw
        self.state.q_mvar[...] = outputs.q_mvar
        for name, values in outputs.state.items():
            getattr(self.state, name)[...] = values
        self.cost_usd[...] = 0.0 if outputs.cost_usd is None else outputs.cost_usd
        self.violation[...] = 0.0 if outputs.violation is None else outputs.violation
        self.limited = outputs.limited

    def _without_tripped(self, outputs: DeviceOutputs, tripped: BoolArray) -> DeviceOutputs:
        """The same where devices work; where one does not, none of its setpoints could be followed."""
        works = {name: values for name, values in outputs.state.items() if name not in _POWER}
        asked = [field.name for field in self.fields[0]]
        return DeviceOutputs(
            p_mw=np.where(tripped, 0.0, outputs.p_mw),
            q_mvar=np.where(tripped, 0.0, outputs.q_mvar),
            state={name: np.where(tripped, getattr(self.state, name), values) for name, values in works.items()},
            cost_usd=None if outputs.cost_usd is None else np.where(tripped, 0.0, outputs.cost_usd),
            violation=None if outputs.violation is None else np.where(tripped, 0.0, outputs.violation),
            limited={name: outputs.limited.get(name, False) | tripped for name in asked},
        )

    def _cleared(self, flags: BoolArray, envs: IndexArray) -> BoolArray:
        """A copy without what is said of some environments: the kind may have given its own arrays."""
        cleared: BoolArray = np.array(np.broadcast_to(flags, self.p_mw.shape))
        cleared[:, envs] = False
        return cleared

    def _check_keys(self) -> None:
        keys = [device.bank_key() for device in self.devices]
        for name, key in zip(self.names, keys, strict=True):
            if key != keys[0]:
                raise ConfigError(
                    f"Device {name!r} ({key}) cannot share a bank with {self.names[0]!r} ({keys[0]}).",
                    remedy="Group devices by bank_key().",
                )

    def _state_quantity(self, declared: Quantity, device: Device) -> Quantity:
        offset, scale = device.display_scales().get(declared.name, (declared.offset, declared.scale))
        initial = device.initial_state().get(declared.name, declared.initial)
        return replace(declared, offset=offset, scale=scale, initial=initial)


def _part(block: Block, rows: slice) -> Block:
    return Block({name: getattr(block, name)[rows] for name in block.names()})


def _answered(answer: Mapping[str, FloatArray], field: SetpointField, n_env: int) -> FloatArray:
    value = answer.get(field.name, np.full(n_env, field.neutral))
    row: FloatArray = np.broadcast_to(np.asarray(value, dtype=np.float64).reshape(-1), (n_env,))
    return row

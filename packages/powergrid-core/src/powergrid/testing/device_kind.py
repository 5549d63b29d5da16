"""A kind of one's own keeps what the plant relies on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from heron.core.quantity import Quantity
from heron.core.table import TableBuilder
from heron.testing import ContractViolation
from heron.types import FloatArray, IndexArray
from powergrid.plant.bank import ArrayBank
from powergrid.plant.device import Device, DeviceInputs

_ROUNDING = 1e-9


def check_device_kind(
    devices: Sequence[Device], *, n_step: int = 6, step_h: float = 1.0, n_env: int = 7, seed: int = 0
) -> None:
    """A kind is a pure function that gives each device and environment the bits it has alone.

    Setpoints are drawn within their bounds, and somewhat beyond; series between 0 and 1.

    Parameters
    ----------
    devices
        Nameplates that can share a bank, as different as they may be.
    n_step, step_h, n_env, seed
        Intervals, their length [h], environments of the batch and seed of what is drawn.

    Raises
    ------
    ContractViolation
        Naming what is not kept: a neutral setpoint outside its bounds, an input that was changed, a result that is no
        number, a state outside its bounds, or a device or environment that depends on the others.
    """
    for device in devices:
        _require_neutral_within_bounds(device)
    rng = np.random.default_rng(seed)
    together = _World(devices, n_env)
    setpoints = [together.draw_setpoints(rng) for _ in range(n_step)]
    series = [rng.uniform(0.0, 1.0, (len(together.series_rows), n_env)) for _ in range(n_step)]
    results = [together.advance(*drawn, step_h) for drawn in zip(setpoints, series, strict=True)]
    for number, device in enumerate(devices):
        alone = _World([device], 1)
        rows = together.rows_of(number)
        for env in range(n_env):
            alone.reset()
            for step in range(n_step):
                found = alone.advance(
                    setpoints[step][together.setpoints_of(number), env : env + 1],
                    series[step][together.series_of(number), env : env + 1],
                    step_h,
                )
                _require_same(device, found[:, 0], results[step][rows, env], f"{step}, environment {env}")


class _World:
    """A bank in a table of its own."""

    def __init__(self, devices: Sequence[Device], n_env: int) -> None:
        self._names = [f"device{i}" for i in range(len(devices))]
        self._bank = ArrayBank(type(devices[0]), self._names, devices)
        builder = TableBuilder(n_env)
        self._bank.declare(builder)
        self._table = builder.build()
        self._bank.connect(self._table)
        self._fields = [field for device in devices for field in device.setpoint_fields()]
        self._setpoint_rows = np.concatenate([self._bank.setpoint_block(i).rows for i in range(len(devices))])
        self.series_rows: IndexArray = np.array([row for row, _ in self._bank.exogenous_series()], dtype=np.intp)
        self._kept = self._state_rows()

    def draw_setpoints(self, rng: np.random.Generator) -> FloatArray:
        """Between the bounds, a tenth of the spread beyond them included, ``(n_setpoint, n_env)``."""
        low = np.array([[field.low] for field in self._fields])
        spread = np.array([[field.high - field.low] for field in self._fields])
        drawn = rng.uniform(-0.1, 1.1, (len(self._fields), self._table.n_env))
        return (low + spread * drawn).reshape(len(self._fields), self._table.n_env)

    def reset(self) -> None:
        """Back to the beginning."""
        self._table.values[...] = self._table.initial[:, np.newaxis]

    def advance(self, setpoints: FloatArray, series: FloatArray, step_h: float) -> FloatArray:
        """Results of an interval: the rows of the state, then cost and violation, ``(n_result, n_env)``."""
        self._table.values[self._setpoint_rows] = setpoints
        self._table.values[self.series_rows] = series
        before = self._table.values.copy()
        bank = self._bank
        outputs = bank.parameters.advance(DeviceInputs(bank.state, bank.setpoint, bank.exogenous, step_h))
        if not np.array_equal(before, self._table.values):
            changed = [self._table.names[i] for i in np.flatnonzero((before != self._table.values).any(axis=1))]
            raise ContractViolation(f"{bank.kind.__name__}.advance changed its inputs: {changed}.")
        self._require_names(outputs.limited, "limited")
        bank.advance(step_h)
        self._require_numbers()
        return np.concatenate([self._table.values[self._kept], bank.cost_usd, bank.violation])

    def rows_of(self, device: int) -> IndexArray:
        """Rows of one device among the results."""
        n_state, n_device = len(self._kept), len(self._names)
        mine = [i for i, row in enumerate(self._kept) if self._table.things[row] == self._names[device]]
        return np.array([*mine, n_state + device, n_state + n_device + device], dtype=np.intp)

    def setpoints_of(self, device: int) -> IndexArray:
        """Rows of one device among the setpoints."""
        return self._of(self._setpoint_rows, device)

    def series_of(self, device: int) -> IndexArray:
        """Rows of one device among the series."""
        return self._of(self.series_rows, device)

    def _of(self, rows: IndexArray, device: int) -> IndexArray:
        return np.flatnonzero([self._table.things[row] == self._names[device] for row in rows])

    def _state_rows(self) -> list[int]:
        given = {*self._setpoint_rows.tolist(), *self.series_rows.tolist()}
        return [row for row in range(len(self._table)) if row not in given]

    def _require_names(self, named: object, what: str) -> None:
        fields = {field.name for field in self._fields}
        unknown = sorted(set(named) - fields) if isinstance(named, dict) else []
        if unknown:
            raise ContractViolation(
                f"{self._bank.kind.__name__} says {what} of {unknown}; its fields are {sorted(fields)}."
            )

    def _require_numbers(self) -> None:
        kind = self._bank.kind.__name__
        for row in self._kept:
            values, quantity = self._table.values[row], self._table.quantities[row]
            if not np.isfinite(values).all() or _outside(values, quantity):
                raise ContractViolation(
                    f"{kind}: {self._table.names[row]} is {values.tolist()}, its bounds are {quantity.low:g} to "
                    f"{quantity.high:g}."
                )
        if not (np.isfinite(self._bank.cost_usd).all() and (self._bank.violation >= 0.0).all()):
            raise ContractViolation(f"{kind}: a cost is no number, or a violation negative.")


def _outside(values: FloatArray, quantity: Quantity) -> bool:
    return bool(np.any(values < quantity.low - _ROUNDING) or np.any(values > quantity.high + _ROUNDING))


def _require_neutral_within_bounds(device: Device) -> None:
    for field in device.setpoint_fields():
        if not field.low <= field.neutral <= field.high:
            raise ContractViolation(
                f"{type(device).__name__}: the neutral {field.name} = {field.neutral:g} is outside {field.low:g} to "
                f"{field.high:g}, so that doing nothing would be limited."
            )


def _require_same(device: Device, alone: FloatArray, together: FloatArray, where: str) -> None:
    if not np.array_equal(alone, together):
        raise ContractViolation(
            f"{type(device).__name__} gives other bits alone than in its bank, at step {where}: {alone.tolist()} and "
            f"{together.tolist()}."
        )

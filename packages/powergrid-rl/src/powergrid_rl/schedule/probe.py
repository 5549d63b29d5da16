"""What a small change of each decision does in each hour, by finite differences of whole steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from heron.types import FloatArray, IndexArray
from powergrid_rl.evaluation.rollout import DayBatch
from powergrid_rl.schedule.entries import Entry

_STEP = 0.02
_MEASURED = ("voltages.vm_min_pu", "voltages.vm_max_pu", "flows.loading_max")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What is measured in each step; leading axes as said where it is used.

    Parameters
    ----------
    cost_usd, import_mw
        Of all agents together. [USD], [MW]
    vm_min_pu, vm_max_pu, loading
        By agent, on an axis before that of the days. [pu], [pu], [1]
    """

    cost_usd: FloatArray
    import_mw: FloatArray
    vm_min_pu: FloatArray
    vm_max_pu: FloatArray
    loading: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Readings of a schedule and their slopes.

    Parameters
    ----------
    base
        ``(n_step, …, n_day)``.
    slopes
        ``(n_step, n_entry, …, n_day)``, per unit of the entry.
    """

    base: Reading
    slopes: Reading


class Prober:
    """An environment for each day and each entry that is changed.

    Parameters
    ----------
    config
        Configuration of the environment.
    split
        ``"train"`` or ``"test"``.
    days
        Numbers of the days.
    entries
        What is changed.
    """

    def __init__(self, config: Mapping[str, Any], *, split: str, days: IndexArray, entries: Sequence[Entry]) -> None:
        self._entries, self._n_day = entries, len(days)
        self._copies = len(entries) + 1
        self._batch = DayBatch(config, split=split, days=np.tile(days, self._copies))

    def probe(self, schedule: Mapping[str, FloatArray]) -> Probe:
        """Play a schedule and look beside it.

        Parameters
        ----------
        schedule
            Actions by agent, ``(n_step, n_day, dim)``.
        """
        core = self._batch.core
        self._batch.begin()
        readings, changes = [], []
        for step in range(core.options.max_steps):
            actions = {agent: np.tile(values[step], (self._copies, 1)) for agent, values in schedule.items()}
            before = core.save_state()
            changed, asked = self._changed(actions)
            readings.append(self._read(core.step(changed).costs))
            changes.append(self._happened(asked))
            core.restore_state(before)
            core.step(actions)
        return _slopes(readings, np.array(changes), self._n_day)

    def _changed(self, actions: Mapping[str, FloatArray]) -> tuple[dict[str, FloatArray], FloatArray]:
        """Actions with one entry changed in every copy but the first, and the changes ``(n_entry, n_day)``."""
        changed = {agent: values.copy() for agent, values in actions.items()}
        asked = np.zeros((len(self._entries), self._n_day))
        for number, entry in enumerate(self._entries):
            mine = slice((number + 1) * self._n_day, (number + 2) * self._n_day)
            present = changed[entry.agent][mine, entry.place]
            if entry.storage is None:
                inward = np.where(present > 0.0, -_STEP, _STEP)
            else:
                # away from the nearer end of the stored energy, where there is headroom
                middle = (entry.storage.energy_min_mwh + entry.storage.energy_max_mwh) / 2.0
                stored = self._batch.core.table[entry.soc_row][: self._n_day] * entry.capacity_mwh
                inward = np.where(stored > middle, _STEP, -_STEP)
            asked[number] = np.where(np.abs(present + inward) > 1.0, -inward, inward)
            changed[entry.agent][mine, entry.place] = present + asked[number]
        return changed, asked

    def _happened(self, asked: FloatArray) -> FloatArray:
        """Changes that took place: a battery may have been limited before and after."""
        happened = asked.copy()
        for number, entry in enumerate(self._entries):
            if entry.storage is not None and entry.half_mw > 0.0:
                power = self._batch.core.table[entry.power_row].reshape(self._copies, self._n_day)
                happened[number] = (power[number + 1] - power[0]) / entry.half_mw
        return happened

    def _read(self, costs: Mapping[str, FloatArray]) -> Reading:
        table, learners = self._batch.core.table, self._batch.core.learners
        low, high, loading = (table.values[table.rows(f"{agent}.{name}" for agent in learners)] for name in _MEASURED)
        imports = table.values[table.rows(f"{agent}.flows.import_p_mw" for agent in learners)]
        return Reading(
            cost_usd=sum((costs[agent] for agent in learners), np.zeros(table.n_env)),
            import_mw=imports.sum(axis=0),
            vm_min_pu=low.copy(),
            vm_max_pu=high.copy(),
            loading=loading.copy(),
        )


def _slopes(readings: Sequence[Reading], changes: FloatArray, n_day: int) -> Probe:
    names = Reading.__slots__
    stacked = {name: np.array([getattr(reading, name) for reading in readings]) for name in names}
    split = {name: values.reshape(*values.shape[:-1], -1, n_day) for name, values in stacked.items()}
    # (n_step, agent, copy, n_day) or (n_step, copy, n_day): copies to the front
    copies = {name: np.moveaxis(values, -2, 1) for name, values in split.items()}
    base = {name: values[:, 0] for name, values in copies.items()}
    slopes = {}
    for name, values in copies.items():
        change = changes if values.ndim == 3 else changes[:, :, np.newaxis]
        difference = values[:, 1:] - values[:, :1]
        moved = np.abs(change) > 0.1 * _STEP
        slopes[name] = np.where(moved, difference / np.where(moved, change, 1.0), 0.0)
    return Probe(base=Reading(**base), slopes=Reading(**slopes))

"""Nets joined in one: every table is written once, however many nets there are.

`pandapower.toolbox.merge_nets` does the same for two nets and copies both, so that joining n feeders one after the
other takes time in n². It is still what a net with other tables than those here needs.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandapower as pp
import pandas as pd
from pandapower.auxiliary import _preserve_dtypes, pandapowerNet

from powergrid.networks.import_transformer import ImportTransformer

_BUS_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "bus": (),
    "load": ("bus",),
    "sgen": ("bus",),
    "gen": ("bus",),
    "storage": ("bus",),
    "shunt": ("bus",),
    "ward": ("bus",),
    "xward": ("bus",),
    "motor": ("bus",),
    "line": ("from_bus", "to_bus"),
    "impedance": ("from_bus", "to_bus"),
    "trafo": ("hv_bus", "lv_bus"),
    "switch": ("bus",),
}
"""Tables that can be joined here, and their columns of bus indices."""

_SWITCHED = {"b": "bus", "l": "line", "t": "trafo"}
_MUTABLE_COLUMNS = {"object", "coords", "geometry"}
_SOURCES = "ext_grid"

_Numbers: TypeAlias = Mapping[int, int]


def can_join(feeder: pandapowerNet) -> bool:
    """Whether a feeder has nothing but elements that `NetJoin` knows, besides its external grids."""
    for name, table in feeder.items():
        if not isinstance(table, pd.DataFrame) or name.startswith(("_", "res_")) or not len(table):
            continue
        if name != _SOURCES and (name not in _BUS_COLUMNS or not _MUTABLE_COLUMNS.isdisjoint(table.columns)):
            return False
    return True


class NetJoin:
    """A net and the feeders that are to be joined with it, without their external grids.

    Parameters
    ----------
    net
        Any net; it is not changed.
    """

    def __init__(self, net: pandapowerNet) -> None:
        self._net = net
        self._numbering = {name: _Numbering(net[name].index) for name in _BUS_COLUMNS}
        self._feeders: list[tuple[pandapowerNet, dict[str, _Numbers]]] = []
        self._transformers: list[dict[str, Any]] = []
        self._trafo_order = net.trafo.index.tolist()

    def add(self, feeder: pandapowerNet) -> Mapping[int, int]:
        """Take a feeder in, for which `can_join` holds, and say which indices its buses get.

        Indices that are free are kept; the others follow the highest one, as `merge_nets` has it.
        """
        numbers: dict[str, _Numbers] = {
            name: self._numbering[name].take(feeder[name].index) for name in _BUS_COLUMNS if len(feeder[name])
        }
        self._feeders.append((feeder, numbers))
        self._trafo_order.extend(numbers.get("trafo", {}).values())
        return numbers["bus"]

    def add_transformer(self, hv_bus: int, lv_bus: int, transformer: ImportTransformer, name: str) -> int:
        """Put a transformer between two buses of the joined net and say which index it gets."""
        index = self._numbering["trafo"].take_next()
        self._trafo_order.append(index)
        self._transformers.append(
            {
                "index": index,
                "hv_buses": hv_bus,
                "lv_buses": lv_bus,
                "sn_mva": transformer.sn_mva,
                "vn_hv_kv": transformer.hv_kv,
                "vn_lv_kv": transformer.lv_kv,
                "vkr_percent": transformer.vkr_percent,
                "vk_percent": transformer.vk_percent,
                "name": name,
            }
        )
        return index

    def joined(self) -> pandapowerNet:
        """The joined net, new. Its start values are those of the net before."""
        joined = copy.deepcopy(self._net)
        for name in _BUS_COLUMNS:
            parts = [(feeder[name], numbers) for feeder, numbers in self._feeders if name in numbers]
            if parts:
                joined[name] = _stacked(joined[name], parts, name)
        self._add_standard_types(joined)
        if self._transformers:
            self._create_transformers(joined)
        return joined

    def _create_transformers(self, joined: pandapowerNet) -> None:
        columns = {key: [entry[key] for entry in self._transformers] for key in self._transformers[0]}
        pp.create_transformers_from_parameters(joined, **columns, pfe_kw=0.0, i0_percent=0.0)
        # as pandapower writes them when it creates one transformer
        joined.trafo.loc[columns["index"], ["std_type", "tap_side"]] = None
        joined.trafo = joined.trafo.loc[self._trafo_order]

    def _add_standard_types(self, joined: pandapowerNet) -> None:
        for feeder, _ in self._feeders:
            for kind, types in feeder.std_types.items():
                known = joined.std_types.setdefault(kind, {})
                known.update({name: copy.deepcopy(values) for name, values in types.items() if name not in known})


class _Numbering:
    """Indices of one table that are taken."""

    def __init__(self, index: pd.Index) -> None:
        self._taken = set(index.tolist())
        self._highest = max(self._taken, default=-1)

    def take(self, index: pd.Index) -> dict[int, int]:
        """New index of each element of a feeder."""
        old = index.tolist()
        free = [number for number in old if number not in self._taken]
        following = max(self._highest, *free, -1) + 1
        numbers = {}
        for number in old:
            if number in self._taken:
                numbers[number] = following
                following += 1
            else:
                numbers[number] = number
        self._taken.update(numbers.values())
        self._highest = max(self._highest, *numbers.values())
        return numbers

    def take_next(self) -> int:
        self._highest += 1
        self._taken.add(self._highest)
        return self._highest


def _stacked(
    before: pd.DataFrame, parts: Sequence[tuple[pd.DataFrame, Mapping[str, _Numbers]]], name: str
) -> pd.DataFrame:
    """One table of a net with those of the feeders below it, in new indices."""
    stacked = pd.concat([before, *(table for table, _ in parts)])
    _preserve_dtypes(stacked, before.dtypes)
    added = [numbers[name][index] for table, numbers in parts for index in table.index.tolist()]
    stacked.index = pd.Index([*before.index.tolist(), *added], dtype=before.index.dtype, name=before.index.name)
    for column in _BUS_COLUMNS[name]:
        buses = [numbers["bus"][bus] for table, numbers in parts for bus in table[column].tolist()]
        _write(stacked, column, len(before), buses)
    if name == "switch":
        elements = [element for table, numbers in parts for element in _switched_elements(table, numbers)]
        _write(stacked, "element", len(before), elements)
    return stacked


def _switched_elements(switch: pd.DataFrame, numbers: Mapping[str, _Numbers]) -> list[int]:
    """What each switch switches, in new indices."""
    return [
        numbers.get(_SWITCHED.get(kind, ""), {}).get(element, element)
        for kind, element in zip(switch.et.tolist(), switch.element.tolist(), strict=True)
    ]


def _write(table: pd.DataFrame, column: str, start: int, values: Sequence[int]) -> None:
    changed = table[column].to_numpy(copy=True)
    changed[start:] = values
    table[column] = np.asarray(changed)

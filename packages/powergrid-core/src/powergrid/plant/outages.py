"""Branches that are lost on top of what has been commanded of switches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from heron.types import IndexArray
from powergrid.plant.switchgear import Switchgear
from powergrid.powerflow.compiled_network import CompiledNetwork
from powergrid.powerflow.topology import Topology, branch_row

Lost: TypeAlias = Callable[[int], frozenset[str]]
"""Branches that are lost in an environment at present."""


class Outages:
    """Commands topologies in which lost branches stand open, whatever else is asked of them.

    Parameters
    ----------
    network
        Compiled network.
    gear
        Its switches.
    lost
        Gives the branches that are lost.
    """

    def __init__(self, network: CompiledNetwork, gear: Switchgear, lost: Lost) -> None:
        self._network, self._gear, self._lost = network, gear, lost
        self._asked: dict[int, Topology] = {}

    def command(self, envs: IndexArray) -> None:
        """Let some environments have what is asked there, less what is lost now."""
        members: dict[Topology, list[int]] = defaultdict(list)
        for env in envs.tolist():
            lost = self._lost(env)
            if lost:
                self._asked.setdefault(env, self._gear.topology_of(self._gear.commanded, env))
            if env in self._asked:
                members[self._without(self._asked[env], lost)].append(env)
            if not lost:
                self._asked.pop(env, None)
        for topology, found in members.items():
            self._gear.set_topology(topology, np.array(found, dtype=np.intp))

    def set_topology(self, topology: Topology, envs: IndexArray) -> None:
        """Ask for a topology in some environments; lost branches stay lost.

        Raises
        ------
        NetworkError
            As `Switchgear.set_topology`.
        """
        self._gear.set_topology(topology, envs)
        hit = [env for env in envs.tolist() if env in self._asked]
        self._asked.update(dict.fromkeys(hit, topology))
        if hit:
            self.command(np.array(hit, dtype=np.intp))

    def forget(self, envs: IndexArray) -> None:
        """Forget what was asked in episodes that end; their switches are reset by others."""
        for env in envs.tolist():
            self._asked.pop(env, None)

    def save_state(self) -> dict[int, dict[str, list[Any]]]:
        """What is asked where something is lost."""
        return {env: topology.as_plain() for env, topology in self._asked.items()}

    def restore_state(self, state: Mapping[int, Mapping[str, Any]]) -> None:
        """Take back what `save_state` gave; the switches have been restored by others."""
        self._asked = {int(env): Topology.from_plain(plain) for env, plain in state.items()}

    def _without(self, asked: Topology, lost: frozenset[str]) -> Topology:
        if not lost:
            return asked
        rows = {self._network.branch(name) for name in lost}
        kept = [branch for branch in asked.closed_branches if branch_row(self._network, branch) not in rows]
        return replace(asked, open_branches={*asked.open_branches, *lost}, closed_branches=kept)

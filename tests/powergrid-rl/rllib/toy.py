"""A plant of three agents that takes microseconds: each is to meet a number that only it sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from heron.agents import FieldAgent
from heron.core.quantity import Quantity
from heron.core.random import SeedTree
from heron.core.table import StateTable, TableBuilder
from heron.core.visibility import Visibility
from heron.envs import CoreOptions, Execution, ObserverOptions, PettingZooParallelEnv, SynchronousCore
from heron.plant.interface import Plant, SetpointBlock
from heron.scheduling import TickConfig, TimingScheme
from heron.types import BoolArray, IndexArray

AGENTS = ("A", "B", "C")
PUBLIC = frozenset({Visibility.PUBLIC})
OWNER = frozenset({Visibility.OWNER})


class Archer(FieldAgent):
    """Aims with two numbers."""

    n_action = 2

    def set_action(self) -> None:
        self.action.set_specs(dim_c=self.n_action, range=(-np.ones(self.n_action), np.ones(self.n_action)))


class Targets(Plant):
    """Targets that are drawn for each episode; missing them costs, and so does leaning the same way together."""

    def __init__(self, archers: Sequence[Archer]) -> None:
        self._archers = list(archers)

    def declare(self, builder: TableBuilder) -> None:
        names = [archer.agent_id for archer in self._archers]
        self._target_rows = builder.add_block(names, Quantity(name="target", visibility=OWNER), feature="range")
        self._clock_row = builder.add_block(["clock"], Quantity(name="passed", visibility=PUBLIC), feature="range")
        self._aim_rows = {}
        for archer in self._archers:
            rows = [
                builder.add_block([archer.agent_id], field.quantity(), feature=f"aim{place}").start
                for place, field in enumerate(archer.setpoint_fields())
            ]
            self._aim_rows[archer.agent_id] = np.array(rows)

    def connect(self, table: StateTable) -> None:
        self.table = table
        names = [archer.agent_id for archer in self._archers]
        self._cost_rows = table.rows(f"{name}.account.cost" for name in names)
        self._steps = np.zeros(table.n_env)

    @property
    def setpoints(self) -> Mapping[str, SetpointBlock]:
        return {
            a.agent_id: SetpointBlock(tuple(a.setpoint_fields()), self._aim_rows[a.agent_id]) for a in self._archers
        }

    def reset(self, envs: IndexArray, trees: Sequence[SeedTree], options: Mapping[str, Any]) -> None:
        for env, tree in zip(envs, trees, strict=True):
            drawn = tree.generator("plant", "targets").uniform(-0.8, 0.8, len(self._archers))
            self.table.values[self._target_rows, env] = drawn
            self._steps[env] = 0.0

    def write_exogenous(self, envs: IndexArray | None = None) -> None:
        self.table.values[self._clock_row] = self._steps / 10.0

    def advance(self, step_ns: int) -> None:
        self._steps += 1.0

    def settle(self, final: BoolArray) -> None:
        aims = np.array([self.table.values[self._aim_rows[archer.agent_id][0]] for archer in self._archers])
        missed = (aims - self.table.values[self._target_rows]) ** 2
        self.table.values[self._cost_rows] = 20.0 * missed + 2.0 * aims.mean(axis=0) ** 2

    def save_state(self) -> dict[str, Any]:
        return {"steps": self._steps.copy()}

    def restore_state(self, state: Mapping[str, Any]) -> None:
        self._steps[...] = state["steps"]


class WideArcher(Archer):
    """Has a third number, which does nothing."""

    n_action = 3


class ToyEnv(PettingZooParallelEnv):
    """The plant behind the PettingZoo API, with the constructor of the project's environments."""

    def __init__(self, config: Mapping[str, Any] | None = None, *, n_env: int = 1) -> None:
        super().__init__()
        config = dict(config or {})
        self.info_state = bool(config.get("info_state", False))
        odd = config.get("odd")
        archers = [(WideArcher if name == odd else Archer)(name) for name in AGENTS]
        for archer in archers:
            self.register_agent(archer)
        options = CoreOptions(
            max_steps=int(config.get("max_episode_steps", 10)),
            observer=ObserverOptions(one_hot=bool(config.get("agent_one_hot", False))),
        )
        agents = {archer.agent_id: archer for archer in archers}
        self._start(SynchronousCore(Targets(archers), agents, learners=AGENTS, n_env=n_env, options=options))


TICKS_S = {"A": 1.0, "B": 2.0, "C": 4.0}
"""How often the agents of `EventToyEnv` act; a plant step is 1 s, an episode 10."""


class EventToyEnv(ToyEnv):
    """The same on events, if its configuration says so: everyone at a rate of its own, and B sees what was 1 s ago."""

    def __init__(self, config: Mapping[str, Any] | None = None, *, n_env: int = 1) -> None:
        super().__init__(config, n_env=n_env)
        if (config or {}).get("event_driven"):
            clocks = {name: TickConfig.deterministic(tick_s, float(name == "B")) for name, tick_s in TICKS_S.items()}
            self.setup_event_driven(Execution(timing=TimingScheme(agents=clocks)))

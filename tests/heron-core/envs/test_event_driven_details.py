"""What is easily forgotten: ages side by side, refused states, limits of those who wait, the first infos."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heron.core.observation import Observation
from heron.envs import CoreOptions, EventDrivenCore, Exchange, Execution
from heron.envs.demo import HeatingEnv, Street, heating_core
from heron.errors import EventError, StateError
from heron.protocols.horizontal import ConsensusProtocol
from heron.protocols.topology import Topology
from heron.scheduling import Condition, EventLog, TickConfig, TimingScheme, read_log

HOUR_S = 3600.0
TEMPERATURE = "house1.room1.room_climate.temperature_degc"
OPTIONS = CoreOptions(step_s=HOUR_S, max_steps=24, penalty=1.0)


def zeros(core: Any) -> dict[str, np.ndarray]:
    return {agent_id: np.zeros((1, 2)) for agent_id in core.due}


def test_what_peers_say_does_not_make_an_old_price_young() -> None:
    def give(agent_id: str, observation: Observation) -> dict[str, np.ndarray]:
        return {"value": np.ones(1)}

    consensus = ConsensusProtocol(Topology.line(["house1", "house2"]))
    core = EventDrivenCore.of(
        heating_core(1, options=OPTIONS, exchanges=[Exchange(protocol=consensus, give=give, interval_s=900.0)]),
        Execution(timing=TimingScheme(system=TickConfig.deterministic(5 * HOUR_S))),
    )
    core.reset(seeds=[0])
    core.run(4 * HOUR_S + 1.0)
    # the price was announced at 0 h, peers talk every quarter of an hour, last at 4 h
    assert core.observe("house1")["inbox.age_s"][0] == 4 * HOUR_S + 1.0
    assert core.observe("house1")["inbox.consensus_age_s"][0] == 1.0


def test_a_refused_state_changes_nothing() -> None:
    watched = [Condition(name="warm", row=TEMPERATURE, threshold=20.0)]
    donor = EventDrivenCore.of(heating_core(1, options=OPTIONS), Execution(conditions=watched))
    donor.reset(seeds=[1])
    donor.run(5 * HOUR_S)
    core = EventDrivenCore.of(heating_core(1, options=OPTIONS))
    core.reset(seeds=[2])
    before = core.table.values.copy()
    with pytest.raises(StateError, match="1 conditions does not fit a run that watches for 0"):
        core.restore_state(donor.save_state())
    np.testing.assert_array_equal(core.table.values, before)
    assert core.scheduler.current_time == 0.0


def test_limits_are_told_to_who_has_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = TimingScheme(agents={"house2": TickConfig.deterministic(3 * HOUR_S)})
    env = HeatingEnv(options=OPTIONS)
    env.setup_event_driven(Execution(timing=slow))
    env.reset(seed=0)
    limited_at = {"house1.room1": 1, "house2.room1": 1}  # both in the first hour only

    def flags(plant: Street) -> dict[str, np.ndarray]:
        hour = int(plant._elapsed_ns[0] // (3600 * 10**9))
        return {room: np.array([[hour == at]]) for room, at in limited_at.items()}

    monkeypatch.setattr(Street, "limited", property(flags))
    told = []
    for _ in range(3):
        *_, infos = env.step({agent: np.zeros(2) for agent in env.agents})
        told.append((infos["house1"]["limited"], infos["house2"]["limited"], infos["house2"]["due"]))
    # house1 is due every hour, house2 after three hours, and then still learns of the first
    assert [bool(first) for first, _, _ in told] == [True, False, False]
    assert [(bool(second), due) for _, second, due in told] == [(True, False), (True, False), (True, True)]


def test_the_infos_of_reset_say_whose_turn_it_is() -> None:
    env = HeatingEnv(options=OPTIONS)
    env.setup_event_driven()
    _, infos = env.reset(seed=0)
    assert [(info["due"], info["action_used"], info["available"]) for info in infos.values()] == [
        (True, False, True)
    ] * 2


def test_what_is_said_in_memory_stands_in_the_log_too(tmp_path: Path) -> None:
    path = tmp_path / "memory.jsonl"
    with EventLog(path) as log:
        core = EventDrivenCore.of(heating_core(1, options=OPTIONS), Execution(distributed=False, log=log))
        core.reset(seeds=[0])
        core.step(zeros(core))
    kinds = [(record.kind, record.agent) for record in read_log(path)]
    assert ("message_sent", "house1") in kinds
    assert ("message_delivered", "house1.room1") in kinds


def test_a_turn_given_after_the_turn_of_an_instant_is_one_more() -> None:
    core = EventDrivenCore.of(heating_core(1, options=OPTIONS))
    core.scheduler.on("custom", lambda event: core.loop.wake("house1"))
    core.reset(seeds=[0])
    core.scheduler.call_at(0.0)
    first = core.step({agent_id: np.full((1, 2), -1.0) for agent_id in core.due})
    assert first.timing is not None
    assert (first.timing.due, first.timing.time_s) == (frozenset({"house1"}), 0.0)
    core.step({"house1": np.full((1, 2), 1.0)})
    # what it decided second, at the same instant, is in force
    assert core.table["house1.room1.setpoint.heat"][0] == 1.0


def test_an_error_of_a_peer_names_it() -> None:
    def give(agent_id: str, observation: Observation) -> dict[str, np.ndarray]:
        return {"value": np.full(1, np.nan if agent_id == "house2" else 1.0)}

    consensus = ConsensusProtocol(Topology.line(["house1", "house2"]))
    core = EventDrivenCore.of(heating_core(1, options=OPTIONS, exchanges=[Exchange(protocol=consensus, give=give)]))
    core.reset(seeds=[0])
    with pytest.raises(EventError, match="round event of agent 'house2' at 0 s failed"):
        core.run(1.0)

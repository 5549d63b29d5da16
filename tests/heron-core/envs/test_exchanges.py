"""Peers that talk: in lockstep within the instant, on events through channels that delay and lose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from heron import testing
from heron.core.observation import Observation
from heron.envs import CoreOptions, EventDrivenCore, Exchange, Execution, SynchronousCore
from heron.envs.demo import heating_core
from heron.errors import ConfigError, UnknownNameError
from heron.messaging import ChannelSpec
from heron.protocols.horizontal import ConsensusProtocol, PeerToPeerTradingProtocol
from heron.protocols.topology import Topology
from heron.scheduling import Disturbance, DisturbanceSchedule, TickConfig, TimingScheme
from heron.testing.recording import draw_actions, record, require_same

HOUSES = ["house1", "house2", "house3"]
COLDEST = "house_climate.coldest_degc"


def coldest(agent_id: str, observation: Observation) -> Mapping[str, np.ndarray]:
    return {"value": observation[f"{agent_id}.{COLDEST}"]}


def constant(agent_id: str, observation: Observation) -> Mapping[str, np.ndarray]:
    return {"value": np.full(len(observation.values), float(HOUSES.index(agent_id)))}


def build(n_env: int = 1, *, give: Any = coldest, interval_s: float | None = None) -> SynchronousCore:
    consensus = ConsensusProtocol(Topology.ring(HOUSES), unit="degC", offset=20.0, scale=5.0)
    options = CoreOptions(step_s=3600.0, max_steps=24, penalty=1.0)
    exchange = Exchange(protocol=consensus, give=give, interval_s=interval_s)
    return heating_core(n_env, n_house=3, options=options, exchanges=[exchange])


def told(core: Any, agent_id: str, name: str = "consensus") -> float:
    return float(core.table[f"{agent_id}.inbox.{name}"][0])


def test_what_comes_out_lies_in_the_members_inboxes() -> None:
    core = build(give=constant)
    core.reset(seeds=[0])
    for _ in range(20):
        core.step({house: np.zeros((1, 2)) for house in HOUSES})
    # the mean of 0, 1 and 2; a complete graph of three halves nothing but averages at once
    assert [told(core, house) for house in HOUSES] == pytest.approx([1.0, 1.0, 1.0], abs=1e-9)


def test_a_member_sees_its_inbox_and_nobody_elses() -> None:
    core = build()
    names = core.observer.names("house1")
    assert "house1.inbox.consensus" in names
    assert "house2.inbox.consensus" not in names


@pytest.mark.parametrize("distributed", [False, True])
def test_events_without_delays_give_the_numbers_of_lockstep(distributed: bool) -> None:
    lockstep, on_events = build(), EventDrivenCore.of(build(), Execution(distributed=distributed))
    actions = draw_actions(lockstep, 30, seed=2)
    runs = []
    for core in (lockstep, on_events):
        core.reset(seeds=[4])
        runs.append(record(core, actions))
    require_same(runs[0], runs[1], "lockstep and events")


def test_a_batch_that_begins_together_gives_the_numbers_of_each_alone() -> None:
    batch = build(3)
    actions = draw_actions(batch, 20, seed=2)
    batch.reset(seeds=[5, 6, 7])
    together = record(batch, actions)
    for env in range(3):
        single = build()
        single.reset(seeds=[5 + env])
        alone = record(single, {agent: array[:, env : env + 1] for agent, array in actions.items()})
        require_same(alone, together.of_env(env), f"alone and as number {env}")


def test_saved_conversations_go_on_as_if_never_stopped() -> None:
    testing.check_restore_equals_never_stopped(lambda n_env: build(n_env), n_env=1)
    slow = TickConfig.deterministic(3600.0, msg_delay=5400.0)
    execution = Execution(timing=TimingScheme(coordinator=slow), channel=ChannelSpec(loss=0.3))
    testing.check_restore_equals_never_stopped(lambda _: EventDrivenCore.of(build(), execution), n_env=1)


def test_messages_under_way_keep_the_sum_whatever_is_lost() -> None:
    slow = TickConfig.with_jitter(3600.0, msg_delay=900.0, jitter_ratio=0.5)
    execution = Execution(timing=TimingScheme(coordinator=slow), channel=ChannelSpec(loss=0.4, reordering=True))
    core = EventDrivenCore.of(build(give=constant, interval_s=600.0), execution)
    protocol = core.exchanges.all[0].protocol
    assert isinstance(protocol, ConsensusProtocol)
    core.reset(seeds=[0])
    handle, masses = core.scheduler.handler("message"), []

    def watch(event: Any) -> None:
        assert handle is not None
        handle(event)
        masses.append([float(part[0]) for part in protocol.mass()])

    core.scheduler.on("message", watch)
    core.run(24 * 3600.0)
    np.testing.assert_allclose(masses[-1], [3.0, 3.0], rtol=1e-12)  # 0 + 1 + 2, and three who talk
    assert len(masses) > 300
    np.testing.assert_allclose(masses, np.repeat([[3.0, 3.0]], len(masses), axis=0), rtol=1e-12)
    assert [told(core, house) for house in HOUSES] == pytest.approx([1.0, 1.0, 1.0], abs=1e-6)
    assert core.mail.broker.counters["peers 0"].lost > 100


def test_the_age_of_what_is_known_counts_from_the_sending_of_the_last_message() -> None:
    slow = TickConfig.deterministic(3600.0, msg_delay=600.0)
    core = EventDrivenCore.of(build(give=constant), Execution(timing=TimingScheme(coordinator=slow)))
    core.reset(seeds=[0])
    core.step({house: np.zeros((1, 2)) for house in HOUSES})
    # rounds at 0 s and, not yet, at 3,600 s; the messages of the first arrived at 600 s
    assert told(core, "house1", "consensus_age_s") == 3600.0


def test_who_hears_nothing_knows_that_what_it_knows_grows_old() -> None:
    out = Disturbance(name="out", kind="communication_outage", target="all", at_s=5400.0)
    core = EventDrivenCore.of(build(give=constant), Execution(disturbances=DisturbanceSchedule([out])))
    core.reset(seeds=[0])
    core.run(4 * 3600.0)
    # the last round that was heard is that of 1 h; those of 2, 3 and 4 h are lost
    assert told(core, "house1", "consensus_age_s") == 3 * 3600.0


def test_who_has_nobody_to_listen_to_never_hears_anything() -> None:
    consensus = ConsensusProtocol(Topology(["supplier"], []))
    alone = Exchange(protocol=consensus, give=lambda _agent, _seen: {"value": np.ones(1)})
    options = CoreOptions(step_s=3600.0, max_steps=24)
    lockstep, on_events = (heating_core(1, options=options, exchanges=[alone]) for _ in range(2))
    for core in (lockstep, EventDrivenCore.of(on_events)):
        core.reset(seeds=[0])
        for _ in range(3):
            core.step({agent: np.zeros((1, 2)) for agent in core.learners})
        assert told(core, "supplier") == 1.0
        assert told(core, "supplier", "consensus_age_s") == 3 * 3600.0


def test_a_round_that_outlasts_the_time_to_the_next_is_refused() -> None:
    market = PeerToPeerTradingProtocol(HOUSES, gate_s=10.0, settle_s=70.0)
    core = heating_core(1, n_house=3, exchanges=[Exchange(protocol=market, give=constant, interval_s=60.0)])
    with pytest.raises(ConfigError, match="PeerToPeerTradingProtocol goes on for 70 s and the next begins after 60 s"):
        EventDrivenCore.of(core)


def test_members_have_to_be_agents() -> None:
    consensus = ConsensusProtocol(Topology.line(["house1", "house9"]))
    with pytest.raises(UnknownNameError, match="'house9' is to take part in a ConsensusProtocol but is no agent"):
        heating_core(1, exchanges=[Exchange(protocol=consensus, give=constant)])


def test_two_protocols_cannot_write_one_row() -> None:
    exchanges = [
        Exchange(protocol=ConsensusProtocol(Topology.line(["house1", "house2"])), give=constant) for _ in range(2)
    ]
    with pytest.raises(ConfigError, match="Two protocols write 'consensus' into the inbox of 'house1'"):
        heating_core(1, exchanges=exchanges)


def test_peers_of_a_batch_begin_together() -> None:
    core = build(2)
    core.reset(seeds=[0, 1])
    with pytest.raises(ConfigError, match="begin together; 1 of 2 were reset"):
        core.reset(envs=np.array([1]))


def test_an_exchange_without_time_between_rounds_is_refused() -> None:
    with pytest.raises(ConfigError, match="interval of an exchange is 0 s"):
        Exchange(protocol=ConsensusProtocol(Topology.line(["a", "b"])), give=constant, interval_s=0.0)


def test_a_market_that_is_cut_off_clears_nothing() -> None:
    def trade(agent_id: str, _seen: Observation) -> Mapping[str, np.ndarray]:
        quantity = {"house1": 1.0, "house2": -1.0}[agent_id]
        return {"quantity": np.array([quantity]), "limit_price": np.array([0.2 if quantity > 0.0 else 0.3])}

    market = PeerToPeerTradingProtocol(["house1", "house2"], gate_s=10.0)
    options = CoreOptions(step_s=3600.0, max_steps=24)
    core = heating_core(1, options=options, exchanges=[Exchange(protocol=market, give=trade)])
    out = Disturbance(name="out", kind="communication_outage", target="market", at_s=3600.0, duration_s=7200.0)
    core = EventDrivenCore.of(core, Execution(disturbances=DisturbanceSchedule([out])))
    core.reset(seeds=[0])
    core.run(4.5 * 3600.0)
    # rounds at 0 to 4 h; in those of 1 and 2 h nothing reaches the market
    assert told(core, "house1", "total_quantity") == 3.0
    assert market.imbalance() == {"total_quantity": [0.0], "total_payment": [0.0]}

"""A market between peers keeps its accounts balanced, whatever becomes of its messages."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from peers_by_mail import PeersByMail, Values

from heron.errors import ActionError, ConfigError, StateError, UnknownNameError
from heron.messaging import ChannelSpec
from heron.protocols import Letter, exchange
from heron.protocols.horizontal import PeerToPeerTradingProtocol
from heron.types import FloatArray

NAMES = tuple("abcde")
ROUGH = ChannelSpec(delay_s=0.05, jitter_type="lognormal", jitter_ratio=0.9, loss=0.3, reordering=True)


def order(quantity: float, limit_price: float) -> dict[str, FloatArray]:
    return {"quantity": np.array([quantity]), "limit_price": np.array([limit_price])}


def random_orders(rng: np.random.Generator, n_env: int) -> Values:
    return {
        name: {"quantity": rng.uniform(-10.0, 10.0, n_env), "limit_price": rng.integers(1, 9, n_env).astype(np.float64)}
        for name in NAMES
    }


def said(letters: list[Letter], name: str) -> dict[str, float]:
    (payload,) = [payload for receiver, payload in letters if receiver == name]
    return {part: float(value[0]) for part, value in payload.items()}


def outcome(protocol: PeerToPeerTradingProtocol, name: str) -> dict[str, float]:
    return {part: float(value[0]) for part, value in protocol.outcome(name).items()}


class Auditor:
    """Compares, after every message, what everyone has booked with what it may have booked."""

    def __init__(self, protocol: PeerToPeerTradingProtocol) -> None:
        self.protocol = protocol
        self.ordered: dict[str, list[tuple[FloatArray, FloatArray]]] = defaultdict(list)
        self.accounts: dict[str, tuple[FloatArray, FloatArray]] = {}
        self.statements: dict[str, set[tuple[float, ...]]] = defaultdict(set)
        self.turnover = 0.0
        self.n_booked = 0

    def __call__(self) -> None:
        protocol = self.protocol
        for name in protocol.members:
            account = protocol.account(name)
            self.statements[name].add(self.totals(account))
            self.turnover = max(self.turnover, *(float(np.abs(part).max()) for part in account.values()))
            known = protocol.outcome(name)
            assert self.totals(known) in self.statements[name]
            self.within_limits(name, known)
            self.settled_within_limits(name, account["total_quantity"], account["total_payment"])
            self.n_booked += int(known["trade_quantity"].any())
        for part in protocol.imbalance().values():
            assert float(np.abs(part).max()) <= 1e-12 * max(1.0, self.turnover)

    def within_limits(self, name: str, known: dict[str, FloatArray]) -> None:
        traded, price = known["trade_quantity"], known["trade_price"]
        if self.ordered[name]:
            assert self.keeps(self.ordered[name][-1], traded, traded * price)
        np.testing.assert_array_equal(known["trade_payment"], traded * price)

    def settled_within_limits(self, name: str, quantity: FloatArray, payment: FloatArray) -> None:
        """What the operator books keeps to the present order, or to the one before if it settles late."""
        before = self.accounts.get(name, (np.zeros_like(quantity), np.zeros_like(payment)))
        self.accounts[name] = (quantity, payment)
        change = quantity - before[0], payment - before[1]
        if change[0].any() or change[1].any():
            assert any(self.keeps(order, *change) for order in self.ordered[name][-2:])

    @staticmethod
    def keeps(order: tuple[FloatArray, FloatArray], traded: FloatArray, payment: FloatArray) -> bool:
        quantity, limit_price = order
        within = (np.abs(traded) <= np.abs(quantity) + 1e-9) & (traded * quantity >= 0.0)
        # selling for at least the limit or buying for at most: in both cases at least this is received
        return bool((within & (payment >= traded * limit_price - 1e-9)).all())

    @staticmethod
    def totals(values: dict[str, FloatArray]) -> tuple[float, ...]:
        return (*values["total_quantity"].tolist(), *values["total_payment"].tolist())


def audited(
    spec: ChannelSpec, *, seed: int, count: int, settle_s: float | None = None, n_env: int = 2
) -> tuple[Any, Auditor]:
    """Rounds of random orders over a channel, looked at after every message."""
    protocol = PeerToPeerTradingProtocol(NAMES, gate_s=0.25, settle_s=settle_s)
    auditor = Auditor(protocol)
    peers = PeersByMail(protocol, spec, n_env=n_env, seed=seed, check=auditor)
    rng = np.random.default_rng(seed)
    compose = protocol.compose

    def compose_and_note(name: str, values: Any) -> list[Letter]:
        if name in NAMES:
            auditor.ordered[name].append((values["quantity"], values["limit_price"]))
        return compose(name, values)

    protocol.compose = compose_and_note  # type: ignore[method-assign]
    for _ in range(count):
        peers.rounds(random_orders(rng, n_env), 1)
    return peers, auditor


def test_a_round_without_delays_ends_with_everything_booked() -> None:
    # 10 offered from 20, 6 asked up to 30: 6 at (20 + 30) / 2 = 25, which is 150
    protocol = PeerToPeerTradingProtocol(["a", "b"])
    result = exchange(protocol, {"a": order(10.0, 20.0), "b": order(-6.0, 30.0)})
    expected = {"trade_quantity": 6.0, "trade_price": 25.0, "trade_payment": 150.0}
    totals = {"total_quantity": 6.0, "total_payment": 150.0}
    assert outcome(protocol, "a") == {**expected, **totals}
    assert {part: value.tolist() for part, value in result["b"].items()} == {
        "trade_quantity": [-6.0],
        "trade_price": [25.0],
        "trade_payment": [-150.0],
        "total_quantity": [-6.0],
        "total_payment": [-150.0],
    }


def test_totals_go_on_and_trades_begin_anew_with_each_round() -> None:
    protocol = PeerToPeerTradingProtocol(["a", "b"], initial_price=7.0)
    assert outcome(protocol, "a")["trade_price"] == 7.0
    exchange(protocol, {"a": order(2.0, 20.0), "b": order(-2.0, 30.0)})
    exchange(protocol, {"a": order(1.0, 40.0), "b": order(-1.0, 30.0)})
    # nothing is traded in the second round, and its price is that of the first
    assert outcome(protocol, "b") == {
        "trade_quantity": 0.0,
        "trade_price": 25.0,
        "trade_payment": 0.0,
        "total_quantity": -2.0,
        "total_payment": -50.0,
    }


def test_a_market_over_a_slow_channel_clears_when_the_gate_closes() -> None:
    protocol = PeerToPeerTradingProtocol(["a", "b"], gate_s=0.3)
    peers = PeersByMail(protocol, ChannelSpec(delay_s=0.2))
    peers.rounds({"a": order(1.0, 20.0), "b": order(-1.0, 30.0)}, 1)
    # orders at 0.2 s, offers at 0.3 + 0.2, answers at 0.7, confirmations at 0.9 s
    assert outcome(protocol, "a")["trade_quantity"] == 1.0


def test_an_order_that_comes_after_the_gate_misses_the_round() -> None:
    protocol = PeerToPeerTradingProtocol(["a", "b"], gate_s=0.1)
    peers = PeersByMail(protocol, ChannelSpec(delay_s=0.2))
    peers.rounds({"a": order(1.0, 20.0), "b": order(-1.0, 30.0)}, 5)
    # each is offered in the next round, when another order stands
    assert outcome(protocol, "a")["total_quantity"] == 0.0


@settings(max_examples=40)
@given(
    delay_s=st.floats(0.0, 1.5),
    jitter_ratio=st.floats(0.0, 1.0),
    loss=st.floats(0.0, 0.7),
    reordering=st.booleans(),
    settle_s=st.sampled_from([None, 0.25, 0.7]),
    seed=st.integers(0, 10_000),
)
def test_accounts_are_balanced_after_every_message(
    delay_s: float, jitter_ratio: float, loss: float, reordering: bool, settle_s: float | None, seed: int
) -> None:
    spec = ChannelSpec(delay_s=delay_s, jitter_ratio=jitter_ratio, loss=loss, reordering=reordering)
    audited(spec, seed=seed, count=8, settle_s=settle_s)


def test_a_lossy_market_trades_and_stays_balanced() -> None:
    peers, auditor = audited(ROUGH, seed=1, count=200, settle_s=0.6)
    counters = peers.broker.counters["default"]
    assert counters.lost / counters.sent == pytest.approx(0.3, abs=0.04)
    assert auditor.n_booked > 100
    assert auditor.turnover > 50.0


def test_a_lost_confirmation_is_made_good_by_the_next_letter() -> None:
    protocol = PeerToPeerTradingProtocol(["a", "b"])
    offers = orders_until_offers(protocol, {"a": order(2.0, 20.0), "b": order(-2.0, 30.0)})
    confirmations = answers(protocol, offers)
    protocol.receive("b", "market", confirmations["b"])  # that of a is lost
    assert outcome(protocol, "a")["total_quantity"] == 0.0
    assert protocol.account("a")["total_payment"].tolist() == [50.0]
    offers = orders_until_offers(protocol, {"a": order(0.0, 20.0), "b": order(0.0, 30.0)})
    protocol.receive("a", "market", offers["a"])
    known = outcome(protocol, "a")
    assert (known["total_quantity"], known["total_payment"]) == (2.0, 50.0)
    assert known["trade_quantity"] == 0.0  # of the present order, nothing


def test_a_confirmation_that_was_overtaken_changes_nothing() -> None:
    protocol = PeerToPeerTradingProtocol(["a", "b"])
    orders = {"a": order(2.0, 20.0), "b": order(-2.0, 30.0)}
    old, new = (answers(protocol, orders_until_offers(protocol, orders))["a"] for _ in range(2))
    protocol.receive("a", "market", new)
    known = outcome(protocol, "a")
    assert known["total_quantity"] == 4.0
    protocol.receive("a", "market", old)
    assert outcome(protocol, "a") == known


def test_who_does_not_answer_is_left_out_and_the_others_are_cut() -> None:
    protocol = PeerToPeerTradingProtocol(["a", "b", "c"])
    offers = orders_until_offers(protocol, {"a": order(3.0, 20.0), "b": order(1.0, 20.0), "c": order(-4.0, 30.0)})
    for name in ("b", "c"):  # the answer of a is lost
        ((_, answer),) = protocol.receive(name, "market", offers[name])
        assert protocol.receive("market", name, answer) == []
    letters = protocol.compose("market", {})
    # b sells its 1, and c buys 1 of its 4 at (20 + 30) / 2
    assert {name: said(letters, name)["quantity"] for name in "abc"} == {"a": 0.0, "b": 1.0, "c": -1.0}
    assert protocol.account("c")["total_payment"].tolist() == [-25.0]


def test_an_answer_after_the_settlement_changes_nothing() -> None:
    protocol = PeerToPeerTradingProtocol(["a", "b"])
    offers = orders_until_offers(protocol, {"a": order(3.0, 20.0), "b": order(-3.0, 30.0)})
    ((_, answer),) = protocol.receive("a", "market", offers["a"])
    protocol.compose("market", {})
    assert protocol.receive("market", "a", answer) == []
    assert protocol.account("a")["total_quantity"].tolist() == [0.0]


def test_an_order_after_the_gate_is_not_cleared_when_the_market_settles() -> None:
    protocol = PeerToPeerTradingProtocol(["a", "b"], gate_s=0.1, settle_s=0.2)
    peers = PeersByMail(protocol, ChannelSpec(delay_s=0.15))
    peers.rounds({"a": order(1.0, 20.0), "b": order(-1.0, 30.0)}, 4)
    assert outcome(protocol, "a")["total_quantity"] == 0.0


def test_the_market_settles_in_time_without_those_who_do_not_answer() -> None:
    protocol = PeerToPeerTradingProtocol(["a", "b", "c"], gate_s=0.3, settle_s=0.6)
    offers = orders_until_offers(protocol, {"a": order(1.0, 20.0), "b": order(-1.0, 30.0), "c": order(1.0, 20.0)})
    for name in ("a", "b"):
        ((_, answer),) = protocol.receive(name, "market", offers[name])
        protocol.receive("market", name, answer)
    for name, confirmation in protocol.compose("market", {}):
        protocol.receive(name, "market", confirmation)
    # half of a's 1 was offered, c's half is not accepted: b buys what a sells
    assert outcome(protocol, "b")["trade_quantity"] == -0.5
    assert outcome(protocol, "a")["trade_payment"] == 12.5


def test_nobody_gets_more_than_it_was_offered() -> None:
    protocol = PeerToPeerTradingProtocol(["a", "b"])
    offers = orders_until_offers(protocol, {"a": order(3.0, 20.0), "b": order(-9.0, 30.0)})
    for name, greedy in (("a", 100.0), ("b", -100.0)):
        ((_, answer),) = protocol.receive(name, "market", offers[name])
        protocol.receive("market", name, {**answer, "quantity": np.array([greedy])})
    assert protocol.account("a")["total_quantity"].tolist() == [3.0]
    assert protocol.account("b")["total_quantity"].tolist() == [-3.0]


@pytest.mark.parametrize(
    "unfair", [{"quantity": 3.5}, {"price": 19.0}, {"quantity": -1.0}, {"offer": 7.0}], ids=lambda unfair: str(unfair)
)
def test_an_offer_beyond_the_order_is_declined(unfair: dict[str, float]) -> None:
    protocol = PeerToPeerTradingProtocol(["a", "b"])
    offers = orders_until_offers(protocol, {"a": order(3.0, 20.0), "b": order(-3.0, 30.0)})
    changed = {part: np.array([value]) for part, value in unfair.items()}
    ((_, answer),) = protocol.receive("a", "market", {**offers["a"], **changed})
    assert answer["quantity"].tolist() == [0.0]


def test_a_newer_order_replaces_one_that_it_overtook() -> None:
    protocol = PeerToPeerTradingProtocol(["a", "b"])
    ((_, old),) = protocol.compose("a", order(1.0, 20.0))
    ((_, new),) = protocol.compose("a", order(5.0, 20.0))
    ((_, asked),) = protocol.compose("b", order(-9.0, 30.0))
    for sender, payload in (("a", new), ("a", old), ("b", asked)):
        protocol.receive("market", sender, payload)
    assert said(protocol.compose("market", {}), "a")["quantity"] == 5.0


def test_seven_environments_equal_each_alone_bit_for_bit() -> None:
    def run(columns: slice, n_env: int) -> list[FloatArray]:
        protocol = PeerToPeerTradingProtocol(NAMES, gate_s=0.25, settle_s=0.6)
        peers = PeersByMail(protocol, ROUGH, n_env=n_env, seed=3)
        rng = np.random.default_rng(0)
        for _ in range(20):
            whole = random_orders(rng, 7)
            peers.rounds({n: {part: v[columns] for part, v in one.items()} for n, one in whole.items()}, 1)
        return [value for name in NAMES for value in protocol.outcome(name).values()]

    together = run(slice(None), 7)
    assert any(value.any() for value in together)
    for env in range(7):
        alone = run(slice(env, env + 1), 1)
        assert [value[0] for value in alone] == [value[env] for value in together]


@pytest.mark.parametrize("rounds_before", [0, 6])
def test_going_on_after_a_restore_equals_never_having_stopped(rounds_before: int) -> None:
    def market(seed: int) -> PeersByMail:
        return PeersByMail(PeerToPeerTradingProtocol(NAMES, gate_s=0.25, settle_s=0.6), ROUGH, n_env=2, seed=seed)

    rng, first, second = np.random.default_rng(0), market(2), market(9)
    first.rounds(random_orders(rng, 2), rounds_before)
    saved = json.loads(json.dumps([first.protocol.save_state(), first.broker.save_state()]))
    second.protocol.restore_state(saved[0])
    second.broker.restore_state(saved[1])
    second.now_ns = first.now_ns
    later = random_orders(rng, 2)
    for peers in (first, second):
        peers.rounds(later, 6)
    assert first.protocol.save_state() == second.protocol.save_state()


def test_a_saved_market_of_others_is_refused() -> None:
    protocol = PeerToPeerTradingProtocol(["a", "b"])
    with pytest.raises(StateError, match=r"saved market of \['a', 'b'\] in 1 environments does not fit \['a', 'c'\]"):
        PeerToPeerTradingProtocol(["a", "c"]).restore_state(protocol.save_state())


def test_what_one_says_depends_on_nothing_another_knows() -> None:
    letters = []
    for other in (0.0, 100.0):
        protocol = PeerToPeerTradingProtocol(["a", "b"])
        protocol.compose("b", order(other, other))
        letters.append(protocol.compose("a", order(1.0, 2.0)))
    assert letters[0] == letters[1]


def test_what_cannot_be_a_market_or_an_order_is_refused() -> None:
    with pytest.raises(ConfigError, match="share a name"):
        PeerToPeerTradingProtocol(["a", "market"])
    for unfit in ({"gate_s": -1.0}, {"gate_s": 2.0, "settle_s": 1.0}, {"price_split": 1.5}):
        with pytest.raises(ConfigError, match=r"A market has gate_s .* not after settling"):
            PeerToPeerTradingProtocol(["a"], **unfit)  # type: ignore[arg-type]
    protocol = PeerToPeerTradingProtocol(["a", "b"])
    with pytest.raises(ActionError, match="'limit_price' of 'a' is .*nan"):
        protocol.compose("a", order(1.0, np.nan))
    with pytest.raises(UnknownNameError, match=r"'markt' does not take part\. Did you mean 'market'\?"):
        protocol.outcome("markt")


def test_the_operator_is_no_member_and_learns_nothing_for_rows() -> None:
    protocol = PeerToPeerTradingProtocol(["a", "b"], gate_s=2.0, quantity_unit="m3", price_unit="USD/m3")
    assert (protocol.members, protocol.participants) == (("a", "b"), ("a", "b", "market"))
    assert [(stage.participants, stage.after_s) for stage in protocol.stages] == [(("a", "b"), 0.0), (("market",), 2.0)]
    assert protocol.outcome("market") == {}
    assert [(one.name, one.unit) for one in protocol.takes] == [("quantity", "m3"), ("limit_price", "USD/m3")]


def orders_until_offers(protocol: PeerToPeerTradingProtocol, values: Values) -> dict[str, Any]:
    """Offers after a round's orders, by trader; the confirmations of the round before are lost."""
    for name in protocol.members:
        for _, payload in protocol.compose(name, values[name]):
            protocol.receive("market", name, payload)
    return {name: payload for name, payload in protocol.compose("market", {}) if "offer" in payload}


def answers(protocol: PeerToPeerTradingProtocol, offers: dict[str, Any]) -> dict[str, Any]:
    """Confirmations after everyone has answered."""
    letters: list[Letter] = []
    for name, offer in offers.items():
        ((_, answer),) = protocol.receive(name, "market", offer)
        letters += protocol.receive("market", name, answer)
    return dict(letters)

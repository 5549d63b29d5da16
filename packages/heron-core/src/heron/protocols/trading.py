"""Trade between peers through an operator that clears their orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from heron.core.quantity import Quantity
from heron.core.visibility import Visibility
from heron.errors import ConfigError, StateError
from heron.protocols.market_operator import Account, MarketOperator, Order, Proposal
from heron.protocols.peers import HorizontalProtocol, Letter, Stage
from heron.protocols.trader import Trader
from heron.types import FloatArray

_OWNER = frozenset({Visibility.OWNER})


class PeerToPeerTradingProtocol(HorizontalProtocol):
    """A market at every round: orders, clearing, acceptance, settlement.

    1. Every trader sends an *order*: a quantity, positive to sell and negative to buy, and a limit price.
    2. ``gate_s`` later the operator clears the orders that have arrived, at one price for all
       (`heron.protocols.clearing.clear`), and sends everyone an *offer*. An order that comes later waits for the next
       clearing, which is usually too late: a trader stands to its newest order only.
    3. A trader that gets an offer on its present order, within quantity and limit, *accepts* it; any other it declines.
    4. When all have answered, and at the latest ``settle_s`` after the beginning of the round, the operator settles
       what was accepted. If somebody has not answered, the longer side is cut in proportion, so that as much is sold as
       bought, at the same price.
    5. It sends a *confirmation*, and only then a trader books. Confirmations and offers carry the account of all
       settlements so far, so that a lost one is made good by the next.

    Accounts are balanced after every message, whatever is delayed, lost or reordered: `imbalance` is zero up to
    rounding. A trader that has accepted and hears nothing does not know whether it has traded; no protocol over a lossy
    channel can promise more [1]_. Its booked totals are those of an earlier settlement then, never others.

    Parameters
    ----------
    traders
        Agents that trade.
    operator
        Name of the operator's mailbox; no trader.
    gate_s
        How long after the beginning of a round orders are cleared; longer than orders take to arrive. [s]
    settle_s
        How long after the beginning of a round answers are waited for, not less than ``gate_s``; until the next
        clearing where it is not given. [s]
    price_split
        0 gives the whole margin between the last seller's and the last buyer's limit to the buyers, 1 to the sellers.
    quantity_unit, price_unit, payment_unit
        Units of what is traded, of the price of one, and of money.
    quantity_scale, price_scale, price_offset
        How trades and prices are shown in observations.
    initial_price
        Price that traders know before the first trade. [price_unit]

    Raises
    ------
    ConfigError
        If a trader is named twice or is the operator, or a number is out of its range.

    References
    ----------
    .. [1] Gray, Notes on data base operating systems, 1978, section 5.8.3.3.1, "the generals paradox".
    """

    name = "trade"

    def __init__(
        self,
        traders: Sequence[str],
        *,
        operator: str = "market",
        gate_s: float = 0.0,
        settle_s: float | None = None,
        price_split: float = 0.5,
        quantity_unit: str = "1",
        price_unit: str = "1",
        payment_unit: str = "1",
        quantity_scale: float = 1.0,
        price_scale: float = 1.0,
        price_offset: float = 0.0,
        initial_price: float = 0.0,
    ) -> None:
        self.members = tuple(traders)
        self.operator, self.price_split = operator, price_split
        self.gate_s, self.settle_s = gate_s, settle_s
        self.initial_price = initial_price
        self.participants = (*self.members, operator)
        if len(set(self.participants)) < len(self.participants):
            raise ConfigError(
                f"Traders {list(traders)} and operator {operator!r} share a name.", remedy="Give each its own."
            )
        in_order = gate_s >= 0.0 and (settle_s is None or settle_s >= gate_s)
        if not (in_order and 0.0 <= price_split <= 1.0 and np.isfinite(initial_price)):
            raise ConfigError(
                f"A market has gate_s {gate_s}, settle_s {settle_s}, price_split {price_split} and initial_price "
                f"{initial_price}.",
                remedy="The gate is not negative and not after settling, the split within 0 and 1, the price finite.",
            )
        price: dict[str, Any] = {"unit": price_unit, "scale": price_scale, "offset": price_offset}
        amount: dict[str, Any] = {"unit": quantity_unit, "scale": quantity_scale}
        money: dict[str, Any] = {"unit": payment_unit, "scale": quantity_scale * price_scale}
        self.takes = (Quantity(name="quantity", **amount), Quantity(name="limit_price", **price))
        self.inbox = (
            Quantity(name="trade_quantity", visibility=_OWNER, **amount),
            Quantity(name="trade_price", visibility=_OWNER, initial=initial_price, **price),
            Quantity(name="trade_payment", visibility=_OWNER, **money),
            Quantity(name="total_quantity", visibility=_OWNER, **amount),
            Quantity(name="total_payment", visibility=_OWNER, **money),
        )
        self.begin(1)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The traders, the operator when the gate has closed, and again when it settles."""
        clearing = (Stage(self.members), Stage((self.operator,), self.gate_s))
        return clearing if self.settle_s is None else (*clearing, Stage((self.operator,), self.settle_s))

    def neighbours(self, agent_id: str) -> tuple[str, ...]:
        """The operator for a trader, all traders for the operator."""
        self._require_participant(agent_id)
        return self.members if agent_id == self.operator else (self.operator,)

    def begin(self, n_env: int) -> None:
        """Forget all orders and accounts."""
        self._n_env = n_env
        self._traders = {name: Trader.new(n_env, price=self.initial_price) for name in self.members}
        self._market = MarketOperator(
            price=np.full(n_env, self.initial_price),
            accounts={name: Account(np.zeros(n_env), np.zeros(n_env)) for name in self.members},
        )

    def compose(self, agent_id: str, own_values: Mapping[str, FloatArray]) -> list[Letter]:
        """A trader's order; the operator's offers, and its confirmations of what is not settled yet."""
        self._require_participant(agent_id)
        if agent_id == self.operator:
            settles_only = self.settle_s is not None and self._market.begin_turn() % 2 == 0
            confirmations = self._market.settle()
            if settles_only:
                return confirmations
            return [*confirmations, *self._market.offer(self.members, price_split=self.price_split)]
        quantity, limit_price = self._own(agent_id, own_values, self._n_env)
        return [(self.operator, self._traders[agent_id].order(quantity, limit_price))]

    def receive(self, agent_id: str, sender: str, payload: Mapping[str, FloatArray]) -> list[Letter]:
        """Read an order or an answer as the operator, an offer or a confirmation as a trader."""
        self._require_participant(agent_id)
        if agent_id == self.operator:
            if "accept" in payload:
                return self._market.take_answer(sender, payload)
            self._market.take_order(sender, payload)
            return []
        trader = self._traders[agent_id]
        if "offer" in payload:
            return [(self.operator, trader.answer(payload))]
        trader.confirm(payload)
        return []

    def outcome(self, agent_id: str) -> dict[str, FloatArray]:
        """What has been confirmed of the present order, the last price, and the totals that are booked."""
        self._require_participant(agent_id)
        if agent_id == self.operator:
            return {}
        trader = self._traders[agent_id]
        return {quantity.name: getattr(trader, quantity.name) for quantity in self.inbox}

    def account(self, agent_id: str) -> dict[str, FloatArray]:
        """Totals of a trader as the operator keeps them, ``total_quantity`` and ``total_payment``, ``(n_env,)`` each.

        A trader that has not heard of the last settlements has booked less.
        """
        self._require_participant(agent_id)
        account = self._market.accounts[agent_id]
        return {"total_quantity": account.quantity, "total_payment": account.payment}

    def imbalance(self) -> dict[str, FloatArray]:
        """What has been sold and not bought, and received and not paid; zero up to rounding, ``(n_env,)`` each."""
        totals = {"total_quantity": np.zeros(self._n_env), "total_payment": np.zeros(self._n_env)}
        for name in self.members:
            for part, value in self.account(name).items():
                totals[part] = totals[part] + value
        return totals

    def save_state(self) -> dict[str, Any]:
        """What traders and operator know."""
        return {
            "traders": {name: _plain(asdict(trader)) for name, trader in self._traders.items()},
            "market": _plain(asdict(self._market)),
        }

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave.

        Raises
        ------
        StateError
            If the traders or the number of environments are others.
        """
        market = _arrays(state["market"])
        if set(state["traders"]) != set(self.members) or len(market["price"]) != self._n_env:
            raise StateError(
                f"A saved market of {sorted(state['traders'])} in {len(market['price'])} environments does not fit "
                f"{sorted(self.members)} in {self._n_env}."
            )
        self._traders = {name: Trader(**_arrays(state["traders"][name])) for name in self.members}
        proposal = market.pop("proposal")
        accounts = {name: Account(**account) for name, account in market.pop("accounts").items()}
        book = {name: Order(**order) for name, order in market.pop("book").items()}
        self._market = MarketOperator(
            accounts=accounts, book=book, proposal=None if proposal is None else Proposal(**proposal), **market
        )


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return {name: _plain(one) for name, one in value.items()} if isinstance(value, dict) else value


def _arrays(value: Any) -> Any:
    if isinstance(value, list):
        return np.array(value, dtype=np.float64)
    return {name: _arrays(one) for name, one in value.items()} if isinstance(value, dict) else value

"""Who collects orders, clears them and keeps the accounts of a market between peers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from heron.protocols.clearing import balance, clear
from heron.protocols.peers import Letter
from heron.types import FloatArray


@dataclass(slots=True)
class Order:
    """What a trader would do.

    Parameters
    ----------
    number
        Number of the order among its trader's.
    quantity, limit_price : (n_env,)
        How much at most, positive to sell, and at which price at worst.
    """

    number: int
    quantity: FloatArray
    limit_price: FloatArray


@dataclass(slots=True)
class Proposal:
    """A clearing that waits to be accepted.

    Parameters
    ----------
    numbers
        Order of each trader it speaks of.
    offered, accepted
        What each may trade, and what those who have answered will, ``(n_env,)``, positive to sell.
    price, traded : (n_env,)
        The price, and 1 where anything is traded at it.
    """

    numbers: dict[str, int]
    offered: dict[str, FloatArray]
    accepted: dict[str, FloatArray]
    price: FloatArray
    traded: FloatArray


@dataclass(slots=True)
class Account:
    """What a trader has traded since the beginning.

    Parameters
    ----------
    quantity : (n_env,)
        Sold, less what was bought.
    payment : (n_env,)
        Received, less what was paid.
    """

    quantity: FloatArray
    payment: FloatArray


@dataclass(slots=True)
class MarketOperator:
    """The operator's own state; accounts always add up to nothing.

    Parameters
    ----------
    price : (n_env,)
        Price of the last clearing in which anything was traded.
    accounts
        By trader.
    book
        Orders that the next clearing takes.
    seen
        Number of the newest order of each trader that has arrived.
    proposal
        Clearing that waits to be accepted.
    statement
        Number of settlements.
    turn
        How often it has spoken.
    """

    price: FloatArray
    accounts: dict[str, Account]
    book: dict[str, Order] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    proposal: Proposal | None = None
    statement: int = 0
    turn: int = 0

    def begin_turn(self) -> int:
        """Number of this turn, from 1."""
        self.turn += 1
        return self.turn

    def take_order(self, trader: str, payload: Mapping[str, FloatArray]) -> None:
        """Put an order into the book; it replaces an older one, and one that was overtaken is left out."""
        number = int(payload["order"][0])
        if number > self.seen.get(trader, 0):
            self.seen[trader] = number
            self.book[trader] = Order(number, payload["quantity"], payload["limit_price"])

    def take_answer(self, trader: str, payload: Mapping[str, FloatArray]) -> list[Letter]:
        """Note how much of an offer is accepted; settle when everybody has answered."""
        proposal = self.proposal
        if proposal is None or proposal.numbers.get(trader) != int(payload["accept"][0]):
            return []
        offered = proposal.offered[trader]
        # Nobody gets more than it was offered, whatever it answers.
        low, high = np.minimum(offered, 0.0), np.maximum(offered, 0.0)
        proposal.accepted[trader] = np.clip(payload["quantity"], low, high)
        return self.settle() if len(proposal.accepted) == len(proposal.numbers) else []

    def offer(self, traders: tuple[str, ...], *, price_split: float) -> list[Letter]:
        """Clear the orders of the book and tell everyone what it may trade."""
        asked = [trader for trader in traders if trader in self.book]
        if not asked:
            return []
        orders = [self.book[trader] for trader in asked]
        quantity, limit_price = (
            np.array([order.quantity for order in orders]),
            np.array([order.limit_price for order in orders]),
        )
        cleared = clear(quantity, limit_price, price_split=price_split)
        self.book = {}
        self.proposal = Proposal(
            numbers={trader: order.number for trader, order in zip(asked, orders, strict=True)},
            offered=dict(zip(asked, cleared.quantity, strict=True)),
            accepted={},
            price=cleared.price,
            traded=cleared.traded.astype(np.float64),
        )
        return [(trader, self._statement("offer", trader, self.proposal)) for trader in asked]

    def settle(self) -> list[Letter]:
        """Book what has been accepted, as much sold as bought, and tell everyone who was asked."""
        proposal = self.proposal
        if proposal is None:
            return []
        self.proposal = None
        nothing = np.zeros_like(proposal.price)
        asked = list(proposal.numbers)
        quantity = balance(np.array([proposal.accepted.get(trader, nothing) for trader in asked]))
        self.price = np.where(proposal.traded > 0.0, proposal.price, self.price)
        self.statement += 1
        for trader, amount in zip(asked, quantity, strict=True):
            account = self.accounts[trader]
            account.quantity = account.quantity + amount
            account.payment = account.payment + proposal.price * amount
            proposal.offered[trader] = amount
        proposal.price = self.price
        return [(trader, self._statement("confirm", trader, proposal)) for trader in asked]

    def _statement(self, kind: str, trader: str, proposal: Proposal) -> dict[str, FloatArray]:
        # With the account of all settlements so far: the next letter makes good for one that was lost.
        account, n_env = self.accounts[trader], len(self.price)
        return {
            kind: np.full(n_env, float(proposal.numbers[trader])),
            "quantity": proposal.offered[trader],
            "price": proposal.price,
            "statement": np.full(n_env, float(self.statement)),
            "total_quantity": account.quantity,
            "total_payment": account.payment,
        }

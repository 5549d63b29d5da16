"""One participant of a market between peers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from heron.types import FloatArray


@dataclass(slots=True)
class Trader:
    """What a trader knows, all arrays ``(n_env,)``.

    Parameters
    ----------
    quantity, limit_price
        Its present order, positive to sell.
    trade_quantity, trade_price, trade_payment
        What has been confirmed of the present order; the price is the last one it was told.
    total_quantity, total_payment
        What it has booked since the beginning.
    number
        Number of its present order.
    statement
        Number of the settlement up to which it has booked.
    """

    quantity: FloatArray
    limit_price: FloatArray
    trade_quantity: FloatArray
    trade_price: FloatArray
    trade_payment: FloatArray
    total_quantity: FloatArray
    total_payment: FloatArray
    number: int = 0
    statement: int = 0

    @classmethod
    def new(cls, n_env: int, *, price: float) -> Trader:
        """One that has not ordered anything."""
        nothing = np.zeros(n_env)
        return cls(nothing, nothing, nothing, np.full(n_env, price), nothing, nothing, nothing)

    def order(self, quantity: FloatArray, limit_price: FloatArray) -> dict[str, FloatArray]:
        """Give another order, which ends the one before."""
        self.number += 1
        self.quantity, self.limit_price = quantity, limit_price
        self.trade_quantity = self.trade_payment = np.zeros_like(quantity)
        return {"order": self._numbered(self.number), "quantity": quantity, "limit_price": limit_price}

    def answer(self, payload: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Accept what keeps to the present order and decline everything else."""
        self._book(payload)
        number, offered, price = int(payload["offer"][0]), payload["quantity"], payload["price"]
        sells = (offered > 0.0) & (offered <= self.quantity) & (price >= self.limit_price)
        buys = (offered < 0.0) & (offered >= self.quantity) & (price <= self.limit_price)
        keeps = (sells | buys) if number == self.number else np.zeros(len(offered), dtype=np.bool_)
        return {"accept": self._numbered(number), "quantity": np.where(keeps, offered, 0.0)}

    def confirm(self, payload: Mapping[str, FloatArray]) -> None:
        """Book what has been settled."""
        if int(payload["statement"][0]) >= self.statement:
            self.trade_price = payload["price"]
        self._book(payload)
        if int(payload["confirm"][0]) == self.number:
            self.trade_quantity = payload["quantity"]
            self.trade_payment = payload["quantity"] * payload["price"]

    def _book(self, payload: Mapping[str, FloatArray]) -> None:
        statement = int(payload["statement"][0])
        if statement > self.statement:
            self.statement = statement
            self.total_quantity, self.total_payment = payload["total_quantity"], payload["total_payment"]

    def _numbered(self, number: int) -> FloatArray:
        return np.full(len(self.quantity), float(number))

"""The price at which most is traded, and who trades how much at it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heron.types import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class Clearing:
    """Result of a double auction in each environment.

    Parameters
    ----------
    quantity : (n_trader, n_env)
        What each trades, positive when it sells. [unit of the orders]
    price : (n_env,)
        What one unit costs, for all alike; 0 where nothing is traded. [unit of the limits]
    traded : (n_env,)
        Where anything is traded.
    """

    quantity: FloatArray
    price: FloatArray
    traded: BoolArray


def clear(quantity: FloatArray, limit_price: FloatArray, *, price_split: float = 0.5) -> Clearing:
    """Uniform-price double auction.

    The greatest volume is traded that leaves nobody beyond its limit. Sellers with the lowest and buyers with the
    highest limits come first; those with equal limits share what is left in proportion to their orders. The price lies
    between the highest limit of a seller and the lowest limit of a buyer who trade.

    Parameters
    ----------
    quantity : (n_trader, n_env)
        Greatest quantity each would trade, positive to sell, negative to buy.
    limit_price : (n_trader, n_env)
        Lowest price for which it sells, highest for which it buys.
    price_split
        0 gives the whole margin to the buyers, 1 to the sellers. [1]

    Source
    ------
    k-double auction: Chatterjee, Samuelson, Bargaining under incomplete information, Operations Research 31 (1983)
    835–851, with ``price_split`` for k.
    """
    sell, buy = np.maximum(quantity, 0.0), np.maximum(-quantity, 0.0)
    supply, supply_before, supply_tied = _offered_up_to(sell, limit_price)
    demand, demand_before, demand_tied = _offered_up_to(buy, -limit_price)
    volume = np.minimum(supply, demand).max(axis=0)
    sold = sell * _filled(volume, supply, supply_before, supply_tied)
    bought = buy * _filled(volume, demand, demand_before, demand_tied)
    seller_limit = np.where(sold > 0.0, limit_price, -np.inf).max(axis=0)
    buyer_limit = np.where(bought > 0.0, limit_price, np.inf).min(axis=0)
    traded = np.isfinite(seller_limit) & np.isfinite(buyer_limit)
    low, high = np.where(traded, seller_limit, 0.0), np.where(traded, buyer_limit, 0.0)
    price = np.clip(low + price_split * (high - low), low, high)
    return Clearing(np.where(traded, sold - bought, 0.0), price, traded)


def balance(quantity: FloatArray) -> FloatArray:
    """Trades in which as much is sold as bought: the longer side is cut in proportion.

    Parameters
    ----------
    quantity : (n_trader, n_env)
        What each would trade at the price that is fixed already, positive to sell.
    """
    sold, bought = _total(np.maximum(quantity, 0.0)), _total(np.maximum(-quantity, 0.0))
    volume = np.minimum(sold, bought)
    of_sales = np.divide(volume, sold, out=np.zeros_like(sold), where=sold > 0.0)
    of_purchases = np.divide(volume, bought, out=np.zeros_like(bought), where=bought > 0.0)
    return np.where(quantity > 0.0, quantity * of_sales, quantity * of_purchases)


def _offered_up_to(amount: FloatArray, rank: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Amounts with a rank up to each trader's, below it, and equal to it, ``(n_trader, n_env)`` each."""
    up_to, before, tied = np.zeros_like(amount), np.zeros_like(amount), np.zeros_like(amount)
    # One after the other: numpy's sums over an axis depend on the number of environments.
    for other, other_rank in zip(amount, rank, strict=True):
        up_to += np.where(other_rank <= rank, other, 0.0)
        before += np.where(other_rank < rank, other, 0.0)
        tied += np.where(other_rank == rank, other, 0.0)
    return up_to, before, tied


def _filled(volume: FloatArray, up_to: FloatArray, before: FloatArray, tied: FloatArray) -> FloatArray:
    """Fraction of each order that is executed, 0 … 1."""
    share = np.divide(volume - before, tied, out=np.zeros_like(tied), where=tied > 0.0)
    # Compared with the sum itself, so that an order which fits is executed to the last digit.
    return np.where(volume >= up_to, 1.0, np.clip(share, 0.0, 1.0))


def _total(rows: FloatArray) -> FloatArray:
    total = np.zeros(rows.shape[1])
    for row in rows:
        total = total + row
    return total

"""The double auction: most volume, one price, nobody beyond its limit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heron.protocols.clearing import Clearing, balance, clear
from heron.types import FloatArray

amounts = st.floats(-100.0, 100.0).map(lambda amount: round(amount, 3))
limits = st.integers(0, 8).map(float)  # few, so that many are equal
orders = st.lists(st.tuples(amounts, limits), min_size=1, max_size=8)


def column(*values: float) -> FloatArray:
    return np.array(values, dtype=np.float64)[:, np.newaxis]


def cleared(given: list[tuple[float, float]], *, price_split: float = 0.5) -> Clearing:
    quantity, limit_price = zip(*given, strict=True)
    return clear(column(*quantity), column(*limit_price), price_split=price_split)


def test_the_greatest_volume_is_traded_at_one_price() -> None:
    # sellers 10 from 20, 5 from 30, 8 from 50; buyers 6 up to 60, 7 up to 40, 4 up to 25
    # at 20 and 25: min(10, 17) = 10; at 30 and 40: min(15, 13) = 13; at 50 and 60: min(23, 6) = 6
    # so 13 are traded: all 10 from 20 and 3 of 5 from 30, to both buyers above; price (30 + 40) / 2 = 35
    result = cleared([(10.0, 20.0), (5.0, 30.0), (8.0, 50.0), (-6.0, 60.0), (-7.0, 40.0), (-4.0, 25.0)])
    assert result.quantity[:, 0].tolist() == [10.0, 3.0, 0.0, -6.0, -7.0, 0.0]
    assert result.price.tolist() == [35.0]
    assert result.traded.tolist() == [True]


@pytest.mark.parametrize(("split", "price"), [(0.0, 30.0), (0.25, 32.5), (1.0, 40.0)])
def test_the_split_says_who_gets_the_margin(split: float, price: float) -> None:
    # the last seller's limit is 30, the last buyer's 40
    assert cleared([(1.0, 30.0), (-1.0, 40.0)], price_split=split).price.tolist() == [price]


@given(sales=st.lists(st.tuples(st.floats(0.001, 10.0), limits), min_size=1, max_size=8))
def test_orders_that_fit_are_executed_to_the_last_digit(sales: list[tuple[float, float]]) -> None:
    traded = cleared([*sales, (-1000.0, 10.0)]).quantity[:-1, 0]
    assert traded.tolist() == [order for order, _ in sales]


def test_equal_limits_share_in_proportion_to_their_orders() -> None:
    # 8 are asked of 4 + 12 at the same limit: half of each; price (20 + 30) / 2
    result = cleared([(4.0, 20.0), (12.0, 20.0), (-8.0, 30.0)])
    assert result.quantity[:, 0].tolist() == [2.0, 6.0, -8.0]
    assert result.price.tolist() == [25.0]


def test_nothing_is_traded_where_no_limits_meet() -> None:
    result = cleared([(5.0, 50.0), (-5.0, 40.0)])
    assert (result.quantity[:, 0].tolist(), result.price.tolist()) == ([0.0, 0.0], [0.0])
    assert result.traded.tolist() == [False]


@given(given_orders=orders, price_split=st.floats(0.0, 1.0))
def test_a_clearing_is_balanced_within_limits_and_as_large_as_can_be(
    given_orders: list[tuple[float, float]], price_split: float
) -> None:
    result = cleared(given_orders, price_split=price_split)
    traded, price = result.quantity[:, 0], result.price[0]
    sold, bought = traded[traded > 0.0].sum(), -traded[traded < 0.0].sum()
    assert sold == pytest.approx(bought, rel=1e-12, abs=1e-12)
    for amount, (order, limit) in zip(traded, given_orders, strict=True):
        assert 0.0 <= amount / order <= 1.0 if order else amount == 0.0
        assert amount == 0.0 or (price >= limit if amount > 0.0 else price <= limit)
    # the volume that could change hands at each price anyone named
    possible = [
        min(
            sum(order for order, limit in given_orders if order > 0.0 and limit <= candidate),
            sum(-order for order, limit in given_orders if order < 0.0 and limit >= candidate),
        )
        for _, candidate in given_orders
    ]
    assert sold == pytest.approx(max(possible), rel=1e-12, abs=1e-12)


@given(given_orders=orders)
def test_equal_orders_trade_equally(given_orders: list[tuple[float, float]]) -> None:
    traded = cleared([*given_orders, given_orders[0]]).quantity[:, 0]
    assert traded[-1] == traded[0]


def test_seven_environments_equal_each_alone_bit_for_bit() -> None:
    rng = np.random.default_rng(0)
    quantity, limit_price = rng.normal(size=(40, 7)), rng.integers(0, 10, (40, 7)).astype(np.float64)
    together = clear(quantity, limit_price)
    for env in range(7):
        alone = clear(quantity[:, [env]], limit_price[:, [env]])
        assert alone.quantity[:, 0].tolist() == together.quantity[:, env].tolist()
        assert alone.price[0] == together.price[env]


def test_the_longer_side_is_cut_in_proportion() -> None:
    # 2 + 6 sold and 4 bought: each seller half
    assert balance(column(2.0, 6.0, -4.0))[:, 0].tolist() == [1.0, 3.0, -4.0]
    assert balance(column(2.0, -6.0, -2.0))[:, 0].tolist() == [2.0, -1.5, -0.5]
    assert balance(column(2.0, 0.0))[:, 0].tolist() == [0.0, 0.0]

"""A price from a superior to its subordinates."""

from __future__ import annotations

import numpy as np
import pytest

from heron.agents import CoordinatorAgent, FieldAgent
from heron.envs.demo import Room
from heron.errors import ConfigError
from heron.protocols import PriceSignalProtocol
from heron.testing import check_protocol_elementwise


def test_the_action_reaches_from_the_lowest_to_the_highest_price() -> None:
    protocol = PriceSignalProtocol(10.0, 50.0)
    np.testing.assert_array_equal(protocol.price(np.array([[-1.0], [0.0], [1.0]])), [10.0, 30.0, 50.0])
    assert (protocol.action_dim({}), protocol.action_names({})) == (1, ["price"])


def test_everybody_hears_the_same_price() -> None:
    told = PriceSignalProtocol(0.0, 100.0).coordinate(np.array([[0.5]]), {"a": Room("a"), "b": Room("b")})
    assert {name: directive["price"].tolist() for name, directive in told.items()} == {"a": [75.0], "b": [75.0]}


def test_no_action_means_no_price() -> None:
    assert PriceSignalProtocol().coordinate(None, {"a": Room("a")}) == {}


def test_the_inbox_row_is_scaled_to_the_prices_possible() -> None:
    (row,) = PriceSignalProtocol(10.0, 50.0, unit="USD").inbox
    assert (row.name, row.unit, row.offset, row.scale) == ("price", "USD", 30.0, 20.0)


def test_a_price_has_no_neutral_action_and_is_no_fixed_map() -> None:
    assert PriceSignalProtocol().neutral_action({}) is None
    assert PriceSignalProtocol().compile({}, {}) is None


def test_crossed_prices_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"price_low < price_high, got 5.0 and 5.0"):
        PriceSignalProtocol(5.0, 5.0)


def test_a_device_without_a_response_is_refused_when_the_environment_is_built() -> None:
    with pytest.raises(ConfigError, match="directs 'meter', but FieldAgent declares no response to a price"):
        PriceSignalProtocol().check({"room": Room("a"), "meter": FieldAgent("b")})
    PriceSignalProtocol().check({"room": Room("a"), "area": CoordinatorAgent("c")})


def test_each_environment_hears_its_own_price() -> None:
    check_protocol_elementwise(PriceSignalProtocol(), {"a": Room("a"), "b": Room("b")})

"""The proxy: what each agent may see, now and before."""

from __future__ import annotations

import numpy as np
import pytest

from heron.agents import ProxyAgent
from heron.core import Quantity, TableBuilder, Visibility
from heron.errors import StateError


@pytest.fixture
def proxy() -> ProxyAgent:
    builder = TableBuilder(2)
    builder.add_block(["tank1"], Quantity(name="level_m", visibility=frozenset({Visibility.OWNER})), feature="water")
    builder.add_block(["world"], Quantity(name="rain", visibility=frozenset({Visibility.PUBLIC})), feature="weather")
    table = builder.build()
    table.own([0], agent_id="tank1", parent_id="north")
    made = ProxyAgent(history=2)
    made.register(table, {"tank1": 1, "north": 2})
    for hour in range(3):
        table.values[...] = float(hour)
        made.take(table, hour * 3600)
    return made


def test_each_agent_is_shown_the_rows_it_may_see(proxy: ProxyAgent) -> None:
    np.testing.assert_array_equal(proxy.visible("tank1"), [[2.0, 2.0], [2.0, 2.0]])
    np.testing.assert_array_equal(proxy.visible("north"), [[2.0, 2.0]])


def test_an_older_moment_shows_the_newest_snapshot_up_to_it(proxy: ProxyAgent) -> None:
    assert proxy.visible("north", at_ns=7199)[0, 0] == 1.0
    assert proxy.visible("north", at_ns=7200)[0, 0] == 2.0


def test_a_moment_before_the_history_is_an_error(proxy: ProxyAgent) -> None:
    with pytest.raises(StateError, match="'proxy' has no snapshot as old as 3599 ns"):
        proxy.visible("north", at_ns=3599)


def test_a_stranger_is_refused(proxy: ProxyAgent) -> None:
    with pytest.raises(StateError, match=r"knows no agent 'south'; it knows \['north', 'tank1'\]"):
        proxy.visible("south")


def test_what_is_shown_is_a_copy(proxy: ProxyAgent) -> None:
    proxy.visible("north")[...] = 9.0
    assert proxy.visible("north")[0, 0] == 2.0


def test_the_proxy_is_at_level_zero(proxy: ProxyAgent) -> None:
    assert (proxy.level, proxy.agent_id) == (0, "proxy")

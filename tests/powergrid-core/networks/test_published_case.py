"""Published cases are pandapower's."""

from __future__ import annotations

import pytest

from powergrid.errors import NetworkError
from powergrid.networks.published_case import published_case


def test_a_case_is_found_by_name() -> None:
    net = published_case("case118")
    assert len(net.bus) == 118
    assert len(net.gen) == 53


def test_an_unknown_case_gets_the_nearest_one() -> None:
    with pytest.raises(NetworkError, match="case118"):
        published_case("case117")

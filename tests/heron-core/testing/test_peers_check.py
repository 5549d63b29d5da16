"""The check of protocols between peers passes those of HERON and finds faults that were put in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from heron.protocols import Letter, Topology
from heron.protocols.horizontal import ConsensusProtocol, NoHorizontalProtocol, PeerToPeerTradingProtocol
from heron.testing import ContractViolation
from heron.testing.peers import check_peers_elementwise
from heron.types import FloatArray


class Mixing(ConsensusProtocol):
    """Shows everyone the mean over the environments."""

    def outcome(self, agent_id: str) -> dict[str, FloatArray]:
        return {name: np.full_like(value, value.mean()) for name, value in super().outcome(agent_id).items()}


class Choosy(ConsensusProtocol):
    """Speaks only where something is positive."""

    def compose(self, agent_id: str, own_values: Mapping[str, FloatArray]) -> list[Letter]:
        letters = super().compose(agent_id, own_values)
        return letters if (own_values["value"] > 0.0).any() else []


class Scalar(ConsensusProtocol):
    """Forgets the axis of environments."""

    def outcome(self, agent_id: str) -> dict[str, Any]:
        return {name: value[0] for name, value in super().outcome(agent_id).items()}


@pytest.mark.parametrize(
    "build",
    [
        lambda: ConsensusProtocol(Topology.ring("abcd")),
        lambda: PeerToPeerTradingProtocol(list("abcde"), settle_s=1.0),
        NoHorizontalProtocol,
    ],
)
def test_the_shipped_protocols_keep_to_it(build: Any) -> None:
    check_peers_elementwise(build)


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        (Mixing, r"outcome of 'a' depends on other environments: 'consensus' in 0 is"),
        (Choosy, "must not depend on values"),
        (Scalar, r"outcome of 'a' has 'consensus' of shape \(\) for 7 environments"),
    ],
)
def test_a_protocol_that_mixes_environments_is_found(kind: type[ConsensusProtocol], complaint: str) -> None:
    with pytest.raises(ContractViolation, match=complaint):
        check_peers_elementwise(lambda: kind(Topology.line("ab")))

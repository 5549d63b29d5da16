"""Protocols between peers: consensus, trade, and none."""

from __future__ import annotations

from collections.abc import Mapping

from heron.protocols.consensus import ConsensusProtocol as ConsensusProtocol
from heron.protocols.peers import HorizontalProtocol as HorizontalProtocol
from heron.protocols.peers import Letter as Letter
from heron.protocols.peers import Stage as Stage
from heron.protocols.peers import exchange as exchange
from heron.protocols.topology import Topology as Topology
from heron.protocols.trading import PeerToPeerTradingProtocol as PeerToPeerTradingProtocol
from heron.types import FloatArray


class NoHorizontalProtocol(HorizontalProtocol):
    """Peers do not talk."""

    def neighbours(self, agent_id: str) -> tuple[str, ...]:
        """Nobody."""
        return ()

    def begin(self, n_env: int) -> None:
        """Nothing to forget."""

    def compose(self, agent_id: str, own_values: Mapping[str, FloatArray]) -> list[Letter]:
        """Nothing."""
        return []

    def receive(self, agent_id: str, sender: str, payload: Mapping[str, FloatArray]) -> list[Letter]:
        """No answer."""
        return []

    def outcome(self, agent_id: str) -> dict[str, FloatArray]:
        """Nothing."""
        return {}

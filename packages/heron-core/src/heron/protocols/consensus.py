"""Agreement on a mean by talking to neighbours only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from heron.core.quantity import Quantity
from heron.core.visibility import Visibility
from heron.errors import ConfigError, StateError
from heron.protocols.peers import HorizontalProtocol, Letter
from heron.protocols.running_sum import RunningSum, add, minus, plus, zero
from heron.protocols.topology import Topology
from heron.types import FloatArray

_OWNER = frozenset({Visibility.OWNER})
# Who gives for long and gets nothing, as when its receiver is broken, stops giving here, far from underflow.
_LEAST_WEIGHT = 2.0**-60


@dataclass(slots=True)
class _Purse:
    """What one participant holds, has given to each neighbour, and has taken from each.

    Amounts are running sums ``(2, n_env)``: the sum of values above, the weight below.
    """

    value: FloatArray
    held: RunningSum
    given: RunningSum
    count: int
    taken: dict[str, tuple[int, RunningSum]]


class ConsensusProtocol(HorizontalProtocol):
    """Gossip averaging: everyone comes to know the mean of all values, telling its neighbours only.

    Each participant holds a sum and a weight, at first its value and 1, and estimates the mean as their ratio. At each
    round it splits both in equal shares among itself and its neighbours. What it tells is not the share but all it has
    ever given: a message that gets lost is contained in the next, one that is overtaken by a later one is nothing new,
    so nothing is ever lost or counted twice. `mass` is the same after every message. On a connected graph all
    estimates converge to the mean, whatever the delays, losses and order, as long as each link works again and again.

    A value that changes moves the mean along: the difference is added to the participant's sum.

    Parameters
    ----------
    topology
        Who talks to whom; connected.
    value
        Name of what each participant gives.
    unit
        Unit of the value.
    offset, scale
        How an estimate is shown in observations. [unit]

    Raises
    ------
    ConfigError
        If the graph is not connected, naming its components.

    Source
    ------
    Sums and weights: Kempe, Dobra, Gehrke, Gossip-based computation of aggregate information, FOCS 2003. Running sums
    against losses: Hadjicostis, Domínguez-García, Vaidya, Resilient average consensus in the presence of heterogeneous
    packet dropping links, CDC 2012; Hadjicostis, Vaidya, Domínguez-García, Robust distributed average consensus via
    exchange of running sums, IEEE Transactions on Automatic Control 61 (2016) 1492–1507, doi:10.1109/TAC.2015.2471695.
    """

    name = "consensus"

    def __init__(
        self, topology: Topology, *, value: str = "value", unit: str = "1", offset: float = 0.0, scale: float = 1.0
    ) -> None:
        components = topology.components()
        if len(components) > 1:
            raise ConfigError(
                f"Consensus needs a connected topology; this one falls into {components}.",
                remedy="Link the groups with each other.",
            )
        self.topology = topology
        self.participants = topology.participants
        self.members = topology.participants
        self.takes = (Quantity(name=value, unit=unit, offset=offset, scale=scale),)
        self.inbox = (Quantity(name="consensus", unit=unit, offset=offset, scale=scale, visibility=_OWNER),)
        self.begin(1)

    def neighbours(self, agent_id: str) -> tuple[str, ...]:
        """Those it is linked with."""
        self._require_participant(agent_id)
        return self.topology.neighbours(agent_id)

    def begin(self, n_env: int) -> None:
        """Forget all values."""
        self._n_env = n_env
        self._purses = {
            name: _Purse(
                value=np.zeros(n_env),
                held=zero((2, n_env)),
                given=zero((2, n_env)),
                count=0,
                taken={},
            )
            for name in self.participants
        }

    def compose(self, agent_id: str, own_values: Mapping[str, FloatArray]) -> list[Letter]:
        """All that a participant has ever given to each neighbour, this round's share included."""
        neighbours = self.neighbours(agent_id)
        (value,) = self._own(agent_id, own_values, self._n_env)
        purse = self._purses[agent_id]
        weight = np.full(self._n_env, 1.0 if purse.count == 0 else 0.0)
        purse.held = plus(plus(purse.held, np.array([value, weight])), np.array([-purse.value, 0.0 * weight]))
        purse.value, purse.count = value, purse.count + 1
        share = np.where(purse.held[0][1] > _LEAST_WEIGHT, purse.held[0] / (len(neighbours) + 1), 0.0)
        for _ in neighbours:
            purse.held = plus(purse.held, -share)
        purse.given = plus(purse.given, share)
        payload = _payload(purse)
        return [(neighbour, payload) for neighbour in neighbours]

    def receive(self, agent_id: str, sender: str, payload: Mapping[str, FloatArray]) -> list[Letter]:
        """Take what the sender has given since its last message that arrived; nothing is answered."""
        self._require_participant(agent_id)
        purse = self._purses[agent_id]
        known, taken = purse.taken.get(sender, (0, zero((2, self._n_env))))
        count = int(payload["count"][0])
        if count > known:
            high, low = (np.array([payload[f"sum{part}"], payload[f"weight{part}"]]) for part in ("", "_low"))
            purse.held = add(purse.held, minus((high, low), taken))
            purse.taken[sender] = (count, (high, low))
        return []

    def outcome(self, agent_id: str) -> dict[str, FloatArray]:
        """The participant's estimate of the mean; nothing before it has said or heard anything."""
        self._require_participant(agent_id)
        purse = self._purses[agent_id]
        total, weight = purse.held[0]
        return {"consensus": total / weight} if purse.count or purse.taken else {}

    def mass(self) -> tuple[FloatArray, FloatArray]:
        """Sum and weight of all participants and of all that is on its way or waits to be told again.

        Returns
        -------
        (n_env,), (n_env,)
            The sum of the values last given [unit] and the number of those who have given one [1], whatever has been
            delayed, lost or reordered.
        """
        nothing = zero((2, self._n_env))
        mass = nothing
        for name, purse in self._purses.items():
            mass = add(mass, purse.held)
            for neighbour in self.topology.neighbours(name):
                _, taken = self._purses[neighbour].taken.get(name, (0, nothing))
                mass = add(mass, minus(purse.given, taken))
        total, weight = mass[0]
        return total, weight

    def save_state(self) -> dict[str, Any]:
        """What everyone holds, has given and has taken."""
        return {name: _plain(purse) for name, purse in self._purses.items()}

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave.

        Raises
        ------
        StateError
            If the participants or the number of environments are others.
        """
        if set(state) != set(self.participants):
            raise StateError(f"Saved consensus of {sorted(state)} does not fit {sorted(self.participants)}.")
        purses = {name: _purse(state[name]) for name in self.participants}
        n_env = len(next(iter(purses.values())).value)
        if n_env != self._n_env:
            raise StateError(f"Saved consensus of {n_env} environments does not fit {self._n_env}.")
        self._purses = purses


def _payload(purse: _Purse) -> dict[str, FloatArray]:
    return {
        "count": np.full(len(purse.value), float(purse.count)),
        "sum": purse.given[0][0],
        "weight": purse.given[0][1],
        "sum_low": purse.given[1][0],
        "weight_low": purse.given[1][1],
    }


def _plain(purse: _Purse) -> dict[str, Any]:
    taken = {sender: [count, *_lists(amount)] for sender, (count, amount) in purse.taken.items()}
    held, given = _lists(purse.held), _lists(purse.given)
    return {"value": purse.value.tolist(), "held": held, "given": given, "count": purse.count, "taken": taken}


def _purse(plain: Mapping[str, Any]) -> _Purse:
    taken = {sender: (count, _running(*amount)) for sender, (count, *amount) in plain["taken"].items()}
    held, given = _running(*plain["held"]), _running(*plain["given"])
    return _Purse(value=np.array(plain["value"]), held=held, given=given, count=plain["count"], taken=taken)


def _lists(amount: RunningSum) -> list[list[list[float]]]:
    return [part.tolist() for part in amount]


def _running(high: list[list[float]], low: list[list[float]]) -> RunningSum:
    return np.array(high, dtype=np.float64), np.array(low, dtype=np.float64)

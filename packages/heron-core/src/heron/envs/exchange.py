"""What peers tell each other in lockstep: a whole round within an instant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from heron.agents.binding import AgentBinding
from heron.core.clock import nanoseconds
from heron.core.observation import Observation
from heron.errors import ConfigError, UnknownNameError, suggest
from heron.protocols.peers import HorizontalProtocol, hold_round
from heron.types import FloatArray

Give = Callable[[str, Observation], Mapping[str, FloatArray]]
"""What an agent gives at a round, ``(n_env,)`` each, from its name and what it sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A protocol between peers, and what they say in it.

    Parameters
    ----------
    protocol
        The protocol; its members are agents of the environment.
    give
        What a member gives at each round; it sees no more than the member.
    interval_s
        From one round to the next in event-driven execution; a control step when not given. In lockstep every control
        step has one round, before anyone acts. [s]

    Raises
    ------
    ConfigError
        If the interval is not positive.
    """

    protocol: HorizontalProtocol
    give: Give
    interval_s: float | None = None

    def __post_init__(self) -> None:
        if self.interval_s is not None and nanoseconds(self.interval_s, "The interval of an exchange") < 1:
            raise ConfigError("The interval of an exchange is 0 s.", remedy="Give more, or nothing for every step.")


class Exchanges:
    """All exchanges of an environment.

    Parameters
    ----------
    exchanges
        The exchanges, in the order of their rounds.
    binding
        Whose inboxes the outcomes go into.
    n_env
        Number of environments.

    Raises
    ------
    UnknownNameError
        If a member is no agent.
    """

    def __init__(self, exchanges: Sequence[Exchange], binding: AgentBinding, n_env: int) -> None:
        self.all = tuple(exchanges)
        self._binding, self._n_env = binding, n_env
        for one in self.all:
            for member in one.protocol.members:
                if member not in binding.agents:
                    raise UnknownNameError(
                        f"{member!r} is to take part in a {type(one.protocol).__name__} but is no agent.",
                        remedy=suggest(member, binding.agents),
                    )

    def begin(self, envs: Sequence[int] | np.ndarray[tuple[int], np.dtype[np.intp]]) -> None:
        """Begin episodes: nobody knows anything.

        Raises
        ------
        ConfigError
            If only some environments begin: peers share their messages over all of them.
        """
        if self.all and len(envs) != self._n_env:
            raise ConfigError(
                f"Environments with exchanges between peers begin together; {len(envs)} of {self._n_env} were reset.",
                remedy="Let episodes end together, or build the environments one by one.",
            )
        for one in self.all:
            one.protocol.begin(self._n_env)

    def meet(self, observe: Callable[[str], Observation]) -> None:
        """Hold a round of each exchange, and write the outcomes into the members' inboxes."""
        for one in self.all:
            given = {member: one.give(member, observe(member)) for member in one.protocol.members}
            told = hold_round(one.protocol, given)
            for member in one.protocol.members:
                self.conclude(one.protocol, member, age_s=0.0 if member in told else None)

    def conclude(self, protocol: HorizontalProtocol, member: str, *, age_s: float | None) -> None:
        """Let a member know what has come out; without an age, what it knows is as old as before. [s]"""
        outcome = protocol.outcome(member)
        if outcome:
            self._binding.deliver(member, outcome, age_s=age_s, age=protocol.age)

    def save_state(self) -> list[object]:
        """What the participants know."""
        return [one.protocol.save_state() for one in self.all]

    def restore_state(self, state: Sequence[object]) -> None:
        """Take back what `save_state` gave."""
        for one, saved in zip(self.all, state, strict=True):
            assert isinstance(saved, Mapping)
            one.protocol.begin(self._n_env)
            one.protocol.restore_state(saved)

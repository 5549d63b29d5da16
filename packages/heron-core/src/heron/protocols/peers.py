"""The interface of protocols between peers: rounds of messages, each participant by itself."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from heron.core.quantity import Quantity
from heron.errors import ActionError, UnknownNameError, suggest
from heron.protocols.base import NoProtocol
from heron.types import FloatArray

Letter: TypeAlias = tuple[str, Mapping[str, FloatArray]]
"""A receiver and what it is to be told, ``(n_env,)`` each."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Participants that speak at the same moment of a round.

    Parameters
    ----------
    participants
        Who speaks, in this order.
    after_s
        How long after the beginning of the round. [s]
    """

    participants: tuple[str, ...]
    after_s: float = 0.0


class HorizontalProtocol(NoProtocol):
    """Between peers, who direct nobody; belongs to the environment.

    A round goes like this: stage by stage every participant says something (`compose`); whatever arrives, at once, late
    or never, is read by its receiver, who may answer (`receive`); what a member knows then (`outcome`) is written into
    its inbox rows. Each of the three looks at one participant's own state and nothing else, so that participants may
    live in different processes. Who is written to does not depend on values: in a batch all environments share the
    messages, and each is treated by itself.

    Attributes
    ----------
    name
        Stands before the age of what a member learns: row ``member.inbox.<name>_age_s``.
    participants
        Everyone with a mailbox, in the order of speaking.
    members
        The participants that are agents with values and inbox rows of their own; others only help.
    takes
        What a member gives at each round.
    inbox
        What a member learns; each becomes a row ``member.inbox.name``.
    """

    name: str = "peers"
    participants: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    takes: tuple[Quantity, ...] = ()
    inbox: Sequence[Quantity] = ()

    @property
    def age(self) -> str:
        """Inbox row with the age of what a member has learnt. [s]"""
        return f"{self.name}_age_s"

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages of a round; one, with all participants, unless a protocol says otherwise."""
        return (Stage(self.participants),)

    @abstractmethod
    def neighbours(self, agent_id: str) -> tuple[str, ...]:
        """To whom a participant may write."""

    @abstractmethod
    def begin(self, n_env: int) -> None:
        """Begin an episode in this many environments: nobody knows anything yet."""

    @abstractmethod
    def compose(self, agent_id: str, own_values: Mapping[str, FloatArray]) -> list[Letter]:
        """What a participant says when a round begins for it.

        Parameters
        ----------
        agent_id
            Who speaks.
        own_values
            What `takes` asks for, ``(n_env,)`` each; nothing from a participant that is no member.

        Raises
        ------
        ActionError
            If a value is missing, misshapen or not a number.
        UnknownNameError
            If the agent is no participant.
        """

    @abstractmethod
    def receive(self, agent_id: str, sender: str, payload: Mapping[str, FloatArray]) -> list[Letter]:
        """Let a participant read a message.

        Parameters
        ----------
        agent_id
            Who reads.
        sender
            Who wrote.
        payload
            What `compose` or `receive` of the sender gave.

        Returns
        -------
        list of Letter
            What it answers, often nothing.
        """

    @abstractmethod
    def outcome(self, agent_id: str) -> dict[str, FloatArray]:
        """What a member has learnt, by inbox row, ``(n_env,)`` each; rows that are missing stay as they are."""

    def save_state(self) -> dict[str, Any]:
        """What the participants know, as plain data."""
        return {}

    def restore_state(self, state: Mapping[str, Any]) -> None:
        """Take back what `save_state` gave, after `begin` with the same number of environments."""

    def _own(self, agent_id: str, own_values: Mapping[str, FloatArray], n_env: int) -> list[FloatArray]:
        """Values of a member in the order of `takes`, checked and copied."""
        values = []
        for quantity in self.takes:
            if quantity.name not in own_values:
                raise ActionError(
                    f"{type(self).__name__}: {agent_id!r} gives {sorted(own_values)} and no {quantity.name!r}.",
                    remedy=f"Each member gives {[one.name for one in self.takes]} at every round.",
                )
            value = np.array(own_values[quantity.name], dtype=np.float64)
            if value.shape != (n_env,) or not np.isfinite(value).all():
                raise ActionError(
                    f"{type(self).__name__}: {quantity.name!r} of {agent_id!r} is {value.tolist()}, "
                    f"not {n_env} finite numbers."
                )
            values.append(value)
        return values

    def _require_participant(self, agent_id: str) -> None:
        if agent_id not in self.participants:
            raise UnknownNameError(
                f"{type(self).__name__}: {agent_id!r} does not take part.",
                remedy=suggest(agent_id, self.participants) or f"Those who do are {list(self.participants)}.",
            )


def exchange(
    protocol: HorizontalProtocol, own_values: Mapping[str, Mapping[str, FloatArray]]
) -> dict[str, dict[str, FloatArray]]:
    """One round within an instant, every message delivered at once in the order of sending.

    Parameters
    ----------
    protocol
        After its `begin`.
    own_values
        What each member gives.

    Returns
    -------
    dict
        Outcome of each member.
    """
    hold_round(protocol, own_values)
    return {agent_id: protocol.outcome(agent_id) for agent_id in protocol.members}


def hold_round(protocol: HorizontalProtocol, own_values: Mapping[str, Mapping[str, FloatArray]]) -> set[str]:
    """As `exchange`; gives the participants who have been told something."""
    told: set[str] = set()
    for stage in protocol.stages:
        letters = [
            (agent_id, *letter)
            for agent_id in stage.participants
            for letter in protocol.compose(agent_id, own_values.get(agent_id, {}))
        ]
        for sender, receiver, payload in letters:  # grows while it is read
            letters += [(receiver, *answer) for answer in protocol.receive(receiver, sender, payload)]
            told.add(receiver)
    return told

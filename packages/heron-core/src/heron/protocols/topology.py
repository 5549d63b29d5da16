"""Who may talk to whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from heron.errors import ConfigError, UnknownNameError, suggest


class Topology:
    """An undirected graph of participants.

    Parameters
    ----------
    participants
        Names, each once.
    links
        Pairs that talk in both directions; a pair given twice is one link.

    Raises
    ------
    ConfigError
        If a name appears twice, or somebody is linked with itself.
    UnknownNameError
        If a link names nobody.
    """

    def __init__(self, participants: Iterable[str], links: Iterable[tuple[str, str]]) -> None:
        self.participants = tuple(participants)
        twice = sorted({name for name in self.participants if self.participants.count(name) > 1})
        if twice or not self.participants:
            raise ConfigError(f"A topology of {list(self.participants)} needs at least one name, and each once.")
        neighbours: dict[str, dict[str, None]] = {name: {} for name in self.participants}
        for one, other in links:
            for name in (one, other):
                if name not in neighbours:
                    raise UnknownNameError(
                        f"Link {one!r} – {other!r} names {name!r}, who does not take part.",
                        remedy=suggest(name, self.participants),
                    )
            if one == other:
                raise ConfigError(f"{one!r} is linked with itself.", remedy="Leave the link out.")
            neighbours[one][other] = None
            neighbours[other][one] = None
        self._neighbours = {name: tuple(others) for name, others in neighbours.items()}

    @classmethod
    def line(cls, participants: Sequence[str]) -> Topology:
        """Each linked with the one before it."""
        return cls(participants, pairwise(participants))

    @classmethod
    def ring(cls, participants: Sequence[str]) -> Topology:
        """A line whose ends are linked."""
        around = [*pairwise(participants)]
        if len(participants) > 2:
            around.append((participants[-1], participants[0]))
        return cls(participants, around)

    @classmethod
    def star(cls, participants: Sequence[str]) -> Topology:
        """The first linked with all others."""
        return cls(participants, [(participants[0], other) for other in participants[1:]])

    @classmethod
    def complete(cls, participants: Sequence[str]) -> Topology:
        """Everyone linked with everyone."""
        return cls(participants, [(a, b) for i, a in enumerate(participants) for b in participants[i + 1 :]])

    def neighbours(self, name: str) -> tuple[str, ...]:
        """Those a participant is linked with, in the order of the links."""
        return self._neighbours[name]

    def components(self) -> list[list[str]]:
        """Groups that can reach each other, in the order of the participants."""
        found: list[list[str]] = []
        seen: set[str] = set()
        for start in self.participants:
            if start in seen:
                continue
            group, waiting = {start}, [start]
            while waiting:
                new = [other for other in self._neighbours[waiting.pop()] if other not in group]
                group.update(new)
                waiting += new
            seen |= group
            found.append([name for name in self.participants if name in group])
        return found

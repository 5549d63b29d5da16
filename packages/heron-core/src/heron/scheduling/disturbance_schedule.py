"""All that may go wrong in an episode: planned disturbances and random ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import combinations
from typing import TypeAlias

from heron.core.clock import NANOSECONDS, nanoseconds
from heron.core.random import SeedTree
from heron.errors import ConfigError, UnknownNameError, suggest
from heron.scheduling.disturbance import Disturbance, OccurringDisturbance, Parameters, PoissonDisturbance, texts

_Hit: TypeAlias = tuple[str, str, tuple[str, ...]]


class DisturbanceSchedule:
    """All that may go wrong in an episode.

    Parameters
    ----------
    scheduled
        What happens at times known beforehand.
    random
        What happens at random; each kind at most once for a target.

    Raises
    ------
    ConfigError
        If two planned disturbances have one name, or one kind, one target, overlapping times and other numbers; or
        if two random ones have one kind and one target.

    Notes
    -----
    Parameters that are texts, such as the row that a sensor reads, are part of the target here.
    """

    def __init__(self, scheduled: Sequence[Disturbance] = (), random: Sequence[PoissonDisturbance] = ()) -> None:
        self.scheduled = tuple(scheduled)
        self.random = tuple(random)
        _check_names(self.scheduled)
        _check_overlaps([planned.occurring() for planned in self.scheduled])
        _check_streams(self.random)

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds that handlers are needed for."""
        planned = {disturbance.kind for disturbance in self.scheduled}
        return frozenset(planned | {process.kind for process in self.random})

    def check_kinds(self, known: Collection[str]) -> None:
        """Make sure that every kind has a handler.

        Raises
        ------
        UnknownNameError
            If one has none.
        """
        for kind in sorted(self.kinds - set(known)):
            there = ", ".join(sorted(known)) or "none"
            raise UnknownNameError(
                f"No handler carries out disturbances of kind {kind!r}; there are {there}.",
                remedy=suggest(kind, known),
            )

    def draw(self, tree: SeedTree, horizon_s: float) -> list[OccurringDisturbance]:
        """What happens in one episode, in order of its beginning.

        Parameters
        ----------
        tree
            Streams of the episode; each target and kind has one of its own, so that none shifts another.
        horizon_s
            Only what begins before is drawn. [s]

        Notes
        -----
        Where one kind overlaps itself at one target, the earlier one lasts to the end of both and keeps its name and
        parameters. Where the end of one and the beginning of another share an instant, the one that ends is earlier in
        the list.

        Raises
        ------
        ConfigError
            If the horizon is negative or not finite.
        """
        horizon_ns = nanoseconds(horizon_s, "The horizon of disturbances")
        found = [planned.occurring() for planned in self.scheduled if planned.start_ns < horizon_ns]
        for process in self.random:
            for target in process.targets:
                purpose = ".".join(["disturbance", process.kind, *texts(process.parameters)])
                rng = tree.generator(target, purpose)
                found.extend(process.draw(target, rng, horizon_ns=horizon_ns))
        return _merged(sorted(found, key=_order))


def _hit(kind: str, target: str, parameters: Parameters) -> _Hit:
    """What happens to whom: disturbances that agree in it are one where they overlap."""
    return kind, target, texts(parameters)


def _order(occurring: OccurringDisturbance) -> tuple[int, str, str, str]:
    return occurring.start_ns, occurring.target, occurring.kind, occurring.name


def _merged(ordered: Sequence[OccurringDisturbance]) -> list[OccurringDisturbance]:
    latest: dict[_Hit, int] = {}
    merged: list[OccurringDisturbance] = []
    for occurring in ordered:
        key = _hit(occurring.kind, occurring.target, occurring.parameters)
        place = latest.get(key)
        if place is not None and merged[place].reaches(occurring):
            merged[place] = merged[place].prolonged(occurring)
        else:
            latest[key] = len(merged)
            merged.append(occurring)
    return merged


def _check_names(scheduled: Sequence[Disturbance]) -> None:
    twice = sorted(name for name, times in Counter(planned.name for planned in scheduled).items() if times > 1)
    if twice:
        raise ConfigError(f"Disturbances planned twice: {twice}.", remedy="Give each a name of its own.")


def _check_overlaps(planned: Sequence[OccurringDisturbance]) -> None:
    for first, second in combinations(sorted(planned, key=_order), 2):
        one, other = (_hit(each.kind, each.target, each.parameters) for each in (first, second))
        if one == other and first.parameters != second.parameters and first.reaches(second):
            raise ConfigError(
                f"Disturbances {first.name!r} and {second.name!r} of {first.target!r} overlap with unlike parameters.",
                remedy=f"Let {first.name!r} end by {second.start_ns / NANOSECONDS:g} s.",
            )


def _check_streams(processes: Sequence[PoissonDisturbance]) -> None:
    claims = Counter(_hit(one.kind, target, one.parameters) for one in processes for target in one.targets)
    twice = sorted(key for key, times in claims.items() if times > 1)
    if twice:
        kind, target, _ = twice[0]
        raise ConfigError(
            f"Two random disturbances of kind {kind!r} have target {target!r}.",
            remedy="Add their rates in one of them.",
        )

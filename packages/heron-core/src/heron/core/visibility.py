"""Who may see a number: the owner, its parent, the system level, everyone."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from heron.errors import ConfigError, suggest

SYSTEM_LEVEL = 3


class Visibility(str, Enum):
    """One group of viewers a quantity is open to."""

    OWNER = "owner"
    UPPER_LEVEL = "upper_level"
    SYSTEM = "system"
    PUBLIC = "public"


VisibilitySet = frozenset[Visibility]

# A group is a string, so it is found under itself too.
_GROUPS: dict[str, Visibility] = {group.value: group for group in Visibility}

DEFAULT_VISIBILITY: VisibilitySet = frozenset({Visibility.OWNER, Visibility.UPPER_LEVEL, Visibility.SYSTEM})


def parse_visibility(names: str | Iterable[str | Visibility]) -> VisibilitySet:
    """Set of viewer groups written as strings; one string will do for one group.

    Raises
    ------
    ConfigError
        If a string names no group.
    """
    given = (names,) if isinstance(names, str) else tuple(names)
    for name in given:
        if name not in _GROUPS:
            known = [group.value for group in Visibility]
            raise ConfigError(f"Visibility {name!r} is not one of {known}.", remedy=suggest(str(name), known))
    return frozenset(_GROUPS[name] for name in given)


def can_see(
    visibility: VisibilitySet,
    *,
    viewer: str,
    viewer_level: int,
    owner: str | None,
    parent: str | None,
) -> bool:
    """Whether an agent may see a row.

    Parameters
    ----------
    visibility
        Groups the row is open to.
    viewer, viewer_level
        Who asks, and its level in the hierarchy (1 field, 2 coordinator, 3 system).
    owner, parent
        The agent the row belongs to and that agent's superior. ``upper_level`` opens the row to
        this one parent, not to every agent one level up.
    """
    if Visibility.PUBLIC in visibility:
        return True
    if Visibility.OWNER in visibility and viewer == owner:
        return True
    if Visibility.UPPER_LEVEL in visibility and parent is not None and viewer == parent:
        return True
    return Visibility.SYSTEM in visibility and viewer_level >= SYSTEM_LEVEL

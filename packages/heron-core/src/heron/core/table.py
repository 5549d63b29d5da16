"""All numeric state of a world in one matrix: a row per quantity, a column per environment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from heron.core.quantity import Quantity
from heron.core.viewers import RowOwner, RowViewers
from heron.errors import ConfigError, StateError, UnknownNameError, suggest
from heron.types import FloatArray, IndexArray


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Values of a table at one moment.

    Parameters
    ----------
    time_ns
        Simulated time. [ns]
    values : (n_quantity, n_env)
        Copy of the table's values, each in its row's unit; read-only.
    """

    time_ns: int
    values: FloatArray

    def __post_init__(self) -> None:
        self.values.flags.writeable = False


class TableBuilder:
    """Collects the rows of a world; `build` allocates them.

    Parameters
    ----------
    n_env
        Number of environments, the columns.
    """

    def __init__(self, n_env: int) -> None:
        if not isinstance(n_env, (int, np.integer)) or isinstance(n_env, bool) or n_env < 1:
            raise ConfigError(f"A state table needs a whole number of environments from 1 on, got {n_env!r}.")
        self.n_env = int(n_env)
        self._names: list[str] = []
        self._row_of: dict[str, int] = {}
        self._things: list[str] = []
        self._quantities: list[Quantity] = []

    def add_block(self, things: Sequence[str], quantity: Quantity | Sequence[Quantity], *, feature: str) -> slice:
        """Rows of one quantity for several things, kept next to each other.

        Parameters
        ----------
        things
            Names of the devices, buses or agents, one row each.
        quantity
            One declaration for all, or one for each thing (same name, own bounds or scale).
        feature
            Middle part of the row name ``thing.feature.quantity``.

        Returns
        -------
        slice
            Rows of the block, shape ``(n_thing, n_env)`` once built.

        Raises
        ------
        ConfigError
            If the number of declarations differs from the number of things.
        """
        quantities = [quantity] * len(things) if isinstance(quantity, Quantity) else list(quantity)
        if len(quantities) != len(things):
            raise ConfigError(f"Block {feature!r} has {len(things)} things but {len(quantities)} declarations.")
        first = len(self._names)
        names = [f"{thing}.{feature}.{declared.name}" for thing, declared in zip(things, quantities, strict=True)]
        self._names.extend(names)
        self._row_of.update({name: first + place for place, name in enumerate(names)})
        self._things.extend(things)
        self._quantities.extend(quantities)
        return slice(first, len(self._names))

    def find(self, names: Iterable[str]) -> list[int] | None:
        """Rows of full names, or None where one of them has not been added."""
        rows = [self._row_of.get(name) for name in names]
        return None if None in rows else [row for row in rows if row is not None]

    def build(self) -> StateTable:
        """Table with every row at its initial value."""
        return StateTable(self._names, self._quantities, self.n_env, things=self._things)


class StateTable:
    """Every number of a world, once: ``values[row, environment]``.

    Parameters
    ----------
    names
        Row names ``thing.feature.quantity``, unique.
    quantities
        Declaration of each row.
    n_env
        Number of environments.
    things
        The device, bus or agent each row speaks of; ``""`` where none is named.

    Attributes
    ----------
    initial : (n_quantity,)
        Value of each row after construction and reset.

    Raises
    ------
    ConfigError
        If two rows have the same name.
    """

    def __init__(
        self, names: Sequence[str], quantities: Sequence[Quantity], n_env: int, *, things: Sequence[str] | None = None
    ) -> None:
        self.names = tuple(names)
        self.quantities = tuple(quantities)
        self.things = tuple(things) if things is not None else ("",) * len(self.names)
        self.n_env = n_env
        self._row_of = {name: row for row, name in enumerate(self.names)}
        self._endings: dict[str, list[int]] | None = None
        if len(self._row_of) != len(self.names):
            twice = sorted(name for name, count in Counter(self.names).items() if count > 1)
            raise ConfigError(f"Rows declared twice: {twice}.", remedy="Give every agent and device its own name.")
        self.owners = [RowOwner() for _ in self.names]
        self._viewers: RowViewers | None = None
        self.initial = np.array([quantity.initial for quantity in self.quantities], dtype=np.float64)
        self.values: FloatArray = np.repeat(self.initial[:, np.newaxis], n_env, axis=1)

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: str) -> bool:
        """Whether there is a row of this full name."""
        return name in self._row_of

    def __getitem__(self, name: str) -> FloatArray:
        """View of one row, shape ``(n_env,)``, in the row's unit."""
        view: FloatArray = self.values[self.row(name)]
        return view

    def row(self, name: str) -> int:
        """Row of a full name, or of an ending that fits one row only.

        Raises
        ------
        UnknownNameError
            If no row, or more than one, ends with the name.
        """
        if name in self._row_of:
            return self._row_of[name]
        if self._endings is None:
            self._endings = row_endings(self.names)
        rows = self._endings.get(name, [])
        if len(rows) == 1:
            return rows[0]
        if rows:
            several = [self.names[row] for row in rows]
            raise UnknownNameError(f"Row {name!r} is ambiguous: {several}.", remedy="Write the full name.")
        raise UnknownNameError(f"The state table has no row {name!r}.", remedy=suggest(name, self.names))

    def rows(self, names: Iterable[str]) -> IndexArray:
        """Rows of several names, shape ``(n_name,)``."""
        return np.array([self.row(name) for name in names], dtype=np.intp)

    def block(self, rows: slice) -> FloatArray:
        """View of a contiguous block, shape ``(n_row, n_env)``."""
        return self.values[rows]

    def own(self, rows: Iterable[int], *, agent_id: str, parent_id: str | None) -> None:
        """Record to whom rows belong."""
        for row in rows:
            self.owners[row] = RowOwner(agent_id, parent_id)
        self._viewers = None

    def visible_to(self, agent_id: str, level: int) -> IndexArray:
        """Rows an agent may see, in table order; `can_see` says which."""
        if self._viewers is None:
            self._viewers = RowViewers(self.quantities, self.owners)
        return self._viewers.rows(agent_id, level)

    def snapshot(self, time_ns: int) -> Snapshot:
        """Copy of all values, stamped with the simulated time. [ns]"""
        return Snapshot(time_ns, self.values.copy())

    def restore(self, snapshot: Snapshot) -> None:
        """Write a snapshot's values back, in place.

        Raises
        ------
        StateError
            If the snapshot belongs to a table of another shape.
        """
        if snapshot.values.shape != self.values.shape:
            raise StateError(
                f"Snapshot of shape {snapshot.values.shape} does not fit a table of shape {self.values.shape}.",
                remedy="Restore into an environment built from the same configuration and n_env.",
            )
        self.values[...] = snapshot.values


def row_endings(names: Sequence[str]) -> dict[str, list[int]]:
    """Positions of the names that end in each text that begins after a dot: ``"tank1.water.level_m"`` in
    ``"water.level_m"`` and ``"level_m"``.
    """
    found: dict[str, list[int]] = {}
    for position, name in enumerate(names):
        rest = name
        while "." in rest:
            rest = rest.partition(".")[2]
            found.setdefault(rest, []).append(position)
    return found

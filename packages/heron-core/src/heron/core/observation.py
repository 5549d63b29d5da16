"""What an agent sees at one moment, in all environments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from heron.errors import UnknownNameError, suggest
from heron.types import Float32Array, FloatArray


@dataclass(slots=True, kw_only=True)
class Observation:
    """One agent's view of the state table.

    Parameters
    ----------
    agent_id
        Who sees it.
    names : (dim,)
        Row name of each value.
    values : (n_env, dim)
        Scaled by the rows' declarations, or physical where the environment says so. [1]
    physical : (dim, n_env)
        The same numbers in their units, not clipped, float64.
    time_s
        Simulated time since the episode began, shape ``(n_env,)``. [s]
    """

    agent_id: str
    names: Sequence[str]
    values: Float32Array
    physical: FloatArray
    time_s: FloatArray
    _position: dict[str, int] = field(default_factory=dict)

    def __getitem__(self, name: str) -> FloatArray:
        """Physical values of one row, shape ``(n_env,)``; the end of a row name suffices.

        Raises
        ------
        UnknownNameError
            If the agent sees no such row, or several.
        """
        if name not in self._position:
            self._position[name] = self._find(name)
        row: FloatArray = self.physical[self._position[name]]
        return row

    def vector(self) -> Float32Array:
        """Values, shape ``(dim,)`` with one environment and ``(n_env, dim)`` with more."""
        return self.values[0] if len(self.values) == 1 else self.values

    def _find(self, name: str) -> int:
        found = [position for position, full in enumerate(self.names) if full == name or full.endswith(f".{name}")]
        if len(found) == 1:
            return found[0]
        if found:
            several = [self.names[position] for position in found]
            raise UnknownNameError(f"{name!r} fits several rows {self.agent_id!r} sees: {several}.")
        raise UnknownNameError(f"Agent {self.agent_id!r} does not see {name!r}.", remedy=suggest(name, self.names))

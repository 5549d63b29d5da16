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
    names : (n_row,)
        Name of each row the agent sees.
    values : (n_env, dim)
        Those rows scaled by their declarations, or physical where the environment says so; after
        them, where the environment marks its learners, which of them this agent is. [1]
    physical : (n_row, n_env)
        The rows in their units, not clipped, float64.
    time_s
        Simulated time since the episode began, shape ``(n_env,)``. [s]
    found
        Names looked up before and their positions; an observer shares it between moments.
    """

    agent_id: str
    names: Sequence[str]
    values: Float32Array
    physical: FloatArray
    time_s: FloatArray
    found: dict[str, int] = field(default_factory=dict, repr=False)

    def __getitem__(self, name: str) -> FloatArray:
        """Physical values of one row, shape ``(n_env,)``; the end of a row name suffices.

        Raises
        ------
        UnknownNameError
            If the agent sees no such row, or several.
        """
        if name not in self.found:
            self.found[name] = self._find(name)
        row: FloatArray = self.physical[self.found[name]]
        return row

    def vector(self) -> Float32Array:
        """Values, shape ``(dim,)`` with one environment and ``(n_env, dim)`` with more."""
        return self.values[0] if len(self.values) == 1 else self.values

    def _find(self, name: str) -> int:
        if name in self.names:
            return self.names.index(name)
        ending = [position for position, full in enumerate(self.names) if full.endswith(f".{name}")]
        if len(ending) == 1:
            return ending[0]
        if ending:
            several = [self.names[position] for position in ending]
            raise UnknownNameError(f"{name!r} fits several rows {self.agent_id!r} sees: {several}.")
        raise UnknownNameError(f"Agent {self.agent_id!r} does not see {name!r}.", remedy=suggest(name, self.names))

"""The action of one agent: continuous and discrete parts with their bounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
from numpy.typing import ArrayLike, NDArray

from heron.errors import ActionError
from heron.types import FloatArray


class Action:
    """Continuous values ``c`` and discrete choices ``d`` of one agent.

    Attributes
    ----------
    c : (dim_c,)
        Continuous part in physical units.
    d : (dim_d,)
        Index of the category chosen, one per discrete dimension.
    range : (2, dim_c)
        Lower and upper bounds of ``c``.
    """

    def __init__(self) -> None:
        self.set_specs()

    def set_specs(
        self,
        dim_c: int = 0,
        dim_d: int = 0,
        ncats: int | Sequence[int] = 0,
        range: ArrayLike | None = None,  # noqa: A002 - the documented keyword
        names: Sequence[str] | None = None,
        neutral: ArrayLike | None = None,
    ) -> None:
        """Declare the dimensions and start from the neutral action.

        Parameters
        ----------
        dim_c, dim_d
            Number of continuous and of discrete dimensions.
        ncats
            Categories of each discrete dimension, or one number for all.
        range : (2, dim_c)
            Bounds of the continuous part; -1 and 1 when not given.
        names : (dim_c,)
            Names of the continuous fields; ``c0, c1, …`` when not given.
        neutral : (dim_c,)
            What *do nothing* means; 0 limited to the bounds when not given.

        Raises
        ------
        ActionError
            If shapes do not fit, bounds cross or a discrete dimension has no category.
        """
        bounds = np.array([[-1.0] * dim_c, [1.0] * dim_c] if range is None else range, dtype=np.float64)
        if bounds.shape != (2, dim_c):
            raise ActionError(f"Action range has shape {bounds.shape}, expected (2, {dim_c}).")
        if not np.all(bounds[0] <= bounds[1]):
            raise ActionError(f"Action range has lower bounds above upper ones: {bounds.tolist()}.")
        counts = np.asarray(ncats, dtype=np.int64)
        self.ncats: list[int] = (np.repeat(counts, dim_d) if counts.ndim == 0 else counts).tolist()
        if len(self.ncats) != dim_d or any(count < 1 for count in self.ncats):
            raise ActionError(f"{dim_d} discrete dimensions need as many counts of categories, got {ncats!r}.")
        self.names = [f"c{position}" for position in np.arange(dim_c)] if names is None else list(names)
        if len(self.names) != dim_c:
            raise ActionError(f"{dim_c} continuous dimensions but {len(self.names)} names: {self.names}.")
        self.dim_c, self.dim_d, self.range = dim_c, dim_d, bounds
        start = np.zeros(dim_c) if neutral is None else np.asarray(neutral, dtype=np.float64)
        self.neutral: FloatArray = np.clip(start, bounds[0], bounds[1])
        self.c: FloatArray = self.neutral.copy()
        self.d: NDArray[np.int64] = np.zeros(dim_d, dtype=np.int64)

    @property
    def space(self) -> gymnasium.Space[Any]:
        """Gymnasium space: Box, Discrete, MultiDiscrete, or a Dict of ``c`` and ``d``."""
        parts: dict[str, gymnasium.Space[Any]] = {}
        if self.dim_c or not self.dim_d:
            parts["c"] = gymnasium.spaces.Box(self.range[0], self.range[1], dtype=np.float64)
        if self.dim_d == 1:
            parts["d"] = gymnasium.spaces.Discrete(self.ncats[0])
        elif self.dim_d:
            parts["d"] = gymnasium.spaces.MultiDiscrete(self.ncats)
        return next(iter(parts.values())) if len(parts) == 1 else gymnasium.spaces.Dict(parts)

    def sample(self, rng: np.random.Generator) -> Action:
        """Draw uniformly within the bounds; returns itself."""
        self.c = rng.uniform(self.range[0], self.range[1])
        self.d = np.array([rng.integers(count) for count in self.ncats], dtype=np.int64)
        return self

    def clip(self) -> Action:
        """Limit ``c`` to its bounds and ``d`` to its categories; returns itself."""
        self.c = np.clip(self.c, self.range[0], self.range[1])
        self.d = np.clip(self.d, 0, np.array(self.ncats, dtype=np.int64) - 1)
        return self

    def reset(self) -> None:
        """Back to the neutral action."""
        self.c = self.neutral.copy()
        self.d = np.zeros(self.dim_d, dtype=np.int64)

    def set_values(self, c: ArrayLike | None = None, d: ArrayLike | None = None) -> None:
        """Set the continuous part, the discrete part or both.

        Raises
        ------
        ActionError
            If a shape does not fit, a value is not finite or a choice is no whole number.
        """
        if c is not None:
            values = np.asarray(c, dtype=np.float64).reshape(-1)
            if values.shape != (self.dim_c,) or not np.all(np.isfinite(values)):
                raise ActionError(f"Continuous action {values.tolist()} is not {self.dim_c} finite numbers.")
            self.c = values.copy()
        if d is not None:
            numbers = np.asarray(d, dtype=np.float64).reshape(-1)
            if numbers.shape != (self.dim_d,) or not np.all(np.isfinite(numbers) & (numbers == np.floor(numbers))):
                raise ActionError(f"Discrete action {numbers.tolist()} is not {self.dim_d} whole numbers.")
            self.d = numbers.astype(np.int64)

    def set_vector(self, values: FloatArray) -> None:
        """Set both parts from numbers in the order of `vector`, limited to bounds and categories.

        Parameters
        ----------
        values : (dim_c + dim_d,)
            Finite; a discrete part is rounded to the nearest category.
        """
        self.c = np.clip(values[: self.dim_c], self.range[0], self.range[1])
        if self.dim_d:
            self.d = np.clip(np.rint(values[self.dim_c :]), 0, np.array(self.ncats) - 1).astype(np.int64)

    def vector(self) -> FloatArray:
        """Continuous part followed by the discrete part, shape ``(dim_c + dim_d,)``."""
        return np.concatenate([self.c, self.d.astype(np.float64)])

    def from_normalized(self, values: ArrayLike) -> FloatArray:
        """Physical values of an action in -1 … 1, shape ``(…, dim_c)``; not limited."""
        low, high = self.range
        physical: FloatArray = 0.5 * (low + high) + 0.5 * (high - low) * np.asarray(values, dtype=np.float64)
        return physical

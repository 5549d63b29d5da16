"""How long a run may last."""

from __future__ import annotations

from dataclasses import dataclass

from heron.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Limit of a run, in steps or in time; whatever comes first.

    Only a limit in steps gives the same run again for the same seed: the learning rate falls with the share of the
    budget that is used up.

    Parameters
    ----------
    n_step
        Environment steps.
    duration_s
        Time spent training. [s]
    """

    n_step: int | None = None
    duration_s: float | None = None

    def __post_init__(self) -> None:
        if self.n_step is None and self.duration_s is None:
            raise ConfigError("A run needs a limit.", remedy="Give steps, iterations or minutes.")
        if (self.n_step is not None and self.n_step < 1) or (self.duration_s is not None and not self.duration_s > 0.0):
            raise ConfigError(f"A run of {self.n_step} steps or {self.duration_s} s is none.")

    def used(self, n_step: int, elapsed_s: float) -> float:
        """Share of the budget that is used up, 1 and more at the end. [1]"""
        shares = []
        if self.n_step is not None:
            shares.append(n_step / self.n_step)
        if self.duration_s is not None:
            shares.append(elapsed_s / self.duration_s)
        return max(shares)

    def left_s(self, n_step: int, elapsed_s: float) -> float:
        """Time left at the pace so far; infinite before the first step. [s]"""
        used = self.used(n_step, elapsed_s)
        return max(0.0, elapsed_s * (1.0 - used) / used) if used > 0.0 and elapsed_s > 0.0 else float("inf")

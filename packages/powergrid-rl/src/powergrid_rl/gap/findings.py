"""What a study found: losses against lockstep with their intervals, and verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from heron.types import FloatArray
from powergrid_rl.evaluation.statistics import Estimate, estimate
from powergrid_rl.gap.attribution import remainder, shapley_values
from powergrid_rl.gap.episode import Episode, Outcome
from powergrid_rl.gap.scenario import LOCKSTEP, NO_DELAY, Scenario, scenarios_of, subsets

NEGLIGIBLE = 0.01
"""Share of the mean return in lockstep below which all of an interval lies where a loss is said to be none."""

_ROUNDING = 1e-9
"""Share of the return that sums over differently cut intervals may differ by, though all powers are the same."""

TOGETHER, REMAINDER = "all together", "remainder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the table.

    Parameters
    ----------
    name
        Scenario, or part of the attribution.
    gap
        Return in lockstep less the return here, over paired episodes: positive where performance is lost. [USD]
    pairs : (n_pair,)
        The same for each pair. [USD]
    cost_gap
        Cost here less the cost in lockstep. [USD]
    safety_gap
        Violations here less those in lockstep, in steps. [1]
    verdict
        What it means, in words.
    """

    name: str
    gap: Estimate
    pairs: FloatArray
    cost_gap: Estimate | None
    safety_gap: Estimate | None
    verdict: str


class GapFindings:
    """Figures of a study that has been played to the end.

    Parameters
    ----------
    outcomes
        By scenario, in the order of the episodes.
    causes
        Causes that the timing has.
    negligible
        See `NEGLIGIBLE`. [1]
    """

    def __init__(
        self, outcomes: Mapping[Scenario, Sequence[Outcome]], causes: Sequence[str], *, negligible: float = NEGLIGIBLE
    ) -> None:
        self.outcomes, self.causes = outcomes, tuple(causes)
        returns = self._column(LOCKSTEP, "return_usd")
        self.lockstep = estimate(returns)
        size_usd = float(np.abs(returns).mean())
        self.threshold_usd = negligible * size_usd
        self._rounding_usd = _ROUNDING * size_usd

    @property
    def unequal(self) -> tuple[Episode, ...]:
        """Episodes in which events without delays are not lockstep, bit for bit: there must be none."""
        pairs = zip(self.outcomes[LOCKSTEP], self.outcomes[NO_DELAY], strict=True)
        return tuple(one.episode for one, other in pairs if not one.same_bits(other))

    @property
    def n_pair(self) -> int:
        """Number of paired episodes."""
        return len(self.outcomes[LOCKSTEP])

    @property
    def n_day(self) -> int:
        """Number of different days among them."""
        return len({outcome.day for outcome in self.outcomes[LOCKSTEP]})

    def returns(self, scenario: Scenario) -> Estimate:
        """Mean return of a scenario. [USD]"""
        return estimate(self._column(scenario, "return_usd"))

    def loss(self, scenario: Scenario) -> FloatArray:
        """Return in lockstep less that of a scenario, ``(n_pair,)``. [USD]"""
        return self._column(LOCKSTEP, "return_usd") - self._column(scenario, "return_usd")

    def rows(self) -> dict[Scenario, Finding]:
        """Events without delays, each cause alone, all together."""
        return {scenario: self._finding(scenario) for scenario in scenarios_of(self.causes) if scenario != LOCKSTEP}

    def alone(self) -> dict[str, Finding]:
        """Each cause alone."""
        rows = self.rows()
        return {cause: rows[Scenario(frozenset({cause}))] for cause in self.causes}

    def together(self) -> Finding:
        """All causes at once."""
        return self.rows()[Scenario(frozenset(self.causes))]

    def remainder(self) -> Finding:
        """What the causes alone do not add up to."""
        alone = {cause: finding.pairs for cause, finding in self.alone().items()}
        return self._part(REMAINDER, remainder(self.together().pairs, alone))

    def shapley(self) -> dict[str, Finding]:
        """Shapley value of each cause; empty where not every subset was played."""
        worth = {subset: Scenario(subset) for subset in subsets(self.causes)}
        if any(scenario not in self.outcomes for scenario in worth.values()):
            return {}
        losses = {subset: self.loss(scenario) for subset, scenario in worth.items()}
        return {cause: self._part(cause, values) for cause, values in shapley_values(losses, self.causes).items()}

    def verdict(self, pairs: FloatArray) -> str:
        """What losses in pairs mean, in words; ``(n_pair,)``. [USD]"""
        found = estimate(pairs)
        if not pairs.any():
            return "no difference at all"
        if float(np.abs(pairs).max()) <= self._rounding_usd:
            return "no difference beyond rounding"
        if found.excludes_zero:
            small = ", but negligible" if abs(found.mean) < self.threshold_usd else ""
            return f"{'loses' if found.mean > 0.0 else 'gains'}{small}"
        if abs(found.mean) + found.half_width < self.threshold_usd:
            return "no difference found"
        return "not distinguishable"

    def _finding(self, scenario: Scenario) -> Finding:
        pairs = self.loss(scenario)
        return Finding(
            name=TOGETHER if scenario.causes == frozenset(self.causes) else scenario.name,
            gap=estimate(pairs),
            pairs=pairs,
            cost_gap=estimate(self._column(scenario, "cost_usd") - self._column(LOCKSTEP, "cost_usd")),
            safety_gap=estimate(self._column(scenario, "safety") - self._column(LOCKSTEP, "safety")),
            verdict=self.verdict(pairs),
        )

    def _part(self, name: str, pairs: FloatArray) -> Finding:
        verdict = self.verdict(pairs)
        return Finding(name=name, gap=estimate(pairs), pairs=pairs, cost_gap=None, safety_gap=None, verdict=verdict)

    def _column(self, scenario: Scenario, quantity: str) -> FloatArray:
        return np.array([getattr(outcome, quantity) for outcome in self.outcomes[scenario]], dtype=np.float64)

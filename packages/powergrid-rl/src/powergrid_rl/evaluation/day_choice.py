"""Which days are worth a picture."""

from __future__ import annotations

import numpy as np

from powergrid_rl.evaluation.comparison import NOTHING, Comparison


def telling_days(comparison: Comparison) -> dict[str, int]:
    """Positions, among a comparison's days, of a typical day and of a hard one.

    Typical: the return of doing nothing is the median one. Hard: doing nothing violates most; the lowest return where
    nothing is violated on any day.
    """
    measure = comparison.rollouts.get(NOTHING) or next(iter(comparison.rollouts.values()))
    order = np.argsort(measure.returns, kind="stable")
    typical = int(order[len(order) // 2])
    hard = int(measure.safety.argmax()) if measure.safety.any() else int(order[0])
    return {"typical": typical} if hard == typical else {"typical": typical, "hard": hard}

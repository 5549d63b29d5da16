"""To what a loss is due: each cause alone, what is left over, and Shapley values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import factorial

from heron.types import FloatArray
from powergrid_rl.gap.scenario import subsets


def remainder(together: FloatArray, alone: Mapping[str, FloatArray]) -> FloatArray:
    """What all causes together lose beyond the sum of what each loses alone, ``(n_pair,)``.

    Parameters
    ----------
    together : (n_pair,)
        Loss with all causes.
    alone
        Loss with each cause alone, ``(n_pair,)``. Causes that need or hide each other make it differ from zero.
    """
    left = together.copy()
    for loss in alone.values():
        left = left - loss
    return left


def shapley_values(worth: Mapping[frozenset[str], FloatArray], causes: Sequence[str]) -> dict[str, FloatArray]:
    """Mean contribution of each cause over all orders in which the causes could have been added, ``(n_pair,)`` each.

    Parameters
    ----------
    worth
        Loss with every subset of the causes, ``(n_pair,)`` each.
    causes
        The causes.

    Returns
    -------
    dict
        By cause; together they are the loss with all causes less the loss with none.

    Source
    ------
    L. S. Shapley, A value for n-person games, Contributions to the Theory of Games II (1953), equation 13.
    """
    n = len(causes)
    values = {}
    for cause in causes:
        total = 0.0 * worth[frozenset(causes)]
        for others in subsets(one for one in causes if one != cause):
            weight = factorial(len(others)) * factorial(n - len(others) - 1) / factorial(n)
            total = total + weight * (worth[others | {cause}] - worth[others])
        values[cause] = total
    return values

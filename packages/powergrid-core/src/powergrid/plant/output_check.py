"""What a kind's `advance` gives back, checked once: the mistakes of somebody writing their first kind."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from heron.errors import StateError, suggest
from powergrid.plant.device import DeviceOutputs


def check_outputs(outputs: Any, *, kind: str, state: Collection[str], setpoints: Collection[str], shape: Any) -> None:
    """Refuse outputs of another type, with unknown names, or of a shape that does not fit.

    Parameters
    ----------
    outputs
        What ``advance`` returned.
    kind
        Name of the class.
    state, setpoints
        Names of its state fields and setpoints.
    shape
        ``(n_dev, n_env)``.

    Raises
    ------
    StateError
        With the kind, the entry and the remedy.
    """
    if not isinstance(outputs, DeviceOutputs):
        raise StateError(
            f"{kind}.advance returned {type(outputs).__name__}.", remedy="Return DeviceOutputs(p_mw=…, q_mvar=…)."
        )
    _check_names(f"{kind}.advance returned state", outputs.state, state)
    _check_names(f"{kind}.advance returned limited", outputs.limited, setpoints)
    single = {"p_mw": outputs.p_mw, "q_mvar": outputs.q_mvar, "cost_usd": outputs.cost_usd}
    values = {**single, "violation": outputs.violation, **outputs.state}
    for name, value in values.items():
        if value is not None and not _fits(value, shape):
            raise StateError(
                f"{kind}.advance returned {name} of shape {np.shape(value)}, expected {shape}: (n_dev, n_env).",
                remedy="Compute with the arrays as they come; np.minimum and np.where work entry by entry.",
            )


def _check_names(what: str, given: Collection[str], known: Collection[str]) -> None:
    for name in given:
        if name not in known:
            raise StateError(f"{what} {name!r}; there is {sorted(known)}.", remedy=suggest(name, known))


def _fits(value: Any, shape: Any) -> bool:
    try:
        return np.broadcast_shapes(np.shape(value), shape) == tuple(shape)
    except ValueError:
        return False

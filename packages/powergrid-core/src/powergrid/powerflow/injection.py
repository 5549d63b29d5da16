"""Checks on the arrays handed to a solver."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from powergrid.errors import PowerFlowError
from powergrid.powerflow.result import PowerFlowResult


def checked_shape(s: NDArray[np.complex128], n_node: int) -> tuple[int, int]:
    """Shape that all arrays of a solve have: ``(n_node, n_env)``, by the first of them.

    Raises
    ------
    PowerFlowError
        It has not one row per node and one column per environment.
    """
    if s.ndim != 2 or s.shape[0] != n_node:
        raise PowerFlowError(f"'s' has shape {s.shape}; this network asks for ({n_node}, n_env).")
    return s.shape


def checked_injection(name: str, power: NDArray[np.complex128], shape: tuple[int, int]) -> NDArray[np.complex128]:
    """Injections as a kernel wants them: complex, contiguous and of the right shape.

    Parameters
    ----------
    name
        What the caller's parameter is called.
    power : (n_node, n_env)
        Complex power; copied only where its layout or type differs. [MVA]
    shape
        ``(n_node, n_env)`` that the network asks for.

    Returns
    -------
    (n_node, n_env)
        The same values. [MVA]

    Raises
    ------
    PowerFlowError
        The shape is another one.
    """
    if power.shape != shape:
        raise PowerFlowError(f"'{name}' has shape {power.shape}; the other arrays ask for {shape} (n_node, n_env).")
    flags = power.flags
    if power.dtype == np.complex128 and flags.c_contiguous and flags.writeable:
        return power
    return np.array(power, dtype=np.complex128, order="C")


def checked_output(out: PowerFlowResult | None, shape: tuple[int, int]) -> PowerFlowResult:
    """Arrays to fill: the caller's, or new ones.

    Raises
    ------
    PowerFlowError
        The caller's have another shape.
    """
    if out is None:
        return PowerFlowResult.allocate(*shape)
    if out.v.shape != shape:
        raise PowerFlowError(
            f"'out' has voltages of shape {out.v.shape}; this network and the injections ask for {shape}.",
            remedy="Make it with PowerFlowResult.allocate(n_node, n_env).",
        )
    return out

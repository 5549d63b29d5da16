"""The one way this package compiles a function with numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


def njit(function: FunctionT) -> FunctionT:
    """Compile a function at its first call, and keep the machine code for later processes.

    No ``fastmath``: the result must not depend on how many environments share a call. ``error_model="numpy"``: a
    division by zero gives inf instead of leaving the loop, so that the loop can use vector instructions. The
    interpreter lock is released. A kernel must call other compiled functions of its *own* file only: numba renews its
    cache when that file changes, and does not look into others.

    The code is kept beside the source file, else in the user's cache folder, or in ``NUMBA_CACHE_DIR``. Where none of
    these can be written (a read-only installation without a home), it is compiled anew in every process.

    Parameters
    ----------
    function
        Function of arrays and numbers.

    Returns
    -------
    callable
        The same function, compiled; with ``NUMBA_DISABLE_JIT=1`` the function itself.
    """
    try:
        compiled = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # numba: "cannot cache function ...: no locator available"
        compiled = numba.njit(nogil=True, error_model="numpy")(function)
    return cast("FunctionT", compiled)

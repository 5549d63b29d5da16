"""The one way this package compiles a function with numba."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar, cast

import numba
from numba.core.caching import FunctionCache

_UNREADABLE = (AttributeError, ImportError, EOFError, pickle.UnpicklingError)
FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])


class _Cache(FunctionCache):
    """Numba's cache, begun anew where it speaks of a class that a later version has renamed.

    Numba looks at the age of an entry only after reading it, and reading fails then.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)  # type: ignore[no-untyped-call]  # numba is untyped
        except _UNREADABLE:
            self.flush()  # type: ignore[no-untyped-call]
            return None


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
    compiled: Any = numba.njit(nogil=True, error_model="numpy")(function)
    if compiled is not function:
        with suppress(RuntimeError):  # numba: "cannot cache function ...: no locator available"
            # what the option ``cache`` does, with a cache of our own
            compiled._cache = _Cache(function)  # type: ignore[no-untyped-call]
    return cast("FunctionT", compiled)

"""Environments that a caller means."""

from __future__ import annotations

from typing import Any

import numpy as np

from heron.errors import ConfigError
from heron.types import IndexArray


def chosen_environments(envs: Any, n_env: int) -> IndexArray:
    """Numbers of environments, given so or as a mask; all when not given.

    Raises
    ------
    ConfigError
        If it is neither, or one does not exist.
    """
    if envs is None:
        return np.arange(n_env)
    given = np.asarray(envs)
    if given.dtype == np.bool_ and given.shape == (n_env,):
        return np.flatnonzero(given)
    if given.dtype.kind not in "iu" or given.ndim != 1 or (given < 0).any() or (given >= n_env).any():
        raise ConfigError(
            f"'envs' is {envs!r}.",
            remedy=f"Give whole numbers from 0 to {n_env - 1}, or a mask of {n_env} truth values.",
        )
    return given.astype(np.intp)

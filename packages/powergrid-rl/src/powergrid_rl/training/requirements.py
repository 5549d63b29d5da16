"""The packages that training needs and the rest does not."""

from __future__ import annotations

import importlib
import os
import sys

from powergrid_rl.training.errors import MissingExtraError
from powergrid_rl.training.settings import Algorithm


def require_for(algorithm: Algorithm) -> None:
    """Make ready what an algorithm imports; errors as `require_torch` and `require_rllib`."""
    if algorithm is Algorithm.MAPPO_FAST:
        require_torch()
    else:
        require_rllib()


def require_torch() -> None:
    """Make PyTorch ready to be imported.

    Sampling takes many small steps, which more than one OpenMP thread makes several times slower, and the variable
    counts only when it is set before PyTorch is loaded.

    Raises
    ------
    MissingExtraError
        If it is not installed, naming the extra.
    """
    _require("PyTorch", ["torch"], extra="torch")


def require_rllib() -> None:
    """Make PyTorch and RLlib ready to be imported; threads as in `require_torch`.

    Ray reports its use to its makers unless told not to.

    Raises
    ------
    MissingExtraError
        If they are not installed, naming the extra.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_DEDUP_LOGS", "0")
    _require("PyTorch and RLlib", ["torch", "ray.rllib"], extra="rllib")


def _require(what: str, names: list[str], *, extra: str) -> None:
    if "torch" not in sys.modules:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError as cause:
            raise MissingExtraError(
                f"Training needs {what}, and {name!r} cannot be imported ({cause}).",
                remedy=f'Install what is missing: pip install "powergrid-rl[{extra}]"',
            ) from cause

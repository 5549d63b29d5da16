"""The packages that training needs and the rest does not."""

from __future__ import annotations

import importlib
import os
import sys

from powergrid_rl.training.errors import MissingExtraError

REQUIREMENT = 'pip install "powergrid-rl[rllib]"'


def require_rllib() -> None:
    """Make PyTorch and RLlib ready to be imported.

    Sampling in this process is five times slower with more than one OpenMP thread, and the variable counts only when it
    is set before PyTorch is loaded. Ray reports its use to its makers unless told not to.

    Raises
    ------
    MissingExtraError
        If they are not installed, naming the extra.
    """
    if "torch" not in sys.modules:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_DEDUP_LOGS", "0")
    for name in ("torch", "ray.rllib"):
        try:
            importlib.import_module(name)
        except ImportError as cause:
            raise MissingExtraError(
                f"Training needs PyTorch and RLlib, and {name!r} cannot be imported ({cause}).",
                remedy=f"Install them: {REQUIREMENT}",
            ) from cause

"""pandapower finds on an exported net what the environment found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from heron.testing import ContractViolation
from powergrid.envs.networked_grid_env import NetworkedGridEnv

VOLTAGE_PU = 1e-8


def check_export_is_reproduced(
    env: NetworkedGridEnv, solve: Callable[..., Any], *, env_index: int = 0, tolerance_pu: float = VOLTAGE_PU
) -> None:
    """Solving an exported net anew gives the voltages that were exported with it.

    Parameters
    ----------
    env
        Environment after a reset or a step.
    solve
        `pandapower.runpp`, which is not imported here.
    env_index
        Which environment is exported.
    tolerance_pu
        Largest difference of a voltage magnitude. [pu]

    Raises
    ------
    ContractViolation
        Naming the bus that differs most.
    """
    exported = env.to_pandapower(env_index)
    before = exported.res_bus.vm_pu.copy()
    solve(exported, tolerance_mva=1e-10)
    difference = (exported.res_bus.vm_pu - before).abs()
    if not np.nanmax(difference) <= tolerance_pu:
        bus = exported.bus.name.at[difference.idxmax()]
        raise ContractViolation(f"Solved anew, the voltage at {bus!r} differs by {difference.max():g} pu.")

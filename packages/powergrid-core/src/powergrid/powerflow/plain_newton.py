"""pandapower's own power flow on a net as it stands: what a user would otherwise call."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandapower as pp
from numpy.typing import NDArray

from heron.types import IndexArray
from powergrid.errors import PowerFlowError
from powergrid.powerflow.compiled_network import CompiledNetwork


def plain_newton(net: Any, *, tolerance_mva: float = 1e-10) -> None:
    """Run ``pandapower.runpp`` with its defaults but for the tolerance; results are in the net.

    Raises
    ------
    PowerFlowError
        It does not converge.
    """
    try:
        pp.runpp(net, tolerance_mva=tolerance_mva)
    except pp.LoadflowNotConverged as cause:
        raise PowerFlowError(f"pandapower's Newton does not converge on {net.name!r}.") from cause


def plain_voltages(net: Any, network: CompiledNetwork) -> tuple[IndexArray, NDArray[np.complex128]]:
    """Voltages that `plain_newton` left, at the nodes of a compiled network.

    Returns
    -------
    nodes, v : (n_bus,)
        Node of each bus that is supplied, and its voltage. [pu]
    """
    supplied = [bus for bus in net.bus.index if bus in network.node_of_bus]
    found = net.res_bus.loc[supplied]
    v = found.vm_pu.to_numpy() * np.exp(1j * np.deg2rad(found.va_degree.to_numpy()))
    return np.array([network.node_of_bus[bus] for bus in supplied], dtype=np.intp), v

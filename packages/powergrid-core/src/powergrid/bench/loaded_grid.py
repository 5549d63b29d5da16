"""Networks under random loads, on which solvers are measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heron.types import FloatArray
from powergrid.networks import IEEE13Bus, IEEE34Bus, ImportTransformer, attach_feeder
from powergrid.powerflow import (
    CompiledNetwork,
    FixedPointSolver,
    NewtonSolver,
    compile_network,
    fixed_injections,
    nominal_loads,
)

RANGE = (0.2, 1.2)
"""Of the loads of a distribution feeder, on the nominal ones. [1]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedGrid:
    """A network whose loads were drawn for each environment.

    Parameters
    ----------
    net
        pandapower net, its loads nominal.
    network
        Its compiled form.
    factors : (n_load, n_env)
        On the nominal loads. [1]
    s : (n_node, n_env)
        Powers into the grid. [MVA]
    v : (n_node, n_env)
        Voltages. [pu]
    """

    net: Any
    network: CompiledNetwork
    factors: FloatArray
    s: NDArray[np.complex128]
    v: NDArray[np.complex128]

    @classmethod
    def draw(cls, net: Any, n_env: int, *, between: tuple[float, float] = RANGE) -> LoadedGrid:
        """Loads between two multiples of the nominal ones, each for itself; voltages by Newton where some are held."""
        network = compile_network(net)
        loads = nominal_loads(net, network)
        factors = np.random.default_rng(0).uniform(*between, (len(loads.names), n_env))
        s = np.repeat(fixed_injections(net, network)[:, np.newaxis], n_env, axis=1)
        np.add.at(s, loads.node, -(loads.p_mw + 1j * loads.q_mvar)[:, np.newaxis] * factors)
        solver = NewtonSolver(network) if network.n_pv else FixedPointSolver(network)
        return cls(net=net, network=network, factors=factors, s=s, v=solver.solve(s).v)

    def first(self, n_env: int) -> LoadedGrid:
        """The first environments of it."""
        return LoadedGrid(
            net=self.net,
            network=self.network,
            factors=self.factors[:, :n_env],
            s=self.s[:, :n_env].copy(),
            v=self.v[:, :n_env].copy(),
        )

    @property
    def n_env(self) -> int:
        """Number of environments."""
        return int(self.s.shape[1])


def fused_net() -> Any:
    """IEEE 34 with three IEEE 13 microgrids, sized as the setup ``ieee34_ieee13``."""
    net = IEEE34Bus("DSO", load_scale=0.3, capacitor_scale=0.3, regulator_taps={"reg1": 2, "reg2": 2}, slack_vm_pu=1.03)
    transformer = ImportTransformer(sn_mva=0.5, hv_kv=24.9, lv_kv=4.16, vkr_percent=1.0, vkx_percent=5.0)
    for name, bus, scale in (("MG1", "850", 0.15), ("MG2", "860", 0.12), ("MG3", "844", 0.12)):
        feeder = IEEE13Bus(name, load_scale=scale, capacitor_scale=scale, regulator_taps={"reg1": 0})
        net = attach_feeder(net, feeder, connection_bus=f"DSO Bus {bus}", transformer=transformer).net
    return net

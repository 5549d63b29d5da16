"""Capacitors and reactors that are switched in steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from heron.errors import suggest
from heron.types import IndexArray
from powergrid.conventions import shunt_from_pandapower
from powergrid.errors import NetworkError, PowerFlowError
from powergrid.powerflow.compiled_network import CompiledNetwork

if TYPE_CHECKING:
    from pandapower.auxiliary import pandapowerNet


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SwitchedShunts:
    """Shunts of a net whose steps may differ between environments, as injections of constant impedance.

    What stands in the net is in the admittances of the compiled network. A step more or less injects power that scales
    with the square of the voltage, which is what ``s_impedance`` of `PowerFlowSolver.solve` is for.

    Parameters
    ----------
    names : (n_shunt,)
        Name of each shunt.
    node : (n_shunt,)
        Its node.
    compiled, highest : (n_shunt,)
        Steps in the compiled network, and all steps there are.
    step_mva : (n_shunt,)
        Complex power of one step at 1 pu, positive into the grid: a capacitor's reactive power is positive. [MVA]
    n_node
        Number of nodes.
    """

    names: tuple[str, ...]
    node: IndexArray
    compiled: IndexArray
    highest: IndexArray
    step_mva: NDArray[np.complex128]
    n_node: int

    def __len__(self) -> int:
        return len(self.names)

    def index(self, name: str) -> int:
        """Row of a shunt, by its name.

        Raises
        ------
        NetworkError
            No shunt has that name.
        """
        if name not in self.names:
            raise NetworkError(f"No shunt in service is called {name!r}.", remedy=suggest(name, self.names))
        return self.names.index(name)

    def s_impedance(self, steps: NDArray[Any]) -> NDArray[np.complex128]:
        """What the solver is given for other steps than those compiled; add it to what else is constant impedance.

        Parameters
        ----------
        steps : (n_shunt, n_env)
            Steps that are switched on, whole numbers of any type.

        Returns
        -------
        (n_node, n_env)
            Power at 1 pu, positive into the grid, 0 for the steps compiled. [MVA]

        Raises
        ------
        PowerFlowError
            The shape is another one, or a step does not exist.
        """
        steps = np.asarray(steps)
        if steps.ndim != 2 or len(steps) != len(self):
            raise PowerFlowError(f"'steps' has shape {steps.shape}; there are {len(self)} shunts: (n_shunt, n_env).")
        wrong = (steps != np.rint(steps)) | (steps < 0) | (steps > self.highest[:, np.newaxis])
        if wrong.any():
            shunt = int(np.flatnonzero(wrong.any(axis=1))[0])
            raise PowerFlowError(
                f"Shunt {self.names[shunt]!r} cannot have {steps[shunt][wrong[shunt]][0]} steps: it has 0 to "
                f"{self.highest[shunt]}."
            )
        injected = np.zeros((self.n_node, steps.shape[1]), dtype=np.complex128)
        for shunt, node in enumerate(self.node.tolist()):
            injected[node] += self.step_mva[shunt] * (steps[shunt] - self.compiled[shunt])
        return injected


def switched_shunts(net: pandapowerNet, network: CompiledNetwork) -> SwitchedShunts:
    """Shunts of a net that are in service and supplied.

    Parameters
    ----------
    net
        pandapower net, left as it is. Shunts with a table of step characteristics are left out.
    network
        Its compiled form.

    Returns
    -------
    SwitchedShunts
        In the order of ``net.shunt``.
    """
    table = net.shunt[net.shunt.in_service & net.shunt.bus.isin(list(network.node_of_bus))]
    if "step_dependency_table" in table:
        table = table[~table.step_dependency_table.astype("boolean").fillna(False).astype(bool)]
    rated = (net.bus.vn_kv.loc[table.bus].to_numpy() / table.vn_kv.to_numpy()) ** 2
    consumed = (table.p_mw.to_numpy() + 1j * table.q_mvar.to_numpy()) * rated
    names = [name if isinstance(name, str) and name else f"shunt {index}" for index, name in table.name.items()]
    steps = table.step.to_numpy(dtype=np.intp)
    return SwitchedShunts(
        names=tuple(names),
        node=np.array([network.node_of_bus[bus] for bus in table.bus], dtype=np.intp),
        compiled=steps,
        highest=np.maximum(steps, table.max_step.to_numpy(dtype=np.intp)),
        step_mva=shunt_from_pandapower(consumed.astype(np.complex128)),
        n_node=network.n_node,
    )

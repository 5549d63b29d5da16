"""The greatest losses that could be worth causing: what a bound must allow where energy has a negative price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heron.types import FloatArray, IndexArray
from powergrid.powerflow.compiled_network import CompiledNetwork

_LOWEST_VM_PU = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class LossIncentive:
    """What losses can earn in an interval, and what the violations cost that come with great ones.

    Parameters
    ----------
    loss_usd_per_mw
        Value of losses: the length of an interval times the lowest price, its sign changed. [USD/MW]
    voltage_usd_per_pu
        Penalty of a voltage outside the band, per bus; 0 for none. [USD/pu]
    overload_usd
        Penalty of an overload by the whole rating; 0 for none. [USD]
    v_min_pu, v_max_pu
        The band. [pu]
    """

    loss_usd_per_mw: float
    voltage_usd_per_pu: float = 0.0
    overload_usd: float = 0.0
    v_min_pu: float = 0.95
    v_max_pu: float = 1.05


def loss_limit_mw(
    network: CompiledNetwork, branches: IndexArray, power_mva: FloatArray, incentive: LossIncentive
) -> float:
    """Losses of some branches that no operation exceeds which is worth its penalties. [MW]

    Every branch carries at most the apparent power of everything behind it, at the lower end of the voltage band, and
    at most its rating. Beyond band and rating, more losses would earn less than the violation costs; where that is not
    so, the branch is taken at 0.5 pu, or without its rating. A branch in a loop may carry the power of all nodes.

    Parameters
    ----------
    network
        The network.
    branches
        Those whose losses count.
    power_mva : (n_node,)
        Greatest apparent power of loads and devices at each node. [MVA]
    incentive
        What losses earn and violations cost.

    Source
    ------
    docs/rl/baselines.md, "Losses at negative prices".
    """
    series = _SeriesElements(network)
    behind_pu = _power_behind(network, series, power_mva / network.base_mva, incentive.v_max_pu)
    to_mw = network.base_mva
    total = 0.0
    for branch in np.asarray(branches, dtype=np.intp).tolist():
        r, power = float(series.r_pu[branch]), float(behind_pu[branch])
        steepest = 2.0 * r * power**2 / _LOWEST_VM_PU**3 * to_mw * incentive.loss_usd_per_mw
        vm = incentive.v_min_pu if steepest <= incentive.voltage_usd_per_pu else _LOWEST_VM_PU
        current, rated = power / vm, float(series.rated_pu[branch])
        if current > rated:
            gain = r * rated * (current + rated) * to_mw * incentive.loss_usd_per_mw
            current = rated if gain <= incentive.overload_usd else current
        total += (r * current**2 + float(series.g_pu[branch]) * incentive.v_max_pu**2) * to_mw
    return total


def branches_behind(network: CompiledNetwork, branch: int) -> IndexArray:
    """A branch and all whose flow passes through it: what is cut off from the slack without it.

    Parameters
    ----------
    network
        The network.
    branch
        Row of the branch.
    """
    supplied, _ = _from_slack(network, without=branch)
    behind = np.ones(network.n_node, dtype=np.bool_)
    behind[supplied] = False
    found: IndexArray = np.union1d(np.flatnonzero(behind[network.from_node] | behind[network.to_node]), [branch])
    return found


class _SeriesElements:
    """Resistance, ratio, rating and shunt conductance of each branch, from its admittances. [pu]"""

    def __init__(self, network: CompiledNetwork) -> None:
        ratio = np.sqrt(np.abs(network.ytt) / np.abs(network.yff))
        impedance = -1.0 / (network.yft * ratio)
        self.r_pu = np.maximum(impedance.real, 0.0)
        self.z_pu = np.abs(impedance)
        self.ratio = ratio
        charging_from, charging_to = network.yff * ratio**2 + network.yft * ratio, network.ytt + network.ytf * ratio
        self.charging_pu = (np.abs(charging_from), np.abs(charging_to))
        self.g_pu = np.maximum(charging_from.real, 0.0) + np.maximum(charging_to.real, 0.0)
        base_ka = network.base_mva / (np.sqrt(3.0) * network.vn_kv)
        from_pu = _rated(network.rating_from_ka) / base_ka[network.from_node] * ratio
        to_pu = _rated(network.rating_to_ka) / base_ka[network.to_node]
        # loading is the larger of both ends'; current in the series element is that of the to end
        self.rated_pu = np.minimum(from_pu, to_pu)


def _rated(rating_ka: FloatArray) -> FloatArray:
    return np.where(rating_ka > 0.0, rating_ka, np.inf)


def _power_behind(
    network: CompiledNetwork, series: _SeriesElements, power_pu: FloatArray, v_max_pu: float
) -> FloatArray:
    """Apparent power each branch may have to carry at its to end, its own losses left out. [pu]"""
    at_node = power_pu + _shunt_power(network, series, v_max_pu)
    order, above = _from_slack(network)
    in_loop = len(above) != network.n_branch
    carried = np.full(network.n_branch, float(at_node.sum()))
    for node in reversed(order):
        if node not in above:
            continue
        branch, upper = above[node]
        # seen from a from end the series element carries the current times the ratio
        factor = float(series.ratio[branch]) if network.from_node[branch] == node else 1.0
        if not in_loop:
            carried[branch] = at_node[node] * max(factor, 1.0)
        at_node[upper] += at_node[node] + float(series.z_pu[branch]) * (carried[branch] / _LOWEST_VM_PU) ** 2
    return carried


def _shunt_power(network: CompiledNetwork, series: _SeriesElements, v_max_pu: float) -> FloatArray:
    own = network.y.diagonal().copy()
    np.subtract.at(own, network.from_node, network.yff)
    np.subtract.at(own, network.to_node, network.ytt)
    power: FloatArray = np.abs(own) * v_max_pu**2
    for nodes, charging in zip((network.from_node, network.to_node), series.charging_pu, strict=True):
        np.add.at(power, nodes, charging * v_max_pu**2)
    return power


def _from_slack(
    network: CompiledNetwork, *, without: int | None = None
) -> tuple[list[int], dict[int, tuple[int, int]]]:
    """Nodes in the order in which they are reached from the slack; branch and node above each."""
    beside: dict[int, list[tuple[int, int]]] = {node: [] for node in range(network.n_node)}
    ends = zip(network.from_node.tolist(), network.to_node.tolist(), strict=True)
    for branch, (one, other) in enumerate(ends):
        if branch == without:
            continue
        beside[one].append((branch, other))
        beside[other].append((branch, one))
    order = [int(node) for node in network.slack_nodes]
    above: dict[int, tuple[int, int]] = {}
    for node in order:
        for branch, other in beside[node]:
            if other not in above and other not in network.slack_nodes:
                above[other] = (branch, node)
                order.append(other)
    return order, above

"""Branches that stand open in some environments and not in others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest

from powergrid.errors import NetworkError, PowerFlowError
from powergrid.powerflow import (
    CompiledNetwork,
    FixedPointSolver,
    PandapowerSolver,
    Topology,
    Variation,
    VariedFlows,
    branch_flows,
    compile_network,
    fixed_injections,
    get_threads,
    open_switches,
    set_threads,
    source_power,
    supplied_nodes,
    unsupplied_names,
)


def ring(*, c_nf_per_km: float = 0.0) -> Any:
    """Three buses in a ring of lines of 0.1 pu resistance on 1 MVA; a source at the first."""
    net = pp.create_empty_network(name="ring", sn_mva=1.0)
    buses = pp.create_buses(net, 3, vn_kv=10.0, name=["source", "left", "right"])
    pp.create_ext_grid(net, buses[0])
    for name, ends in (("to left", (0, 1)), ("to right", (0, 2)), ("across", (1, 2))):
        pp.create_line_from_parameters(
            net, buses[ends[0]], buses[ends[1]], 1.0, 10.0, 0.0, c_nf_per_km=c_nf_per_km, max_i_ka=0.1, name=name
        )
    return net


def node(network: CompiledNetwork, name: str) -> int:
    return network.node_names.index(name)


def drawn(network: CompiledNetwork, n_env: int, **loads_mw: float) -> np.ndarray:
    s = np.zeros((network.n_node, n_env), dtype=np.complex128)
    for name, load_mw in loads_mw.items():
        s[node(network, name)] = -load_mw
    return s


class TestByHand:
    def test_an_open_line_leaves_the_way_around(self) -> None:
        network = compile_network(ring())
        topologies = [Topology(open_branches=["across"]), Topology(open_branches=["to left"])]
        s = drawn(network, 2, left=0.5)
        v = FixedPointSolver(network).solve(s, variation=Variation(topologies=topologies, topology=np.arange(2))).v
        # 0.1 pu to the load, or 0.2 pu around: v = (1 + sqrt(1 - 4 r p)) / 2 with r p = 0.05 and 0.1
        left = node(network, "left")
        np.testing.assert_allclose(v[left], [(1 + np.sqrt(0.8)) / 2, (1 + np.sqrt(0.6)) / 2], atol=1e-10)

    def test_nodes_without_supply_have_no_voltage_and_do_not_fail(self) -> None:
        network = compile_network(ring())
        dark = Topology(open_branches=["to left", "across"])
        s = drawn(network, 1, left=50.0, right=0.5)  # far more than the line could carry
        s[node(network, "left")] += np.nan
        result = FixedPointSolver(network).solve(s, variation=Variation(topologies=[dark]))
        assert result.converged.all()
        assert result.v[node(network, "left"), 0] == 0.0
        assert result.v[node(network, "right"), 0] == pytest.approx((1 + np.sqrt(0.8)) / 2, abs=1e-10)
        assert unsupplied_names(network, dark) == ("left",)
        assert supplied_nodes(network).all()

    def test_everything_may_lose_its_supply(self) -> None:
        network = compile_network(ring())
        dark = Topology(open_branches=["to left", "to right"])
        result = FixedPointSolver(network).solve(drawn(network, 12, left=0.5), variation=Variation(topologies=[dark]))
        assert result.converged.all()
        assert np.count_nonzero(result.v) == 12
        np.testing.assert_array_equal(result.v[network.slack_nodes], 1.0)

    def test_an_island_with_a_source_of_its_own_lives_on(self) -> None:
        net = ring()
        pp.create_ext_grid(net, 2, vm_pu=1.02)
        network = compile_network(net)
        apart = Topology(open_branches=["to right", "to left"])
        v = FixedPointSolver(network).solve(drawn(network, 1, left=0.5), variation=Variation(topologies=[apart])).v
        # fed from the right: v = 1.02 - 0.1 * 0.5 / v
        assert v[node(network, "left"), 0] == pytest.approx((1.02 + np.sqrt(1.02**2 - 0.2)) / 2, abs=1e-10)

    def test_a_line_open_at_one_end_is_charged_from_the_other(self) -> None:
        net = ring(c_nf_per_km=2000.0)
        network = compile_network(net)
        hanging = Topology(open_ends=[("across", "to")])
        variation = Variation(topologies=[hanging])
        v = FixedPointSolver(network).solve(drawn(network, 1), variation=variation).v
        flows = branch_flows(network, v)
        VariedFlows(network).correct_flows(v, variation, flows)
        across = network.branch("across")
        # 2000 nF at 50 Hz and 10 kV are 0.0628 Mvar
        assert flows.s_from[across, 0].imag == pytest.approx(-2 * np.pi * 50 * 2e-6 * 100, rel=0.02)
        assert flows.s_to[across, 0] == 0.0

    def test_nothing_open_is_the_network_itself(self) -> None:
        network = compile_network(ring())
        s = drawn(network, 3, left=0.5, right=0.1)
        solver = FixedPointSolver(network)
        plain = solver.solve(s)
        assert solver.solve(s, variation=Variation()).v.tobytes() == plain.v.tobytes()


class TestAgainstPandapower:
    def test_outages_of_any_branch_with_any_taps(
        self, fused_net: Any, fused_network: CompiledNetwork, fused_loads: np.ndarray, varied: Callable[..., np.ndarray]
    ) -> None:
        rng = np.random.default_rng(3)
        branches = list(zip(fused_network.branch_kind, fused_network.branch_element.tolist(), strict=True))
        chosen = [branches[row] for row in rng.choice(len(branches), 8, replace=False)]
        topologies = [Topology(open_branches=[branch]) for branch in chosen[:5]]
        topologies += [Topology(open_ends=[(branch, "to")]) for branch in chosen[5:]] + [Topology()]
        variation = Variation(topologies=topologies, topology=np.arange(9), taps=rng.integers(-8, 9, (5, 9)))
        assert_newtons(fused_net, fused_network, varied(fused_loads, 9, high=1.0), variation)

    def test_switches_of_lines_that_are_open_at_the_other_end(self, injections: Callable[..., np.ndarray]) -> None:
        net = pn.create_cigre_network_mv(with_der="all")
        network = compile_network(net)
        closed = [int(switch) for switch in net.switch.index[net.switch.closed]]
        topologies = [open_switches(net, [switch]) for switch in closed] + [open_switches(net, closed[:2])]
        s = np.repeat(injections(net, network), len(topologies), axis=1)
        assert_newtons(net, network, s, Variation(topologies=topologies, topology=np.arange(len(topologies))))

    def test_ties_that_are_closed_when_a_line_is_lost(
        self, injections: Callable[..., np.ndarray], varied: Callable[..., np.ndarray]
    ) -> None:
        net = pn.case33bw()
        ties = [("line", int(line)) for line in net.line.index[~net.line.in_service]]
        network = compile_network(net, closable=ties)
        lines = [("line", line) for line in (3, 7, 20, 24)]
        topologies = [Topology()]
        topologies += [Topology(open_branches=[line], closed_branches=[tie]) for line in lines for tie in ties]
        topologies += [Topology(closed_branches=ties)]
        s = varied(injections(net, network), len(topologies), high=1.0)
        assert_newtons(net, network, s, Variation(topologies=topologies, topology=np.arange(len(topologies))))

    def test_a_switch_between_buses_with_an_impedance(self, fused_loads: np.ndarray) -> None:
        net = ring()
        end = pp.create_bus(net, 10.0, name="end")
        switch = pp.create_switch(net, 1, end, et="b", z_ohm=0.5)
        network = compile_network(net)
        variation = Variation(topologies=[Topology(), open_switches(net, [switch])], topology=np.arange(2))
        assert_newtons(net, network, drawn(network, 2, left=0.2, end=0.3), variation)
        assert unsupplied_names(network, variation.topologies[1]) == ("end",)


class TestClosing:
    def test_a_net_compiled_with_ties_is_the_same_until_they_close(self, injections: Callable[..., np.ndarray]) -> None:
        net = pn.case33bw()
        plain, with_ties = compile_network(net), compile_network(net, closable=[("line", 32), ("line", 36)])
        v = FixedPointSolver(plain).solve(injections(net, plain)).v
        tied = FixedPointSolver(with_ties).solve(injections(net, with_ties)).v
        np.testing.assert_allclose(tied, v, atol=1e-12)
        flows = branch_flows(with_ties, tied)
        assert flows.s_from[with_ties.branch(with_ties.branch_names[-1])] == 0.0
        assert with_ties.n_branch == plain.n_branch + 2

    def test_closing_a_switch_supplies_what_lay_behind_it(self) -> None:
        net = ring()
        end = pp.create_bus(net, 10.0, name="end")
        pp.create_line_from_parameters(net, 1, end, 1.0, 10.0, 0.0, 0.0, 0.1, name="spur")
        pp.create_switch(net, 1, 3, et="l", closed=False)
        pp.create_sgen(net, end, p_mw=0.3)
        network = compile_network(net, closable=["spur"])
        assert unsupplied_names(network) == ("end",)
        s = fixed_injections(net, network)[:, np.newaxis]
        assert s[node(network, "end"), 0] == pytest.approx(0.3)
        variation = Variation(
            topologies=[Topology(), Topology(closed_branches=["spur"], open_branches=["across", "to right"])],
            topology=np.arange(2),
        )
        v = FixedPointSolver(network).solve(np.repeat(s, 2, axis=1), variation=variation).v
        # 0.2 pu away: v = (1 + sqrt(1 + 4 * 0.06)) / 2
        np.testing.assert_allclose(v[node(network, "end")], [0.0, (1 + np.sqrt(1.24)) / 2], atol=1e-10)

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [("no line", "0 branches .* are called 'no line'"), (("line", 99), "has no line 99 to close")],
    )
    def test_what_is_not_there_cannot_be_closed(self, wrong: Any, message: str) -> None:
        with pytest.raises(NetworkError, match=message):
            compile_network(ring(), closable=[wrong])

    def test_a_switch_of_a_line_is_no_branch(self) -> None:
        net = ring()
        pp.create_switch(net, 0, 0, et="l", closed=False)
        with pytest.raises(NetworkError, match="Switch 0 .* is no branch of its own"):
            compile_network(net, closable=[("switch", 0)])


class TestBits:
    def test_topologies_taps_and_threads_do_not_change_a_bit(
        self, fused_network: CompiledNetwork, fused_loads: np.ndarray, varied: Callable[..., np.ndarray]
    ) -> None:
        rng, n_env = np.random.default_rng(11), 300
        s = varied(fused_loads, n_env, low=-0.3)
        topologies = [Topology(), *(Topology(open_branches=[fused_network.branch_names[row]]) for row in (20, 60))]
        chosen, taps = rng.integers(0, 3, n_env), rng.integers(-8, 9, (5, n_env))
        solver = FixedPointSolver(fused_network)
        before = get_threads()
        try:
            set_threads(1)
            whole = solver.solve(s, variation=Variation(topologies=topologies, topology=chosen, taps=taps))
            set_threads(3)
            shared = solver.solve(s, variation=Variation(topologies=topologies, topology=chosen, taps=taps))
        finally:
            set_threads(before)
        for name in ("v", "status", "iterations", "mismatch_mva"):
            assert getattr(shared, name).tobytes() == getattr(whole, name).tobytes(), name
        for env in range(0, n_env, 37):
            mine = Variation(topologies=[topologies[chosen[env]]], taps=taps[:, [env]])
            alone = FixedPointSolver(fused_network).solve(s[:, [env]], variation=mine)
            assert alone.v.tobytes() == np.ascontiguousarray(whole.v[:, [env]]).tobytes()


class TestFlows:
    def test_open_branches_carry_nothing_and_power_is_conserved(
        self, fused_network: CompiledNetwork, fused_loads: np.ndarray, varied: Callable[..., np.ndarray]
    ) -> None:
        network, s = fused_network, varied(fused_loads, 4)
        rows = [0, 10, network.n_branch - 1]
        topologies = [Topology()]
        topologies += [Topology(open_branches=[(network.branch_kind[r], int(network.branch_element[r]))]) for r in rows]
        variation = Variation(topologies=topologies, topology=np.arange(4))
        v = FixedPointSolver(network).solve(s, variation=variation).v
        flows, source = branch_flows(network, v), source_power(network, v)
        kept = flows.s_from[:, 0].copy()
        VariedFlows(network).correct_flows(v, variation, flows)
        VariedFlows(network).correct_source_power(v, variation, source)
        np.testing.assert_array_equal(flows.s_from[:, 0], kept)
        for env, row in enumerate(rows, 1):
            assert flows.s_from[row, env] == flows.s_to[row, env] == flows.loading[row, env] == 0.0
        own = network.y @ np.ones(network.n_node)
        np.subtract.at(own, network.from_node, network.yff + network.yft)
        np.subtract.at(own, network.to_node, network.ytf + network.ytt)
        shunts = network.base_mva * np.abs(v) ** 2 * np.conj(own)[:, np.newaxis]
        free = np.setdiff1d(np.arange(network.n_node), network.slack_nodes)
        injected = np.sum(np.where(v[free] != 0.0, s[free], 0.0), axis=0) + np.sum(source, axis=0)
        left = injected - np.sum(flows.s_from + flows.s_to, axis=0) - np.sum(shunts, axis=0)
        np.testing.assert_allclose(left.real, 0.0, atol=1e-9)


class TestRefusals:
    def test_branches_and_ends_must_exist(self) -> None:
        network = compile_network(ring())
        solver, s = FixedPointSolver(network), drawn(network, 1)
        for wrong, message in (
            (Topology(open_branches=["acros"]), "No branch that is in service is called 'acros'"),
            (Topology(open_branches=[("line", 7)]), "The compiled network has no line 7"),
            (Topology(open_ends=[("across", "hv")]), "The end of branch 'across' is 'from' or 'to', not 'hv'"),  # type: ignore[list-item]
            (Topology(open_branches=["across"], closed_branches=["across"]), "both opens and closes branch 'across'"),
        ):
            with pytest.raises(NetworkError, match=message):
                solver.solve(s, variation=Variation(topologies=[wrong]))

    def test_one_name_is_not_several(self) -> None:
        with pytest.raises(NetworkError, match="'across' is one branch, not several"):
            Topology(open_branches="across")

    def test_every_environment_has_a_topology_that_exists(self) -> None:
        network = compile_network(ring())
        solver, s = FixedPointSolver(network), drawn(network, 2)
        with pytest.raises(PowerFlowError, match="An environment asks for topology 1; there are 1"):
            solver.solve(s, variation=Variation(topology=np.array([0, 1])))
        with pytest.raises(PowerFlowError, match=r"'topology' has shape \(3,\); there are 2 environments"):
            solver.solve(s, variation=Variation(topology=np.zeros(3)))

    def test_buses_that_are_one_node_cannot_be_parted(self) -> None:
        net = ring()
        end = pp.create_bus(net, 10.0)
        switch = pp.create_switch(net, 1, end, et="b")
        with pytest.raises(NetworkError, match=f"Switch {switch} .* cannot be opened"):
            open_switches(net, [switch])
        with pytest.raises(NetworkError, match="There is no switch 9"):
            open_switches(net, [9])


def assert_newtons(net: Any, network: CompiledNetwork, s: np.ndarray, variation: Variation) -> None:
    ours = FixedPointSolver(network).solve(s, variation=variation)
    theirs = PandapowerSolver(net, network, tolerance_mva=1e-9).solve(s, variation=variation)
    assert ours.converged.all()
    assert theirs.converged.all()
    np.testing.assert_allclose(ours.v, theirs.v, rtol=0.0, atol=1e-8)

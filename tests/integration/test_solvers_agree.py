"""Our fixed point, our Newton and pandapower's give the same day; so does pandapower on an exported net."""

from __future__ import annotations

import copy

import numpy as np
import pandapower as pp
import pytest


def test_both_solvers_give_the_same_trajectory(shared_env, new_env, setup, drawn) -> None:
    ours, theirs = shared_env(setup), new_env(setup, solver="pandapower")
    for env in (ours, theirs):
        env.reset(seed=12)
    for action in drawn(ours, 24, seed=2):
        first, second = ours.step(action), theirs.step(action)
        assert not theirs.plant.failed().any()
        np.testing.assert_allclose(ours.plant.grid.v, theirs.plant.grid.v, rtol=0.0, atol=1e-8)
        for agent in ours.possible_agents:
            assert first[1][agent] == pytest.approx(second[1][agent], abs=1e-5)
            np.testing.assert_allclose(first[0][agent], second[0][agent], atol=1e-5)


def test_newton_gives_the_same_trajectory_too(shared_env, new_env, setup, drawn) -> None:
    fixed, newton = shared_env(setup), new_env(setup, solver="newton")
    for env in (fixed, newton):
        env.reset(seed=12)
    for action in drawn(fixed, 24, seed=2):
        first, second = fixed.step(action), newton.step(action)
        np.testing.assert_allclose(fixed.plant.grid.v, newton.plant.grid.v, rtol=0.0, atol=1e-9)
        for agent in fixed.possible_agents:
            assert first[1][agent] == pytest.approx(second[1][agent], abs=1e-6)


def test_pandapower_reproduces_an_exported_environment(shared_env, setup, drawn) -> None:
    env = shared_env(setup, n_env=2)
    env.core.reset(seeds=[13, 14])
    for action in drawn(env, 15, seed=3):
        env.core.step(action)
    for index in (0, 1):
        exported, solved = env.to_pandapower(index), env.to_pandapower(index)
        pp.runpp(solved, tolerance_mva=1e-10)
        np.testing.assert_allclose(exported.res_bus.vm_pu, solved.res_bus.vm_pu, rtol=0.0, atol=1e-8)
        for table in ("bus", "line", "trafo", "ext_grid", "load", "sgen", "storage", "shunt"):
            found, expected = exported[f"res_{table}"], solved[f"res_{table}"]
            assert set(found.columns) == set(expected.columns)
            np.testing.assert_allclose(
                found[expected.columns].to_numpy(dtype=float), expected.to_numpy(dtype=float), atol=2e-6, err_msg=table
            )


def test_the_net_alone_is_a_complete_model_with_a_silent_element_per_device(shared_env, setup) -> None:
    env = shared_env(setup)
    net = copy.deepcopy(env.net)
    pp.runpp(net)
    devices = {device.agent_id for agent in env.possible_agents for device in env.agent_dict[agent].devices.values()}
    elements = {*net.sgen.name, *net.storage.name, *net.load.name} & devices
    assert elements == devices
    assert not net.sgen.p_mw.any()
    assert not net.storage.p_mw.any()


def test_the_taps_of_the_setup_are_in_the_export(shared_env) -> None:
    exported = shared_env("ieee34_ieee13").to_pandapower()
    taps = exported.trafo.set_index("name").tap_pos
    assert taps["DSO Regulator 1"] == taps["DSO Regulator 2"] == 2
    assert taps["MG1 Regulator 1"] == 0

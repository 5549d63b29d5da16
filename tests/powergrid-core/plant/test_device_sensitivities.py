"""What a plant says about more power of its devices."""

from __future__ import annotations

import numpy as np
import pytest

from powergrid.envs import NetworkedGridEnv
from powergrid.errors import PowerFlowError
from powergrid.networks import IEEE34Bus
from powergrid.powerflow import SensitivityStatus, Topology


def test_a_device_at_the_end_of_a_line_has_the_derivative_of_its_closed_form(world, pair_env) -> None:
    # 0.9 MW behind r = 0.1: v = 0.9, dv/dP = r / (2 v - 1) = 0.125; loss 0.1 MW: -2 (1 - v) / r dv/dP = -0.25.
    # The current (1 - v) / r falls by 1.25 pu per MW, of a rating of 0.8 pu: -1.5625.
    env = pair_env([world.device("Engine", "e1", p_max_mw=0.5)], load_mw=0.9)
    env.reset()
    env.step({"MG1": [-1.0]})
    found = env.plant.sensitivities(["MG1.e1"])
    assert found.devices == ("MG1.e1",)
    assert found.found.tolist() == [True]
    end = found.node_names.index("end")
    np.testing.assert_allclose(found.dv_dp_pu_per_mw("MG1.e1")[end], 0.125, rtol=1e-7)
    np.testing.assert_allclose(found.dv_dq_pu_per_mvar("MG1.e1")[end], 0.0, atol=1e-9)
    np.testing.assert_allclose(found.dloss_dp_mw_per_mw("MG1.e1"), -0.25, rtol=1e-7)
    np.testing.assert_allclose(found.dloss_dq_mw_per_mvar("MG1.e1"), 0.0, atol=1e-9)
    assert found.branch_names == ("line",)
    np.testing.assert_allclose(found.dloading_dp_per_mw("MG1.e1")[0], -1.5625, rtol=1e-7)
    np.testing.assert_allclose(found.dloading_dq_per_mvar("MG1.e1")[0], 0.0, atol=1e-8)


@pytest.mark.parametrize("share", ["p", "i", "z"])
def test_it_says_what_another_setpoint_would_have_done(world, share) -> None:
    # the same hour with 0.2 and 0.2 +- 0.002 MW in three environments, for loads of constant power, current, impedance
    net = world.pair_net(load_mw=0.9)
    for letter in "pq":
        net.load[f"const_i_{letter}_percent"] = 100.0 if share == "i" else 0.0
        net.load[f"const_z_{letter}_percent"] = 100.0 if share == "z" else 0.0
    agent = world.grid_agent(net, [world.device("Engine", "e1", p_max_mw=0.4)])
    env = NetworkedGridEnv.from_agents(net, [agent], {"dataset": world.series(), "start": 0}, n_env=3)
    env.core.reset(seeds=[0, 0, 0])
    env.core.step({"MG1": np.array([[0.0], [0.01], [-0.01]])})
    found = env.plant.sensitivities()
    end = found.node_names.index("end")
    vm_pu, loss_mw = env.plant.grid.vm_pu[end], env.plant.grid.losses_mw()
    slope = found.dv_dp_pu_per_mw("MG1.e1")[end, 0], found.dloss_dp_mw_per_mw("MG1.e1")[0]
    np.testing.assert_allclose(slope[0], (vm_pu[1] - vm_pu[2]) / 0.004, rtol=1e-5)
    np.testing.assert_allclose(slope[1], (loss_mw[1] - loss_mw[2]) / 0.004, rtol=1e-4)


def test_taps_and_switches_of_each_environment_count(world) -> None:
    # the feeder's regulators two steps lower and the line to bus 810 open, with 0.2 and 0.2 +- 0.002 MW
    net = IEEE34Bus("F", load_scale=0.5)
    agent = world.grid_agent(net, [world.device("Engine", "e1", bus="Bus 860", p_max_mw=0.4)])
    env = NetworkedGridEnv.from_agents(net, [agent], {"dataset": world.series(), "start": 0}, n_env=3)
    env.core.reset(seeds=[0, 0, 0])
    changers, branches = env.plant.grid.network.tap_changers, env.plant.grid.network.branch_names
    env.plant.set_taps(changers.compiled[:, np.newaxis] - 2)
    env.plant.set_topology(Topology(open_branches=[branches[3]]))
    env.core.step({"MG1": np.array([[0.0], [0.01], [-0.01]])})
    assert (env.plant.grid.vm_pu == 0.0).any()
    found = env.plant.sensitivities()
    assert found.found.all()
    vm_pu = env.plant.grid.vm_pu
    slope = found.dv_dp_pu_per_mw("MG1.e1")[:, 0]
    np.testing.assert_allclose(slope, (vm_pu[:, 1] - vm_pu[:, 2]) / 0.004, rtol=1e-5, atol=1e-7)


def test_after_a_failure_they_belong_to_the_flow_that_is_kept(world, pair_env) -> None:
    env = pair_env([world.device("Engine", "e1", p_max_mw=0.5)], load_mw=0.9, n_env=2)
    env.core.reset(seeds=[0, 0])
    env.core.step({"MG1": np.zeros((2, 1))})
    before = env.plant.sensitivities()
    env.plant.load_scale()[:, 1] = 10.0
    env.core.step({"MG1": np.zeros((2, 1))})
    assert env.plant.failed().tolist() == [False, True]
    after = env.plant.sensitivities()
    np.testing.assert_array_equal(after.values.dv_dp_pu_per_mw, before.values.dv_dp_pu_per_mw)
    assert after.found.all()


def test_an_episode_that_cannot_begin_has_zeros_and_a_status(world, pair_env) -> None:
    env = pair_env([world.device("Engine", "e1", p_max_mw=0.5)], load_mw=9.0)
    env.reset()
    assert env.plant.failed().all()
    found = env.plant.sensitivities()
    assert found.values.status.tolist() == [SensitivityStatus.UNSOLVED]
    np.testing.assert_array_equal(found.dv_dp_pu_per_mw("MG1.e1"), 0.0)


def test_an_unknown_device_is_named_with_its_nearest(world, pair_env) -> None:
    env = pair_env([world.device("Engine", "e1", p_max_mw=0.5)])
    env.reset()
    with pytest.raises(PowerFlowError, match=r"There is no device 'MG1.e2' among 1. Did you mean 'MG1.e1'"):
        env.plant.sensitivities(["MG1.e2"])
    with pytest.raises(PowerFlowError, match=r"There is no device 'e1'"):
        env.plant.sensitivities().dv_dp_pu_per_mw("e1")
    with pytest.raises(PowerFlowError, match=r"'devices' is 'MG1.e1', one name. Give a list"):
        env.plant.sensitivities("MG1.e1")

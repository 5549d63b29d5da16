"""An agent that moves the tap of a regulator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandapower as pp
import pytest

from heron.errors import ConfigError
from powergrid import testing
from powergrid.agents import PowerGridAgent
from powergrid.envs import NetworkedGridEnv
from powergrid.networks import IEEE13Bus

REGULATOR = "MG1 Regulator 1"


def regulated(n_env: int = 1, **parameters: Any) -> NetworkedGridEnv:
    net = IEEE13Bus("MG1", load_scale=0.8)
    devices = [
        {
            "name": name,
            "type": "Transformer",
            "device_state_config": {"bus": "671", "transformer": "Regulator 1"} | settings,
        }
        for name, settings in parameters.pop("devices", {"tap": parameters}).items()
    ]
    agent = PowerGridAgent(net, {"name": "MG1", "devices": devices})
    return NetworkedGridEnv.from_agents(net, [agent], {"max_episode_steps": 24}, n_env=n_env)


def test_an_action_moves_the_tap_in_the_interval_it_is_for() -> None:
    env = regulated(n_env=3, tap_change_cost_usd=2.0)
    env.core.reset(seeds=[0, 1, 2])
    grid = env.plant.grid
    behind = grid.network.node_names.index("MG1 Bus 671")
    before = grid.vm_pu[behind].copy()
    result = env.core.step({"MG1": np.array([[-0.25], [0.0], [0.51]])})
    # of -16 to 16: 4 steps down, none, and 8.16 up, which is 8; 0.625 % each
    assert grid.taps[0].tolist() == [-4.0, 0.0, 8.0]
    np.testing.assert_allclose(grid.vm_pu[behind] - before, [-0.025, 0.0, 0.05], atol=0.008)
    np.testing.assert_allclose(result.costs["MG1"], [8.0, 0.0, 16.0])
    assert env.agent_dict["MG1"].devices["tap"].cost.tolist() == [8.0, 0.0, 16.0]


def test_the_exported_net_has_the_tap() -> None:
    env = regulated()
    env.core.reset(seeds=[0])
    env.core.step({"MG1": np.array([[0.5]])})
    exported = env.to_pandapower()
    assert exported.trafo.tap_pos[exported.trafo.name == REGULATOR].item() == 8.0
    testing.check_export_is_reproduced(env, pp.runpp)


def test_every_episode_begins_at_the_initial_position() -> None:
    env = regulated(n_env=2, tap_initial=3)
    env.core.reset(seeds=[0, 1])
    assert env.plant.grid.taps[0].tolist() == [3.0, 3.0]
    env.core.step({"MG1": np.array([[1.0], [-1.0]])})
    env.core.reset(envs=np.array([1]))
    assert env.plant.grid.taps[0].tolist() == [16.0, 3.0]


def test_going_on_after_a_restore_equals_never_having_stopped() -> None:
    env = regulated(n_env=2)
    env.core.reset(seeds=[0, 1])
    env.core.step({"MG1": np.array([[0.3], [-0.3]])})
    state = env.core.save_state()
    env.core.step({"MG1": np.array([[0.9], [-0.9]])})
    wanted = env.plant.table.values.copy()
    env.core.restore_state(state)
    env.core.step({"MG1": np.array([[0.9], [-0.9]])})
    np.testing.assert_array_equal(env.plant.table.values, wanted)


def test_energy_is_balanced_and_paid_once() -> None:
    env = regulated(n_env=3, tap_change_cost_usd=1.5)
    testing.check_energy_is_balanced(env)
    testing.check_energy_is_paid_once(env)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"transformer": "Regulator 7"}, "'MG1.tap' is to move the tap of 'Regulator 7'; .* are MG1 Regulator 1"),
        ({"tap_max": 17}, "'MG1.tap' asks for positions -16 to 17; 'MG1 Regulator 1' has -16 to 16"),
        ({"devices": {"a": {}, "b": {}}}, "'MG1.a' and 'MG1.b' both move the tap of 'Regulator 1'"),
    ],
)
def test_what_cannot_be_moved_is_refused_when_the_environment_is_built(parameters: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        regulated(**parameters)

"""Actions that are wrong, and actions that cannot be followed."""

from __future__ import annotations

import numpy as np
import pytest

from heron.errors import ActionError, ConfigError
from heron.testing import check_bad_actions_are_refused


@pytest.fixture
def env(world, pair_env):
    made = pair_env(
        [world.device("Engine", "e1", p_max_mw=0.5), world.device("Cell", "b1", capacity_mwh=1.0, p_max_mw=0.8)]
    )
    made.reset(seed=0)
    return made


def test_nan_is_refused_naming_agent_and_field(env) -> None:
    before = env.core.table.values.copy()
    with pytest.raises(ActionError, match=r"'MG1' is nan in field 'b1.p_mw'"):
        env.step({"MG1": [0.0, np.nan]})
    with pytest.raises(ActionError, match=r"'MG1' is inf in field 'e1.p_mw'"):
        env.step({"MG1": [np.inf, 0.0]})
    np.testing.assert_array_equal(env.core.table.values, before)


def test_a_wrong_shape_is_refused_naming_agent_and_fields(env) -> None:
    with pytest.raises(ActionError, match=r"'MG1' has shape \(3,\), expected \(2,\): \['e1.p_mw', 'b1.p_mw'\]"):
        env.step({"MG1": [0.0, 0.0, 0.0]})
    with pytest.raises(ActionError, match="No action for agent 'MG1'"):
        env.step({})
    with pytest.raises(ActionError, match="Action for 'MG2', who is no learner. Did you mean 'MG1'"):
        env.step({"MG1": [0.0, 0.0], "MG2": [0.0]})


def test_every_bad_action_leaves_the_world_as_it_was(world, pair_env) -> None:
    devices = [world.device("Engine", "e1", p_max_mw=0.5), world.device("Heater", "h1")]
    check_bad_actions_are_refused(lambda n_env: pair_env(devices, n_env=n_env).core)


def test_a_setpoint_that_cannot_be_followed_is_reported(env) -> None:
    # 0.5 MWh at 80 % give 0.4 MW for an hour; 0.8 were asked
    *_, infos = env.step({"MG1": [0.0, 1.0]})
    assert infos["MG1"]["limited"] == ("MG1.b1.p_mw",)
    assert env.plant.fleet.power_mw()[1, 0] == pytest.approx(0.4)
    *_, infos = env.step({"MG1": [0.0, -0.25]})
    assert infos["MG1"]["limited"] == ()


def test_an_action_beyond_its_bounds_is_limited_and_reported(env) -> None:
    *_, infos = env.step({"MG1": [2.0, 0.0]})
    assert infos["MG1"]["limited"] == ("MG1.e1.p_mw",)
    assert env.plant.fleet.power_mw()[0, 0] == 0.5


def test_stepping_after_the_end_is_refused(world, pair_env) -> None:
    env = pair_env([world.device("Engine", "e1", p_max_mw=0.5)], {"max_episode_steps": 1})
    with pytest.raises(ConfigError, match=r"Call reset\(\)"):
        env.step({"MG1": [0.0]})
    env.reset()
    env.step({"MG1": [0.0]})
    with pytest.raises(ConfigError, match="No episode is under way"):
        env.step({"MG1": [0.0]})

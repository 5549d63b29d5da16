"""Where setpoints sit in an agent's action."""

from __future__ import annotations

import numpy as np
import pytest
from small_world import BATTERY, GENERATOR, SUN, alone

from heron.errors import ConfigError
from heron.protocols.vertical import PriceSignalProtocol
from powergrid.envs import MultiAgentMicrogrids
from powergrid_rl.baselines import ActionLayout


def layout(*devices: dict, **changes: object) -> ActionLayout:
    env = MultiAgentMicrogrids(alone(*devices, **changes))
    return ActionLayout(env.get_heron_agent("MG1"))


def test_powers_are_scaled_to_the_bounds_of_their_field() -> None:
    # generator 0 to 0.3 MW: 0.225 is half-way from the middle to the top; battery -0.25 to 0.25 MW: -0.125 is -0.5
    found = layout(GENERATOR, BATTERY)
    assert found.names == ["gen1.p_mw", "gen1.q_mvar", "ess1.p_mw"]
    action = found.action({"gen1.p_mw": np.array([0.225]), "ess1.p_mw": np.array([-0.125])}, {}, 1)
    np.testing.assert_allclose(action, [[0.5, 0.0, -0.5]], atol=1e-12)


def test_what_nothing_is_said_about_stays_neutral() -> None:
    # a generator's neutral power is its lowest, -1; the neutral of curtailment 0 to 1 is 0, so -1 too
    found = layout(GENERATOR, SUN)
    np.testing.assert_allclose(found.action({}, {}, 2), [[-1.0, 0.0, -1.0, 0.0]] * 2)


def test_a_fraction_goes_to_every_entry_of_its_field_and_a_power_goes_before_it() -> None:
    found = layout(GENERATOR, SUN)
    action = found.action({"gen1.q_mvar": np.array([0.05])}, {"q_mvar": np.array([0.2])}, 1)
    # 0.05 of 0.1 Mvar is 0.5 for the generator; the sun takes the fraction as it is
    np.testing.assert_allclose(action, [[-1.0, 0.5, -1.0, 0.2]])


def test_a_shared_entry_is_found_by_its_field() -> None:
    found = layout(GENERATOR, SUN, shared_action_fields=["q_mvar", "curtailment"])
    assert found.names == ["gen1.p_mw", "q_mvar", "curtailment"]
    action = found.action({}, {"q_mvar": np.array([0.2]), "curtailment": np.array([3.0])}, 1)
    np.testing.assert_allclose(action, [[-1.0, 0.2, 1.0]])


def test_a_field_without_room_does_not_divide_by_zero() -> None:
    stuck = {**BATTERY, "device_state_config": {**BATTERY["device_state_config"], "p_max_mw": 0.0, "p_min_mw": 0.0}}
    assert np.isfinite(layout(stuck).action({"ess1.p_mw": np.array([0.0])}, {}, 1)).all()


def test_an_agent_that_sets_no_setpoints_is_refused_by_name() -> None:
    env = MultiAgentMicrogrids(alone(GENERATOR))
    agent = env.get_heron_agent("MG1")
    agent.protocol = PriceSignalProtocol()
    with pytest.raises(ConfigError, match="'MG1' sets no setpoints .its protocol is PriceSignalProtocol"):
        ActionLayout(agent)


def test_an_agent_without_devices_is_refused() -> None:
    env = MultiAgentMicrogrids(alone(GENERATOR))
    agent = env.get_heron_agent("MG1")
    agent.subordinates.clear()
    with pytest.raises(ConfigError, match="sets no setpoints"):
        ActionLayout(agent)

"""What a local controller knows of its microgrid."""

from __future__ import annotations

import numpy as np
import pytest
from small_world import BATTERY, GENERATOR, SUN, alone, attached, days, device

from powergrid.envs import MultiAgentMicrogrids
from powergrid_rl.baselines import read_nameplate


def plate_of(config: dict):
    env = MultiAgentMicrogrids(config)
    return env, read_nameplate(env.get_heron_agent("MG1"), env.plant, env.net)


def test_devices_are_told_apart_by_their_parameters() -> None:
    others = [device("SmallLoad", "load1"), device("Mystery", "box")]
    _, plate = plate_of(alone(GENERATOR, BATTERY, SUN, *others))
    groups = (plate.generators, plate.storages, plate.renewables, plate.loads, plate.others)
    assert [list(group) for group in groups] == [["gen1"], ["ess1"], ["pv1"], ["load1"], ["box"]]


def test_nominal_load_is_that_of_the_feeder_and_capacitors_are_apart() -> None:
    # IEEE 13: 3,466 kW and 2,102 kvar in all, capacitors 700 kvar; scaled by 0.15
    _, plate = plate_of(alone(GENERATOR))
    assert plate.nominal_load_mw == pytest.approx(0.15 * 3.466, rel=1e-3)
    assert plate.nominal_load_mvar == pytest.approx(0.15 * 2.102, rel=1e-3)
    assert plate.capacitors_mvar == pytest.approx(0.15 * 0.7, rel=1e-3)


def test_a_transformer_limits_only_where_there_is_one() -> None:
    assert plate_of(alone(GENERATOR))[1].transformer_mva == np.inf
    assert plate_of(attached(GENERATOR))[1].transformer_mva == 0.5


def test_load_sun_and_stored_energy_are_those_of_the_interval_that_starts_now() -> None:
    load = device("SmallLoad", "load1", profile="load")
    fixed = device("SmallLoad", "load2", sheddable=False)
    env, plate = plate_of(alone(BATTERY, SUN, load, fixed, dataset=days(load=0.5, solar=0.25)))
    env.reset(seed=0)
    seen = env.core.observe("MG1")
    # half of the feeder's load, half of 0.1 MW that follows the series, and 0.1 MW that does not
    assert plate.load_mw(seen)[0] == pytest.approx(0.5 * plate.nominal_load_mw + 0.05 + 0.1, rel=1e-12)
    reactive = 0.5 * plate.nominal_load_mvar - plate.capacitors_mvar + 0.5 * 0.02 + 0.02
    assert plate.load_mvar(seen)[0] == pytest.approx(reactive, rel=1e-12)
    assert plate.available_mw(seen, "pv1")[0] == pytest.approx(0.25 * 0.2)
    assert plate.soc(seen, "ess1")[0] == 0.5

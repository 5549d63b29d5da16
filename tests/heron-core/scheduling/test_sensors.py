"""Sensors that are stuck or off: what one agent reads, and nothing else."""

from __future__ import annotations

import json

import numpy as np
import pytest

from heron.errors import ConfigError
from heron.scheduling.sensors import SensorFaults

ROWS = np.array([2, 5, 9])
TRUE = np.array([[20.0, 21.0], [18.0, 19.0], [-5.0, -4.0]])


def read(faults: SensorFaults, agent: str = "house1", time_ns: int | None = None) -> list[list[float]]:
    return faults.apply(agent, ROWS, TRUE, time_ns=time_ns).tolist()


def test_without_a_fault_the_very_same_array_is_read() -> None:
    faults = SensorFaults()
    assert faults.apply("house1", ROWS, TRUE) is TRUE
    faults.bias("house2", 5, 1.0)
    assert faults.apply("house1", ROWS, TRUE) is TRUE


def test_a_frozen_sensor_shows_what_it_held_and_the_true_values_stay() -> None:
    faults = SensorFaults()
    faults.freeze("house1", 5, np.array([17.0, 16.0]))
    before = TRUE.copy()
    assert read(faults) == [[20.0, 21.0], [17.0, 16.0], [-5.0, -4.0]]
    np.testing.assert_array_equal(TRUE, before)


def test_what_a_frozen_sensor_holds_does_not_follow_the_world() -> None:
    world = np.array([18.0, 19.0])
    faults = SensorFaults()
    faults.freeze("house1", 5, world)
    world += 1.0
    assert read(faults)[1] == [18.0, 19.0]


def test_a_biased_sensor_shows_as_much_more_in_every_environment() -> None:
    faults = SensorFaults()
    faults.bias("house1", 2, -1.5)
    faults.bias("house1", 9, np.array([0.5, 1.0]))
    assert read(faults) == [[18.5, 19.5], [18.0, 19.0], [-4.5, -3.0]]


@pytest.mark.parametrize("first", ["freeze", "bias"])
def test_a_frozen_sensor_that_is_off_shows_both(first: str) -> None:
    faults = SensorFaults()
    for kind in (first, "freeze" if first == "bias" else "bias"):
        getattr(faults, kind)("house1", 2, {"freeze": 10.0, "bias": 0.25}[kind])
    assert read(faults)[0] == [10.25, 10.25]


def test_a_row_the_agent_does_not_see_changes_nothing() -> None:
    faults = SensorFaults()
    faults.freeze("house1", 3, 0.0)
    assert read(faults) == TRUE.tolist()


def test_a_repaired_sensor_shows_the_truth_and_other_faults_stay() -> None:
    faults = SensorFaults()
    faults.freeze("house1", 2, 10.0)
    faults.bias("house1", 2, 1.0)
    faults.bias("house1", 5, 1.0)
    faults.repair("house1", 2, "freeze")
    assert read(faults) == [[21.0, 22.0], [19.0, 20.0], [-5.0, -4.0]]
    faults.repair("house1", 9, "bias")  # whole already
    faults.repair("house9", 2, "bias")
    faults.repair("house1", 2, "bias")
    assert read(faults)[0] == [20.0, 21.0]
    faults.freeze("house1", 2, 11.0)  # it may break again
    assert read(faults)[0] == [11.0, 11.0]


def test_who_sees_the_world_late_sees_the_fault_late() -> None:
    faults = SensorFaults()
    faults.freeze("house1", 2, 10.0, time_ns=100)
    shown = [read(faults, time_ns=time_ns)[0][0] for time_ns in (99, 100, 500)]
    assert shown == [20.0, 10.0, 10.0]
    faults.repair("house1", 2, "freeze", time_ns=200)
    # at 230 somebody looks at a snapshot taken at 199: the sensor was stuck then
    assert [read(faults, time_ns=time_ns)[0][0] for time_ns in (99, 100, 199, 200)] == [20.0, 10.0, 10.0, 20.0]
    assert read(faults)[0][0] == 20.0


def test_a_reset_makes_all_sensors_new() -> None:
    faults = SensorFaults()
    faults.freeze("house1", 2, 10.0)
    assert faults
    faults.reset()
    assert not faults
    assert faults.apply("house1", ROWS, TRUE) is TRUE


def test_restored_faults_are_those_that_were_saved() -> None:
    faults, again = SensorFaults(), SensorFaults()
    faults.freeze("house1", 5, np.array([17.0, 16.0]), time_ns=5)
    faults.bias("house1", 2, 1.0 / 3.0, time_ns=7)
    faults.repair("house1", 2, "bias", time_ns=9)
    saved = faults.save_state()
    expected = {time_ns: read(faults, time_ns=time_ns) for time_ns in (4, 5, 7, 9)}
    faults.reset()
    again.bias("house1", 9, 1.0)
    again.restore_state(json.loads(json.dumps(saved)))
    assert {time_ns: read(again, time_ns=time_ns) for time_ns in expected} == expected


@pytest.mark.parametrize("kind", ["freeze", "bias"])
def test_a_sensor_breaks_in_one_way_once(kind: str) -> None:
    faults = SensorFaults()
    getattr(faults, kind)("house1", 2, 1.0)
    with pytest.raises(ConfigError, match=f"There is a {kind} of row 2 as agent 'house1' reads it already. Repair it"):
        getattr(faults, kind)("house1", 2, 2.0)


def test_a_fault_that_cannot_be_is_refused() -> None:
    faults = SensorFaults()
    with pytest.raises(ConfigError, match="bias of row 2 as agent 'house1' reads it has value nan. Give finite"):
        faults.bias("house1", 2, np.nan)
    with pytest.raises(ConfigError, match="no fault 'frezze'; .*Did you mean 'freeze'?"):
        faults.repair("house1", 2, "frezze")
    assert not faults

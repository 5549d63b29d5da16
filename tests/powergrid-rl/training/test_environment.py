"""Environments of a run, in lockstep where they are looked at."""

from __future__ import annotations

from powergrid_rl.training.environment import EnvironmentFactory


def test_in_lockstep_nothing_of_events_is_left() -> None:
    trip = {"kind": "device_trip", "targets": ["MG1.gen1"], "at_s": 20.0, "duration_s": 20.0}
    on_events = {
        "event_driven": True,
        "centralized": False,
        "timing_jitter": 0.1,
        "disturbances": [trip],
        "step_s": 4.0,
    }
    config = EnvironmentFactory(config=on_events).in_lockstep().config
    assert config == {
        "event_driven": False,
        "centralized": True,
        "timing_jitter": 0.0,
        "disturbances": (),
        "step_s": 4.0,
    }
    assert EnvironmentFactory(config={"step_s": 4.0}).in_lockstep().config == {"step_s": 4.0}

"""Which scenarios a study has."""

from __future__ import annotations

import numpy as np
import pytest
from hourly import HOUR_S, HOURLY, ONLY_SLOW, small_plan

from heron.errors import ConfigError
from heron.scheduling import CAUSES, TickConfig, TimingScheme
from powergrid_rl.gap.episode import Episode, pair
from powergrid_rl.gap.scenario import Scenario, present_causes, scenarios_of
from powergrid_rl.gap.timing_choice import coarse_steps


def test_a_timing_with_everything_has_all_causes() -> None:
    assert present_causes(HOURLY, step_s=HOUR_S) == CAUSES


def test_causes_that_a_timing_has_not_are_left_out() -> None:
    assert present_causes(ONLY_SLOW, step_s=HOUR_S) == ("multi-rate",)
    late = TimingScheme(coordinator=TickConfig(tick_interval=HOUR_S, act_delay=5.0, on_message=True), loss=0.5)
    assert present_causes(late, step_s=HOUR_S) == ("action delay", "loss")


def test_every_cause_is_played_alone_and_all_together() -> None:
    names = [scenario.name for scenario in scenarios_of(("action delay", "loss"))]
    assert names == ["lockstep", "events without delays", "action delay", "loss", "action delay + loss"]


def test_a_single_cause_is_played_once() -> None:
    assert len(scenarios_of(("loss",))) == 3


def test_shapley_values_need_every_subset_and_lockstep() -> None:
    scenarios = scenarios_of(CAUSES, shapley=True)
    assert len(scenarios) == len(set(scenarios)) == 65  # 2^6 and lockstep
    assert scenarios[:9] == scenarios_of(CAUSES)


def test_a_scenario_names_its_causes_in_the_order_of_reports() -> None:
    assert Scenario(frozenset({"loss", "observation delay"})).name == "observation delay + loss"


def test_every_scenario_has_the_same_pairs_of_seed_and_day() -> None:
    plan = small_plan()
    by_scenario = {scenario: [e for s, e in plan.tasks if s == scenario] for scenario in plan.scenarios}
    assert set(map(tuple, by_scenario.values())) == {plan.episodes}


def test_seeds_beyond_the_days_begin_with_the_first_day_again() -> None:
    assert pair(3, np.array([4, 7])) == (Episode(0, 4), Episode(1, 7), Episode(2, 4))


def test_more_days_than_seeds_are_refused() -> None:
    # the first two of twenty days would be those of one season
    with pytest.raises(ConfigError, match=r"2 seeds cannot be played on 20 different days.*at least 20 seeds"):
        small_plan(n_seed=2, n_day=20)


def test_a_timing_that_is_lockstep_has_no_gap() -> None:
    with pytest.raises(ConfigError, match=r"does not differ from lockstep with steps of 3600 s"):
        small_plan(timing=TimingScheme())


def test_an_episode_is_a_whole_number_of_steps() -> None:
    assert small_plan(duration_h=3.0).max_steps == 3
    with pytest.raises(ConfigError, match=r"2\.6 h are no whole number of steps.*Give 3 h"):
        small_plan(duration_h=2.6)


def test_what_a_setup_says_of_events_is_left_to_the_scenarios() -> None:
    from small_world import GENERATOR, alone

    plan = small_plan(config=alone(GENERATOR) | {"event_driven": True, "timing": {"scheme": "scada"}})
    assert not {"event_driven", "timing"} & set(plan.config)


def test_disturbances_are_left_out_since_lockstep_has_none() -> None:
    from small_world import GENERATOR, alone

    trip = {"kind": "device_trip", "targets": ["A1.g"], "at_s": 60.0, "duration_s": 60.0}
    plan = small_plan(config=alone(GENERATOR) | {"event_driven": True, "disturbances": [trip]})
    assert "disturbances" not in plan.config
    assert plan.names["left out"] == "disturbances"
    assert "left out" not in small_plan(config=alone(GENERATOR)).names


def test_delays_shorter_than_a_step_of_the_plant_are_told() -> None:
    late = TimingScheme(
        coordinator=TickConfig.deterministic(60.0, obs_delay=2.0),
        agents={"A1": TickConfig.deterministic(60.0, obs_delay=5.0)},
    )
    told = coarse_steps(late, plant_step_s=3600.0)
    assert told is not None
    assert "observations 2, 5 s late" in told
    assert "moves every 3600 s" in told
    assert coarse_steps(late, plant_step_s=2.0) is None
    assert coarse_steps(ONLY_SLOW, plant_step_s=3600.0) is None


def test_the_plant_moves_once_a_step_where_nothing_else_is_said() -> None:
    from small_world import GENERATOR, alone

    assert small_plan().plant_step_s == HOUR_S
    assert small_plan(config=alone(GENERATOR) | {"plant_step_s": 900.0}).plant_step_s == 900.0

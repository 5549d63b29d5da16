"""What goes wrong in an episode: planned or at random, merged, and nobody's shifts another's."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heron.core import SeedTree
from heron.errors import ConfigError, UnknownNameError
from heron.scheduling.disturbance import Disturbance, OccurringDisturbance, PoissonDisturbance
from heron.scheduling.disturbance_schedule import DisturbanceSchedule

S = 1_000_000_000
HOUR_S = 3600.0


def trip(name: str = "trip", at_s: float = 10.0, duration_s: float | None = 5.0, **changes: Any) -> Disturbance:
    values = {"kind": "trip", "target": "heater1", "at_s": at_s, "duration_s": duration_s, **changes}
    return Disturbance(name=name, **values)


def trips(**changes: Any) -> PoissonDisturbance:
    return PoissonDisturbance(
        **{"kind": "trip", "targets": ["heater1"], "rate_per_h": 2.0, "duration_s": 600.0, **changes}
    )


def spans(drawn: list[OccurringDisturbance]) -> list[tuple[float, float | None]]:
    return [(found.start_ns / S, None if found.end_ns is None else found.end_ns / S) for found in drawn]


def draw(*scheduled: Disturbance, horizon_s: float = 100.0) -> list[OccurringDisturbance]:
    return DisturbanceSchedule(scheduled).draw(SeedTree(0), horizon_s)


# --- planned


def test_a_planned_disturbance_occurs_when_it_was_planned() -> None:
    (found,) = draw(trip(at_s=10.5, parameters={"depth": 0.5, "phase": "a"}))
    # 10.5 s and 5 s behind it, in nanoseconds
    expected = (10_500_000_000, 15_500_000_000, "trip", "trip", "heater1", {"depth": 0.5, "phase": "a"})
    assert found == OccurringDisturbance(*expected)


def test_disturbances_come_in_order_of_their_beginning() -> None:
    drawn = draw(trip("b", 50.0), trip("c", 20.0, target="heater2"), trip("a", 10.0))
    assert [found.name for found in drawn] == ["a", "c", "b"]


def test_what_begins_at_the_horizon_or_later_is_left_out_and_what_ends_later_is_not() -> None:
    assert spans(draw(trip("a", 99.0), trip("b", 100.0, target="x"))) == [(99.0, 104.0)]


def test_what_has_no_duration_never_ends() -> None:
    assert spans(draw(trip("a", duration_s=None), trip("b", 50.0))) == [(10.0, None)]
    assert spans(draw(trip("a", 10.0, 50.0), trip("b", 20.0, None))) == [(10.0, None)]


def test_the_shortest_disturbance_lasts_a_nanosecond() -> None:
    (found,) = draw(trip(duration_s=1e-12))
    assert found.end_ns - found.start_ns == 1


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ((12.0, 5.0), [(10.0, 17.0)]),  # reaches further
        ((12.0, 1.0), [(10.0, 15.0)]),  # lies within
        ((15.0, 5.0), [(10.0, 20.0)]),  # begins where the other ends: no flicker
        ((15.5, 5.0), [(10.0, 15.0), (15.5, 20.5)]),
    ],
)
def test_one_kind_that_overlaps_itself_at_a_target_is_one(second: tuple[float, float], expected: list) -> None:
    drawn = draw(trip("a", 10.0, 5.0), trip("b", *second))
    assert spans(drawn) == expected
    assert drawn[0].name == "a"


def test_other_kinds_and_other_targets_are_not_merged() -> None:
    drawn = draw(trip("a", 10.0), trip("b", 12.0, target="heater2"), trip("c", 12.0, kind="freeze"))
    assert [(found.start_ns // S, found.end_ns // S) for found in drawn] == [(10, 15), (12, 17), (12, 17)]


def test_steps_that_follow_each_other_with_other_parameters_stay_apart() -> None:
    drawn = draw(trip("b", 15.0, parameters={"depth": 0.9}), trip("a", 10.0, parameters={"depth": 0.5}))
    assert [(found.name, found.start_ns // S, found.end_ns // S) for found in drawn] == [("a", 10, 15), ("b", 15, 20)]


def test_an_overlap_with_other_parameters_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"'a' and 'b' of 'heater1' overlap .*. Let 'a' end by 12 s."):
        DisturbanceSchedule([trip("b", 12.0, parameters={"depth": 0.9}), trip("a", 10.0)])


# --- at random


def test_a_disturbance_of_a_target_depends_on_nothing_else() -> None:
    alone = DisturbanceSchedule(random=[trips()]).draw(SeedTree(3), 24 * HOUR_S)
    others = [trips(targets=["heater0", "heater1", "heater2"], rate_per_h=2.0), trips(kind="freeze", rate_per_h=9.0)]
    among = DisturbanceSchedule([trip(target="heater3")], others).draw(SeedTree(3), 24 * HOUR_S)
    assert len(alone) > 20
    assert [found for found in among if (found.kind, found.target) == ("trip", "heater1")] == alone


def test_targets_kinds_seeds_and_episodes_differ() -> None:
    def starts(tree: SeedTree, **changes: Any) -> tuple[int, ...]:
        return tuple(found.start_ns for found in DisturbanceSchedule(random=[trips(**changes)]).draw(tree, HOUR_S * 5))

    tree = SeedTree(1)
    drawn = [
        starts(tree),
        starts(tree, targets=["heater2"]),
        starts(tree, kind="freeze"),
        starts(SeedTree(2)),
        starts(tree.next_episode()),
    ]
    assert len(set(drawn)) == 5
    assert starts(SeedTree(1)) == drawn[0]


def test_a_longer_horizon_and_other_durations_leave_the_beginnings() -> None:
    def starts(horizon_s: float, **changes: Any) -> list[int]:
        schedule = DisturbanceSchedule(random=[trips(duration_s=1.0, **changes)])
        return [found.start_ns for found in schedule.draw(SeedTree(0), horizon_s)]

    short, long = starts(HOUR_S * 10), starts(HOUR_S * 20)
    assert short == [start for start in long if start < HOUR_S * 10 * S]
    assert starts(HOUR_S * 10, duration_distribution="fixed") == short


def test_the_rate_and_the_mean_duration_are_what_they_say() -> None:
    # 2,000 targets, 10 h at 0.5 per hour: 10,000 beginnings, standard deviation 100. The mean of 10,000 exponential
    # durations has a standard error of 1 %. Both within 4 of them. One second hardly ever overlaps.
    targets = [f"t{i}" for i in range(2000)]
    process = trips(targets=targets, rate_per_h=0.5, duration_s=1.0)
    drawn = DisturbanceSchedule(random=[process]).draw(SeedTree(0), 10 * HOUR_S)
    assert abs(len(drawn) - 10_000) < 400
    lengths_s = [(found.end_ns - found.start_ns) / S for found in drawn]
    assert abs(math.fsum(lengths_s) / len(lengths_s) - 1.0) < 0.04
    # of an exponential distribution the share 1 - 1/e = 0.632 is below the mean, with a standard error of 0.005
    assert abs(sum(length < 1.0 for length in lengths_s) / len(lengths_s) - 0.632) < 0.02


def test_fixed_durations_are_all_alike() -> None:
    process = trips(duration_s=2.5, duration_distribution="fixed")
    drawn = DisturbanceSchedule(random=[process]).draw(SeedTree(0), 50 * HOUR_S)
    assert {found.end_ns - found.start_ns for found in drawn} == {2_500_000_000}


def test_what_never_ends_occurs_once() -> None:
    drawn = DisturbanceSchedule(random=[trips(duration_s=None)]).draw(SeedTree(0), 50 * HOUR_S)
    assert [found.end_ns for found in drawn] == [None]


@pytest.mark.parametrize("rate_per_h", [0.0, 1e-320])
def test_a_rate_of_nothing_gives_nothing(rate_per_h: float) -> None:
    assert DisturbanceSchedule(random=[trips(rate_per_h=rate_per_h)]).draw(SeedTree(0), 1e6) == []


@given(st.integers(0, 1000), st.floats(0.1, 30.0), st.floats(1.0, 7200.0))
def test_disturbances_of_one_kind_and_target_never_overlap(seed: int, rate_per_h: float, duration_s: float) -> None:
    schedule = DisturbanceSchedule(
        [trip("planned", 1800.0, 900.0)],
        [trips(targets=["heater1", "heater2"], rate_per_h=rate_per_h, duration_s=duration_s)],
    )
    drawn = schedule.draw(SeedTree(seed), 6 * HOUR_S)
    assert [found.start_ns for found in drawn] == sorted(found.start_ns for found in drawn)
    for target in ("heater1", "heater2"):
        own = [found for found in drawn if found.target == target]
        assert all(first.end_ns < second.start_ns for first, second in pairwise(own))
        assert all(found.end_ns > found.start_ns for found in own)


# --- what cannot be


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"at_s": -1.0}, r"'trip': at_s is -1.0. Give seconds from 0 on."),
        ({"at_s": math.nan}, "at_s is nan"),
        ({"duration_s": 0.0}, "'trip' lasts 0.0 s. Give more than 0 s, or None for good."),
        ({"duration_s": -2.0}, "lasts -2.0 s"),
        ({"duration_s": math.inf}, "lasts inf s"),
        ({"kind": ""}, "'trip' has no kind. Give a text."),
        ({"target": "", "kind": ""}, "has no kind and no target"),
        ({"parameters": {"depth": math.nan}}, "parameter 'depth' nan. Give a finite number or a text."),
        ({"parameters": {"depth": [1.0]}}, "parameter 'depth'"),
    ],
)
def test_a_planned_disturbance_that_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        trip(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rate_per_h": -1.0}, "'trip' has a rate of -1.0 per hour. Give a number from 0 on."),
        ({"rate_per_h": math.inf}, "a rate of inf"),
        ({"targets": []}, "has targets .*. Give a list of different names."),
        ({"targets": "heater1"}, "has targets 'heater1'"),
        ({"targets": ["a", "a"]}, "has targets"),
        ({"targets": ["a", ""]}, "has no target 1"),
        ({"duration_s": 0.0}, "lasts 0.0 s"),
        ({"duration_distribution": "exponental"}, "Did you mean 'exponential'?"),
        ({"duration_distribution": "qq"}, "There are 'exponential' and 'fixed'."),
    ],
)
def test_a_random_disturbance_that_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        trips(**changes)


def test_names_and_streams_belong_to_one_only() -> None:
    with pytest.raises(ConfigError, match=r"planned twice: \['a'\]"):
        DisturbanceSchedule([trip("a"), trip("a", 50.0)])
    with pytest.raises(
        ConfigError, match="Two random disturbances of kind 'trip' have target 'heater1'. Add their rates"
    ):
        DisturbanceSchedule(random=[trips(), trips(targets=["heater0", "heater1"])])


def test_a_kind_without_a_handler_is_refused() -> None:
    schedule = DisturbanceSchedule([trip()], [trips(kind="freeze")])
    schedule.check_kinds({"trip": print, "freeze": print})
    assert schedule.kinds == {"trip", "freeze"}
    with pytest.raises(UnknownNameError, match="kind 'freeze'; there are freezing, trip. Did you mean 'freezing'?"):
        schedule.check_kinds(["trip", "freezing"])
    with pytest.raises(UnknownNameError, match="there are none"):
        schedule.check_kinds([])


def test_a_negative_horizon_is_refused() -> None:
    with pytest.raises(ConfigError, match="The horizon of disturbances is -1.0"):
        draw(horizon_s=-1.0)


# --- what is named by a text


def test_sensors_of_one_agent_fail_each_by_itself() -> None:
    def stuck(row: str) -> PoissonDisturbance:
        return trips(kind="sensor_freeze", targets=["hall"], rate_per_h=5.0, parameters={"row": row})

    drawn = DisturbanceSchedule(random=[stuck("air"), stuck("floor")]).draw(SeedTree(0), 86_400.0)
    alone = DisturbanceSchedule(random=[stuck("air")]).draw(SeedTree(0), 86_400.0)
    assert [found for found in drawn if found.parameters["row"] == "air"] == alone
    floor = [found for found in drawn if found.parameters["row"] == "floor"]
    assert floor
    assert {found.start_ns for found in floor}.isdisjoint(found.start_ns for found in alone)
    assert floor[0].name == "sensor_freeze of hall floor 1"

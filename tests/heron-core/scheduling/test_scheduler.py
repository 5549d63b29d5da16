"""The scheduler: order, errors, pauses, saving, and a million events."""

from __future__ import annotations

import json
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heron.errors import ActionError, ConfigError, EventError, UnknownNameError
from heron.scheduling import Event, EventKind, EventScheduler, Priority
from heron.scheduling.event import rank, rank_of_turn

SECOND_NS = 1_000_000_000
KINDS = list(EventKind)


def recording(scheduler: EventScheduler) -> list[Event]:
    """Events in the order in which they run."""
    seen: list[Event] = []
    for kind in KINDS:
        scheduler.on(kind, seen.append)
    return seen


def test_events_of_one_instant_run_in_the_order_of_an_instant() -> None:
    scheduler = EventScheduler()
    seen = recording(scheduler)
    for kind in reversed(KINDS):
        scheduler.schedule(kind, at_ns=5)
    scheduler.run_until_ns(5)
    first = ["plant", "disturbance", "condition", "snapshot", "observation", "handover"]
    # a round of peers comes after all that has arrived for them
    assert [event.kind.value for event in seen] == [*first, "message", "round", "tick", "effect", "custom"]


def test_the_higher_level_has_its_turn_first_and_then_who_was_registered_first() -> None:
    turns = [rank_of_turn(3, 9), rank_of_turn(2, 0), rank_of_turn(2, 1), rank_of_turn(1, 0), rank_of_turn(1, 7)]
    assert turns == sorted(turns)
    assert rank_of_turn(1, 10**6, observes=True) < rank_of_turn(3, 0)
    assert rank(EventKind.MESSAGE) < rank_of_turn(3, 0)
    assert rank_of_turn(1, 10**6) < rank(EventKind.EFFECT)
    assert Priority.ACT_SYSTEM < Priority.ACT_COORDINATOR < Priority.ACT_FIELD


DUE = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=40)


@given(DUE)
def test_events_run_by_time_then_rank_then_insertion(due: list[tuple[int, int]]) -> None:
    scheduler = EventScheduler()
    seen = recording(scheduler)
    for number, (time_ns, order) in enumerate(due):
        scheduler.schedule(EventKind.CUSTOM, at_ns=time_ns, payload=(time_ns, order, number), order=order)
    assert scheduler.run_until_ns(5) == len(due)
    assert [event.payload for event in seen] == sorted((*entry, number) for number, entry in enumerate(due))


@given(DUE, st.sets(st.integers(0, 39)), st.integers(0, 5))
def test_stopping_cancelling_and_restoring_do_not_change_the_order(
    due: list[tuple[int, int]], cancelled: set[int], stop_ns: int
) -> None:
    scheduler = EventScheduler()
    seen = recording(scheduler)
    for number, (time_ns, order) in enumerate(due):
        event = scheduler.schedule(EventKind.CUSTOM, at_ns=time_ns, payload=number, order=order)
        if number in cancelled:
            scheduler.cancel(event)
    scheduler.run_until_ns(stop_ns)
    saved = json.loads(json.dumps(scheduler.save_state()))  # plain data, even after a detour through a file
    scheduler.run_until_ns(5)
    never_stopped = [event.payload for event in seen]

    other = EventScheduler()
    later = recording(other)
    other.restore_state(saved)
    assert other.now_ns == stop_ns
    other.run_until_ns(5)
    early = sum(1 for event in seen if event.time_ns <= stop_ns)
    assert never_stopped[early:] == [event.payload for event in later]
    reference = sorted((*entry, number) for number, entry in enumerate(due) if number not in cancelled)
    assert never_stopped == [number for _, _, number in reference]


def test_events_scheduled_after_a_restore_come_behind_those_scheduled_before() -> None:
    scheduler = EventScheduler()
    scheduler.schedule(EventKind.CUSTOM, at_ns=5, payload="before")
    other = EventScheduler()
    seen = recording(other)
    other.restore_state(scheduler.save_state())
    other.schedule(EventKind.CUSTOM, at_ns=5, payload="after")
    other.run_until_ns(5)
    assert [event.payload for event in seen] == ["before", "after"]


def test_a_saved_queue_is_not_touched_by_going_on() -> None:
    scheduler = EventScheduler()
    scheduler.on(EventKind.CUSTOM, lambda event: event.payload.append(1))
    scheduler.schedule(EventKind.CUSTOM, at_ns=5, payload=[])
    saved = scheduler.save_state()
    scheduler.run_until_ns(5)
    assert saved["due"][0][-1] == []
    for _ in range(2):
        scheduler.restore_state(saved)
        scheduler.run_until_ns(5)
        assert saved["due"][0][-1] == []


def test_a_cancelled_event_does_not_run_and_is_not_counted() -> None:
    scheduler = EventScheduler()
    seen = recording(scheduler)
    first = scheduler.schedule(EventKind.CUSTOM, at_ns=1)
    scheduler.schedule(EventKind.CUSTOM, at_ns=2)
    scheduler.cancel(first)
    assert scheduler.next_ns() == 2
    assert scheduler.run_until_ns(3) == 1
    assert [event.time_ns for event in seen] == [2]
    scheduler.cancel(seen[0])  # too late: nothing happens


def test_a_handler_may_cancel_what_is_due_at_the_same_instant() -> None:
    scheduler = EventScheduler()
    seen: list[str] = []
    later = scheduler.schedule(EventKind.CUSTOM, at_ns=1, payload="custom")
    scheduler.on(EventKind.PLANT, lambda event: scheduler.cancel(later))
    scheduler.on(EventKind.CUSTOM, lambda event: seen.append(event.payload))
    scheduler.schedule(EventKind.PLANT, at_ns=1)
    assert scheduler.run_until_ns(2) == 1
    assert seen == []


def test_a_run_that_is_paused_goes_on_where_it_was() -> None:
    scheduler = EventScheduler()
    seen: list[int] = []

    def stop_at_each(event: Event) -> None:
        seen.append(event.payload)
        scheduler.pause()

    scheduler.on(EventKind.CUSTOM, stop_at_each)
    for number in range(3):
        scheduler.schedule(EventKind.CUSTOM, at_ns=7, payload=number)
    assert scheduler.run_until_ns(10) == 1
    assert (scheduler.now_ns, scheduler.is_paused, len(scheduler)) == (7, True, 2)
    assert scheduler.run_until_ns(10) == 1
    assert scheduler.run_until_ns(10) == 1
    assert scheduler.run_until_ns(10) == 0
    assert (scheduler.now_ns, scheduler.is_paused) == (10, False)
    assert seen == [0, 1, 2]


def test_run_until_includes_its_end_and_leaves_the_clock_there() -> None:
    scheduler = EventScheduler()
    seen = recording(scheduler)
    for at_ns in (SECOND_NS, 2 * SECOND_NS, 2 * SECOND_NS + 1):
        scheduler.schedule(EventKind.CUSTOM, at_ns=at_ns)
    assert scheduler.run_until(2.0) == 2
    assert scheduler.current_time == 2.0
    assert scheduler.run_until(1.5) == 0
    assert scheduler.current_time == 2.0, "time does not go back"
    assert scheduler.run_until(3.0) == 1
    assert [event.time_ns for event in seen] == [SECOND_NS, 2 * SECOND_NS, 2 * SECOND_NS + 1]


def test_an_event_may_schedule_another_for_its_own_instant() -> None:
    scheduler = EventScheduler()
    seen: list[str] = []

    def first(event: Event) -> None:
        seen.append("tick")
        scheduler.schedule(EventKind.EFFECT, at_ns=event.time_ns)

    scheduler.on(EventKind.TICK, first)
    scheduler.on(EventKind.EFFECT, lambda event: seen.append("effect"))
    scheduler.on(EventKind.CUSTOM, lambda event: seen.append("custom"))
    scheduler.schedule(EventKind.CUSTOM, at_ns=4)
    scheduler.schedule(EventKind.TICK, at_ns=4)
    scheduler.run_until_ns(4)
    assert seen == ["tick", "effect", "custom"]


def test_custom_events_are_scheduled_in_seconds() -> None:
    scheduler = EventScheduler()
    seen = recording(scheduler)
    scheduler.call_at(0.25, {"note": 1}, agent="house1")
    scheduler.run_until(1.0)
    (event,) = seen
    assert (event.time_ns, event.kind, event.agent, event.payload) == (250_000_000, "custom", "house1", {"note": 1})


def test_a_failing_handler_is_reported_with_agent_event_and_time() -> None:
    scheduler = EventScheduler()
    cause = ZeroDivisionError("division by zero")

    def fail(event: Event) -> None:
        raise cause

    scheduler.on(EventKind.TICK, fail)
    scheduler.schedule(EventKind.TICK, at_ns=1_500_000_000, agent="house1")
    with pytest.raises(
        EventError,
        match=r"The tick event of agent 'house1' at 1\.5 s failed: ZeroDivisionError: division by zero\. The error",
    ) as caught:
        scheduler.run_until(2.0)
    assert caught.value.__cause__ is cause


def test_the_remedy_of_an_error_of_our_own_is_kept() -> None:
    scheduler = EventScheduler()

    def fail(event: Event) -> None:
        raise ActionError("It has shape (3,).", remedy="Give 2 numbers.")

    scheduler.on(EventKind.TICK, fail)
    scheduler.schedule(EventKind.TICK, at_ns=0, agent="house1")
    with pytest.raises(EventError, match=r"failed: It has shape \(3,\)\. Give 2 numbers\.$") as caught:
        scheduler.run_until(1.0)
    assert caught.value.remedy == "Give 2 numbers."
    assert isinstance(caught.value.__cause__, ActionError)


def test_a_key_error_of_a_handler_is_not_taken_for_a_missing_handler() -> None:
    scheduler = EventScheduler()
    scheduler.on(EventKind.TICK, lambda event: {}["nothing"])
    scheduler.schedule(EventKind.TICK, at_ns=0)
    with pytest.raises(EventError, match="The tick event at 0 s failed: KeyError: 'nothing'"):
        scheduler.run_until(1.0)


def test_a_run_goes_on_behind_an_event_that_failed() -> None:
    scheduler = EventScheduler()
    seen: list[int] = []

    def fail_once(event: Event) -> None:
        if event.payload == 0:
            raise ValueError("once")
        seen.append(event.payload)

    scheduler.on(EventKind.CUSTOM, fail_once)
    for number in range(3):
        scheduler.schedule(EventKind.CUSTOM, at_ns=number, payload=number)
    with pytest.raises(EventError):
        scheduler.run_until(1.0)
    assert scheduler.run_until(1.0) == 2
    assert seen == [1, 2]


def test_an_interrupt_passes_through_as_it_is() -> None:
    scheduler = EventScheduler()

    def interrupt(event: Event) -> None:
        raise KeyboardInterrupt

    scheduler.on(EventKind.CUSTOM, interrupt)
    scheduler.call_at(0.0)
    with pytest.raises(KeyboardInterrupt):
        scheduler.run_until(1.0)


def test_an_event_without_a_handler_is_an_error_that_says_how_to_register_one() -> None:
    scheduler = EventScheduler()
    scheduler.schedule(EventKind.CONDITION, at_ns=SECOND_NS, agent="house1")
    with pytest.raises(
        ConfigError,
        match=r"The condition event of agent 'house1' at 1 s has no handler\. Register one with scheduler\.on\('condi",
    ):
        scheduler.run_until(1.0)


def test_a_handler_can_be_replaced_and_asked_for() -> None:
    scheduler = EventScheduler()
    seen: list[str] = []
    scheduler.on("custom", lambda event: seen.append("first"))
    before = scheduler.handler("custom")
    assert before is not None

    def after(event: Event) -> None:
        before(event)
        seen.append("second")

    scheduler.on(EventKind.CUSTOM, after)
    scheduler.call_at(0.0)
    scheduler.run_until(0.0)
    assert seen == ["first", "second"]
    assert scheduler.handler(EventKind.PLANT) is None


def test_nothing_can_be_scheduled_in_the_past() -> None:
    scheduler = EventScheduler()
    scheduler.run_until(2.0)
    with pytest.raises(
        EventError, match=r"A tick event of agent 'house1' is scheduled at 1\.5 s, but it is 2(\.0)? s already"
    ):
        scheduler.schedule(EventKind.TICK, at_ns=1_500_000_000, agent="house1")
    with pytest.raises(ConfigError, match=r"A time is -1\.0"):
        scheduler.call_at(-1.0)
    with pytest.raises(ConfigError, match=r"The end of a run is nan"):
        scheduler.run_until(float("nan"))


def test_clearing_begins_at_zero() -> None:
    scheduler = EventScheduler()
    seen = recording(scheduler)
    scheduler.call_at(5.0)
    scheduler.run_until(2.0)
    scheduler.clear()
    assert (scheduler.now_ns, len(scheduler), scheduler.next_ns()) == (0, 0, None)
    assert scheduler.run_until(9.0) == 0
    assert seen == []


def test_a_million_events_run_in_order_in_bounded_memory() -> None:
    n_event, n_clock = 1_000_000, 100
    scheduler = EventScheduler()
    intervals_ns = [97 + 13 * number for number in range(n_clock)]
    disorder = [0, -1, -1]  # number of faults, and the instant and rank before

    def again(event: Event) -> None:
        now_ns, number = event.time_ns, event.payload
        disorder[0] += (now_ns, number) < (disorder[1], disorder[2])
        disorder[1], disorder[2] = now_ns, number
        scheduler.schedule(EventKind.TICK, at_ns=now_ns + intervals_ns[number], payload=number, order=number)

    scheduler.on(EventKind.TICK, again)
    for number in range(n_clock):
        scheduler.schedule(EventKind.TICK, at_ns=0, payload=number, order=number)
    per_ns = sum(1.0 / interval_ns for interval_ns in intervals_ns)
    tracemalloc.start()
    try:
        warmed_up = scheduler.run_until_ns(round(1000 / per_ns))
        tracemalloc.reset_peak()
        begun = tracemalloc.get_traced_memory()[0]
        n_run = warmed_up + scheduler.run_until_ns(round(1.01 * n_event / per_ns))
        grown = tracemalloc.get_traced_memory()[1] - begun
    finally:
        tracemalloc.stop()
    assert n_run >= n_event
    assert disorder[0] == 0
    assert len(scheduler) == n_clock
    assert grown < 100_000, "a hundred clocks need some kilobytes, a million events kept would be 200 MB"
    # every clock has ticked at 0, its interval, twice its interval …
    assert n_run == sum(1 + scheduler.now_ns // interval_ns for interval_ns in intervals_ns)


def test_cancelled_events_leave_the_queue_when_their_time_comes() -> None:
    scheduler = EventScheduler()
    recording(scheduler)
    for at_ns in range(1000):
        scheduler.cancel(scheduler.schedule(EventKind.CUSTOM, at_ns=at_ns))
    assert scheduler.run_until_ns(1000) == 0
    assert len(scheduler) == 0


def test_times_are_whole_numbers_so_ten_tenths_are_one_second() -> None:
    scheduler = EventScheduler()
    seen = recording(scheduler)
    tenth_ns = 100_000_000
    scheduler.on(
        EventKind.TICK,
        lambda event: (seen.append(event), scheduler.schedule(EventKind.TICK, at_ns=event.time_ns + tenth_ns)),
    )
    scheduler.schedule(EventKind.TICK, at_ns=0)
    scheduler.run_until(1.0)
    # 0.1 added ten times is 0.9999999999999999 as a float: the eleventh tick would be missing or late
    assert [event.time_ns for event in seen][-1] == SECOND_NS
    assert all(later.time_ns - earlier.time_ns == tenth_ns for earlier, later in pairwise(seen))


def test_a_handler_of_events_that_are_not_there_is_refused() -> None:
    with pytest.raises(UnknownNameError, match=r"no events of kind 'tik'.*Did you mean 'tick'"):
        EventScheduler().on("tik", print)
    with pytest.raises(UnknownNameError, match="no events of kind 'blink'.*own events are of kind 'custom'"):
        EventScheduler().handler("blink")


def test_deadlines_that_are_met_in_time_do_not_pile_up() -> None:
    scheduler = EventScheduler()
    seen = recording(scheduler)
    last = scheduler.schedule(EventKind.CUSTOM, at_ns=10**12, payload="kept")
    for number in range(10_000):
        deadline = scheduler.schedule(EventKind.CUSTOM, at_ns=10**12 + number)
        scheduler.schedule(EventKind.TICK, at_ns=number)
        scheduler.run_until_ns(number)
        scheduler.cancel(deadline)
        assert len(scheduler) < 200
    scheduler.run_until_ns(2 * 10**12)
    assert len(seen) == 10_001
    assert seen[-1] is last

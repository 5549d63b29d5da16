"""Where an hour on events goes: the scheduler, its handlers, and the plant.

Run as ``python benchmarks/event_profile.py [setup] [--hours N] [--tick S] [--deciding devices]``. Parts are timed by
wrapping the methods that do them, so that their sum is the hour; a wrapper costs about a microsecond, and is counted
with the part around it. Times are CPU time of the process.
"""

from __future__ import annotations

import argparse
import resource
import time

from step_profile import Stopwatch

from heron.scheduling import EventKind
from powergrid.bench.event_hour import COORDINATOR_LEVEL, FIELD_LEVEL, TimeOnEvents
from powergrid.setups.loader import load_setup

HOUR_S = 3600.0


def watch(hour: TimeOnEvents) -> Stopwatch:
    """Stopwatch on the parts of an event-driven run."""
    watch = Stopwatch()
    core = hour.env.core
    for owner, method, label in (
        (core.scheduler, "run_until_ns", "scheduler: take events in order"),
        (core.scheduler, "schedule", "scheduler: put events into the queue"),
        (core.loop, "view", "agents: look"),
        (core.control, "decide", "agents: decide, their policies included"),
        (core.mail, "send", "messages: send"),
        (core.loop, "tell", "messages: deliver"),
        (core.proxy, "take", "proxy: snapshot"),
        (core.clock, "advance_to", "plant: order of an interval"),
        (core.plant, "advance", "plant: devices and power flow"),
        (core.plant, "settle", "plant: cost and violations"),
        (core.plant, "write_exogenous", "plant: next values of the series"),
        (core, "rewards", "core: rewards"),
    ):
        watch.time(owner, method, label)
    for kind in (EventKind.TICK, EventKind.EFFECT, EventKind.MESSAGE, EventKind.PLANT, EventKind.SNAPSHOT):
        core.scheduler.on(kind, watch.timed(core.scheduler.handler(kind), f"handler of {kind.value} events"))
    return watch


def most_memory_mb() -> float:
    """Most memory that this process has held so far, on Linux. [MB]"""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000.0


def main() -> None:
    """Print the parts of the hour, the largest first."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("setup", nargs="?", default="ieee34_ieee13")
    parser.add_argument("--tick", type=float, default=1.0, help="from one tick of a device to the next [s]")
    parser.add_argument("--deciding", choices=("microgrids", "devices"), default="microgrids")
    parser.add_argument("--hours", type=float, default=1.0, help="simulated time; 20 are a million events")
    given = parser.parse_args()
    deciding = FIELD_LEVEL if given.deciding == "devices" else COORDINATOR_LEVEL
    hour = TimeOnEvents(
        load_setup(given.setup), min(HOUR_S, HOUR_S * given.hours), tick_s=given.tick, deciding=deciding
    )
    hour.begin()
    hour.run()  # compiles, and takes the memory that an hour needs
    hour.begin()
    hour.duration_s = HOUR_S * given.hours
    begun, held_mb = time.process_time(), most_memory_mb()
    hour.run()
    plain, grown_mb = time.process_time() - begun, most_memory_mb() - held_mb
    stopwatch = watch(hour)
    hour.begin()
    stopwatch.seconds.clear()
    hour.run()
    total = sum(stopwatch.seconds.values())
    rate = hour.n_event / plain
    print(f"{given.setup}, {given.hours:g} h: {plain:.2f} s, {hour.n_event:,} events, {rate:,.0f} a second;")
    print(f"memory grew by {grown_mb:.1f} MB after the first hour. With the stopwatch:")
    for label, seconds in sorted(stopwatch.seconds.items(), key=lambda entry: -entry[1]):
        print(f"  {1000.0 * seconds:8.1f} ms  {100.0 * seconds / total:5.1f} %  {label}")


if __name__ == "__main__":
    main()

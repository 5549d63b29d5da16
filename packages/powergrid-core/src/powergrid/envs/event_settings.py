"""How a configuration's agents run on events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from heron.envs.execution import Execution
from heron.errors import ConfigError
from heron.messaging.registry import broker_registry
from heron.scheduling import Disturbance, DisturbanceSchedule, PoissonDisturbance, TickConfig, TimingScheme
from heron.scheduling.disturbance import in_words
from powergrid.config.disturbances import DisturbanceConfig
from powergrid.config.schema import EnvConfig
from powergrid.config.timing import ClockConfig, TimingConfig
from powergrid.timing import timing_scheme

_IN_MEMORY = "in_memory"


def event_settings(config: EnvConfig) -> Execution | None:
    """Execution that a configuration asks for; None for lockstep.

    Events are asked for by ``event_driven: true``, and by ``centralized: false``, since messages take time.

    Raises
    ------
    UnknownNameError
        There is no such timing scheme or message broker.
    ConfigError
        Agents that talk within the instant are given message delays or losses.
    """
    broker = config.message_broker or _IN_MEMORY
    if broker != _IN_MEMORY:
        broker_registry()[broker]  # a misspelt name is told before anything is built
    if not config.event_driven and config.centralized:
        return None
    timing = timing_of(config)
    clocks = (timing.field, timing.coordinator, timing.system)
    if config.centralized and (timing.loss or any(clock is not None and clock.msg_delay for clock in clocks)):
        raise ConfigError(
            "The timing has message delays or losses, but agents talk in memory within the instant.",
            remedy="Set centralized: false, so that they talk through the message broker.",
        )
    return Execution(
        timing=timing, distributed=not config.centralized, broker=broker, disturbances=_schedule(config.disturbances)
    )


def timing_of(config: EnvConfig) -> TimingScheme:
    """Clocks and links that a configuration describes, whether it runs on events or not.

    Raises
    ------
    UnknownNameError
        There is no such timing scheme.
    """
    given = config.timing or TimingConfig()
    if given.scheme is not None:
        scheme = timing_scheme(given.scheme)
    else:
        levels = (given.field, given.coordinator, given.system)
        field, coordinator, system = (_clock(level, config.step_s) for level in levels)
        scheme = TimingScheme(field=field, coordinator=coordinator, system=system)
    if given.loss is not None:
        scheme = replace(scheme, loss=given.loss)
    return _with_jitter(scheme, config.timing_jitter, config.step_s) if config.timing_jitter else scheme


def _schedule(given: Sequence[DisturbanceConfig]) -> DisturbanceSchedule | None:
    planned = [
        Disturbance(
            name=f"{in_words(one.kind, target, one.parameters)} at {one.at_s:g} s",
            kind=one.kind,
            target=target,
            at_s=one.at_s,
            duration_s=one.duration_s,
            parameters=one.parameters,
        )
        for one in given
        if one.at_s is not None
        for target in one.targets
    ]
    random = [
        PoissonDisturbance(
            kind=one.kind,
            targets=one.targets,
            rate_per_h=one.rate_per_h,
            duration_s=one.duration_s,
            duration_distribution=one.duration_distribution,  # type: ignore[arg-type]  # checked by the record
            parameters=one.parameters,
        )
        for one in given
        if one.rate_per_h is not None
    ]
    return DisturbanceSchedule(planned, random) if given else None


def _clock(given: ClockConfig | None, step_s: float) -> TickConfig | None:
    if given is None:
        return None
    return TickConfig(
        tick_interval=step_s if given.tick_interval_s is None else given.tick_interval_s,
        obs_delay=given.obs_delay_s,
        act_delay=given.act_delay_s,
        msg_delay=given.msg_delay_s,
        jitter_ratio=given.jitter_ratio,
        jitter_type=given.jitter_type,  # type: ignore[arg-type]  # TickConfig reads the name
        on_message=given.tick_interval_s is None if given.on_message is None else given.on_message,
    )


def _with_jitter(scheme: TimingScheme, ratio: float, step_s: float) -> TimingScheme:
    """The scheme with one spread for everyone, those included of whom it says nothing."""
    default = TickConfig(tick_interval=step_s, on_message=True)
    field, coordinator, system = (
        replace(clock or default, jitter_ratio=ratio) for clock in (scheme.field, scheme.coordinator, scheme.system)
    )
    agents = {name: replace(clock, jitter_ratio=ratio) for name, clock in scheme.agents.items()}
    return replace(scheme, field=field, coordinator=coordinator, system=system, agents=agents)

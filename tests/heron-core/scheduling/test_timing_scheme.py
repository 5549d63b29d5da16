"""Clocks of a whole world, and the same world with some of its causes only."""

from __future__ import annotations

import pytest

from heron.errors import ConfigError
from heron.scheduling import CAUSES, TickConfig, TimingScheme

FIELD = TickConfig.with_jitter(1.0, 0.1, 0.2, 0.3, jitter_ratio=0.4)
COORDINATOR = TickConfig.with_jitter(60.0, 2.0, 1.5, 0.5, jitter_ratio=0.4)
SCHEME = TimingScheme(field=FIELD, coordinator=COORDINATOR, agents={"house2": FIELD}, loss=0.05)


def test_what_is_said_of_an_agent_comes_before_what_is_said_of_its_level() -> None:
    assert SCHEME.clock("house1", 2) is COORDINATOR
    assert SCHEME.clock("house2", 2) is FIELD
    assert SCHEME.clock("house1.room1", 1) is FIELD
    assert SCHEME.clock("supplier", 3) is None


def test_without_any_cause_everyone_acts_in_lockstep() -> None:
    reduced = SCHEME.with_causes((), step_s=300.0)
    lockstep = TickConfig(tick_interval=300.0, on_message=True)
    for name, level in (("house1", 2), ("house2", 2), ("house1.room1", 1)):
        clock = reduced.clock(name, level)
        assert clock is not None
        assert clock == lockstep
    assert reduced.loss == 0.0


def test_with_every_cause_nothing_changes() -> None:
    assert SCHEME.with_causes(CAUSES, step_s=300.0) == SCHEME


@pytest.mark.parametrize(
    ("cause", "changed"),
    [
        ("observation delay", {"obs_delay": 2.0}),
        ("action delay", {"act_delay": 1.5}),
        ("message delay", {"msg_delay": 0.5}),
        ("jitter", {"jitter_ratio": 0.4}),
        ("loss", {}),
        ("multi-rate", {"tick_interval": 60.0, "on_message": False}),
    ],
)
def test_one_cause_alone_changes_only_its_own(cause: str, changed: dict[str, object]) -> None:
    reduced = SCHEME.with_causes([cause], step_s=300.0)
    clock = reduced.clock("house1", 2)
    assert clock is not None
    lockstep = {"tick_interval": 300.0, "obs_delay": 0.0, "act_delay": 0.0, "msg_delay": 0.0, "jitter_ratio": 0.0}
    for name, value in {**lockstep, "on_message": True, **changed}.items():
        assert getattr(clock, name) == value, name
    assert reduced.loss == (0.05 if cause == "loss" else 0.0)


def test_an_unknown_cause_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="'jiter' is no cause of a gap; .* Did you mean 'jitter'"):
        SCHEME.with_causes(["jiter"], step_s=300.0)


@pytest.mark.parametrize("loss", [-0.1, 1.5, float("nan")])
def test_a_loss_that_is_no_probability_is_refused(loss: float) -> None:
    with pytest.raises(ConfigError, match=rf"A share of {loss!r} of the messages cannot be lost. Give 0 to 1"):
        TimingScheme(loss=loss)

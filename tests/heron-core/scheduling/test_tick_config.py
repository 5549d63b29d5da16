"""Clocks of agents: their times, how far these stray, and that nobody's draws shift another's."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from heron.core.random import SeedTree
from heron.errors import ConfigError, UnknownNameError
from heron.scheduling import JitterType, TickConfig
from heron.types import FloatArray

N_DRAWN = 20_000
RATIO = 0.3

TIMES = {
    "tick_interval": TickConfig.next_tick_interval,
    "obs_delay": TickConfig.next_obs_delay,
    "act_delay": TickConfig.next_act_delay,
    "msg_delay": TickConfig.next_msg_delay,
}


def jittered(jitter_type: JitterType = JitterType.GAUSSIAN, *, ratio: float = RATIO, seed: int = 0) -> TickConfig:
    return TickConfig.with_jitter(60.0, 2.0, 1.5, 0.5, jitter_type=jitter_type, jitter_ratio=ratio, seed=seed)


def drawn(draw: Callable[[], float], n_drawn: int = N_DRAWN) -> FloatArray:
    return np.array([draw() for _ in range(n_drawn)])


@pytest.fixture
def own_presets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Presets of a test leave no trace."""
    monkeypatch.setattr(TickConfig, "_presets", {})


@pytest.mark.parametrize("name", TIMES)
def test_times_without_jitter_are_those_given(name: str) -> None:
    clock = TickConfig.deterministic(60.0, 2.0, 1.5, 0.5)
    expected = {"tick_interval": 60.0, "obs_delay": 2.0, "act_delay": 1.5, "msg_delay": 0.5}[name]
    assert {TIMES[name](clock) for _ in range(10)} == {expected}
    assert clock.is_deterministic


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize(
    ("jitter_type", "mean", "deviation"),
    [
        # cut at 0: Φ(1/0.3) + 0.3 φ(1/0.3) = 0.999571 + 0.3 · 0.001542 = 1.000033; the deviation stays 0.3 to 0.1 %
        (JitterType.GAUSSIAN, 1.000033, 0.3),
        # U(-1, 1) has variance 1/3: 0.3/√3 = 0.173205
        (JitterType.UNIFORM, 1.0, 0.173205),
        (JitterType.LOGNORMAL, 1.0, 0.3),
    ],
)
def test_each_time_has_the_mean_and_deviation_of_its_jitter(
    name: str, jitter_type: JitterType, mean: float, deviation: float
) -> None:
    clock = jittered(jitter_type)
    factors = drawn(lambda: TIMES[name](clock)) / getattr(clock, name)
    # five standard errors of the mean; the deviation's own standard error is below 1 % for these three
    assert factors.mean() == pytest.approx(mean, abs=5.0 * deviation / math.sqrt(N_DRAWN))
    assert factors.std() == pytest.approx(deviation, rel=0.05)


def test_two_agents_with_one_configuration_are_independent() -> None:
    tree, clock = SeedTree(3), jittered()
    one, other = clock.drawing_from(tree, "house1"), clock.drawing_from(tree, "house2")
    first, second = drawn(one.next_act_delay), drawn(other.next_act_delay)
    # the correlation of N independent pairs has standard deviation 1/√N = 0.0071
    assert abs(np.corrcoef(first, second)[0, 1]) < 5.0 / math.sqrt(N_DRAWN)


def test_the_times_of_one_agent_are_independent_of_each_other() -> None:
    clock = jittered().drawing_from(SeedTree(3), "house1")
    series = np.array([drawn(lambda draw=draw: draw(clock), 5000) for draw in TIMES.values()])
    between = np.corrcoef(series) - np.eye(len(series))
    assert np.abs(between).max() < 5.0 / math.sqrt(5000)


def test_drawing_for_one_agent_does_not_shift_another() -> None:
    alone = jittered().drawing_from(SeedTree(3), "house1")
    expected = drawn(alone.next_tick_interval, 50)
    tree = SeedTree(3)
    mine, theirs = jittered().drawing_from(tree, "house1"), jittered().drawing_from(tree, "house2")
    among_others = []
    for number in range(50):
        drawn(theirs.next_tick_interval, number)
        among_others.append(mine.next_tick_interval())
    assert among_others == expected.tolist()


def test_switching_one_cause_on_does_not_shift_the_draws_of_another() -> None:
    ticks_alone = TickConfig.with_jitter(60.0, jitter_ratio=RATIO).drawing_from(SeedTree(3), "house1")
    expected = drawn(ticks_alone.next_tick_interval, 50).tolist()
    everything = jittered().drawing_from(SeedTree(3), "house1")
    shown = []
    for _ in range(50):
        drawn(everything.next_obs_delay, 3)
        drawn(everything.next_act_delay, 2)
        everything.next_msg_delay()
        shown.append(everything.next_tick_interval())
    assert shown == expected


def test_the_same_seed_gives_the_same_times_and_another_seed_others() -> None:
    def times(seed: int) -> list[float]:
        return drawn(jittered(seed=seed).next_obs_delay, 20).tolist()

    assert times(1) == times(1)
    assert times(1) != times(2)


def test_the_seed_of_a_clock_counts_in_an_environment_too() -> None:
    def times(seed: int) -> list[float]:
        return drawn(jittered(seed=seed).drawing_from(SeedTree(0), "house1").next_obs_delay, 20).tolist()

    assert times(1) == times(1)
    assert times(1) != times(2)


def test_a_tick_is_never_shorter_than_a_hundredth_of_the_interval() -> None:
    # a Gaussian of ratio 1 is cut at 0 in Φ(-1) = 16 % of the draws; an agent must not act endlessly often at once
    clock = TickConfig.with_jitter(1.0, jitter_ratio=1.0)
    assert drawn(clock.next_tick_interval, 1000).min() == 0.01


def test_delays_may_vanish_but_are_never_negative() -> None:
    clock = TickConfig.with_jitter(1.0, 1.0, jitter_ratio=1.0)
    assert drawn(clock.next_obs_delay, 1000).min() == 0.0


@pytest.mark.parametrize("name", ["obs_delay", "act_delay", "msg_delay"])
def test_a_negative_delay_is_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigError, match=rf"TickConfig's {name} is -0\.5\. Give seconds from 0 on\."):
        TickConfig(tick_interval=1.0, **{name: -0.5})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "2", None])
def test_a_delay_that_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(ConfigError, match="TickConfig's act_delay is "):
        TickConfig.deterministic(1.0, act_delay=value)  # type: ignore[arg-type]


@pytest.mark.parametrize("interval", [0.0, 1e-10, -1.0])
def test_a_tick_interval_that_is_not_positive_is_refused(interval: float) -> None:
    with pytest.raises(ConfigError, match=rf"TickConfig's tick_interval is {interval!r}\. Give"):
        TickConfig.deterministic(interval)


@pytest.mark.parametrize("ratio", [-0.1, 1.1, float("nan")])
def test_a_jitter_ratio_outside_its_range_is_refused(ratio: float) -> None:
    with pytest.raises(ConfigError, match=rf"The jitter ratio of a TickConfig is {ratio!r}, not within 0 and 1"):
        TickConfig.with_jitter(1.0, jitter_ratio=ratio)


def test_an_unknown_jitter_type_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="'gausian' is not one of .* Did you mean 'gaussian'"):
        TickConfig.with_jitter(1.0, jitter_type="gausian")


@pytest.mark.usefixtures("own_presets")
def test_a_preset_is_found_by_its_name() -> None:
    TickConfig.register_preset("fast", TickConfig.deterministic(1.0))
    TickConfig.register_preset("slow", TickConfig.deterministic(60.0))
    TickConfig.register_preset("slow", TickConfig.deterministic(60.0))
    assert TickConfig.preset("slow").tick_interval == 60.0
    assert TickConfig.presets() == ("fast", "slow")


@pytest.mark.usefixtures("own_presets")
def test_a_preset_cannot_mean_two_things() -> None:
    TickConfig.register_preset("fast", TickConfig.deterministic(1.0))
    with pytest.raises(ConfigError, match=r"The preset 'fast' is TickConfig\(tick_interval=1.0.* already"):
        TickConfig.register_preset("fast", TickConfig.deterministic(2.0))


@pytest.mark.usefixtures("own_presets")
def test_an_unknown_preset_is_an_error_with_what_there_is() -> None:
    with pytest.raises(UnknownNameError, match="no timing preset 'fast'; there are: none yet. Presets of a world"):
        TickConfig.preset("fast")
    TickConfig.register_preset("faster", TickConfig.deterministic(1.0))
    with pytest.raises(UnknownNameError, match="there are: faster. Did you mean 'faster'"):
        TickConfig.preset("fast")

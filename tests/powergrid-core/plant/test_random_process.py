"""A random process that is a function of time."""

from __future__ import annotations

import numpy as np
import pytest

from heron.core.random import SeedTree
from heron.errors import StateError
from heron.types import FloatArray
from powergrid.plant.random_process import N_WAVE, SpectralProcess, wave_amplitudes, wave_numbers

SECOND_NS = 1_000_000_000


def process(*sites: str, n_env: int = 1, seed: int = 0, **changed: float) -> SpectralProcess:
    settings = {"period_min_s": 30.0, "period_max_s": 600.0, "slope": 1.3, **changed}
    made = SpectralProcess(sites or ("here",), n_env=n_env, **settings)
    made.reset(np.arange(n_env), [SeedTree(seed + env) for env in range(n_env)])
    return made


def over_time(made: SpectralProcess, seconds: FloatArray, n_env: int = 1) -> FloatArray:
    """Values ``(n_time, n_site, n_env)`` at some instants."""
    return np.array([made.at(np.full(n_env, round(at * SECOND_NS), dtype=np.int64)) for at in seconds])


def test_the_waves_reach_from_the_longest_period_to_the_shortest() -> None:
    periods_s = 2.0 * np.pi / wave_numbers(30.0, 600.0)
    assert (periods_s[0], periods_s[-1]) == (pytest.approx(600.0), pytest.approx(30.0))
    ratios = periods_s[:-1] / periods_s[1:]
    np.testing.assert_allclose(ratios, 20.0 ** (1.0 / (N_WAVE - 1)), rtol=1e-12)


def test_the_variance_is_one_and_falls_with_frequency() -> None:
    # a wave of amplitude a has variance a²/2; slope 1: the same for each; slope 2: in inverse proportion to frequency
    omega = wave_numbers(10.0, 1000.0)
    for slope in (0.5, 1.0, 2.0):
        assert np.sum(wave_amplitudes(omega, slope) ** 2 / 2.0) == pytest.approx(1.0, rel=1e-12)
    np.testing.assert_allclose(wave_amplitudes(omega, 1.0), np.sqrt(2.0 / N_WAVE), rtol=1e-12)
    steep = wave_amplitudes(omega, 2.0)
    assert (steep[0] / steep[-1]) ** 2 == pytest.approx(100.0)


def test_a_value_is_the_sum_of_the_waves() -> None:
    # x(t) = sum of a_k cos(w_k t + phase_k), phases from the site's own stream of the plant
    phases = SeedTree(3).generator("plant", "here").uniform(0.0, 2.0 * np.pi, N_WAVE)
    omega = wave_numbers(30.0, 600.0)
    expected = [np.sum(wave_amplitudes(omega, 1.3) * np.cos(omega * t + phases)) for t in (0.0, 11.0, 5000.0)]
    np.testing.assert_allclose(over_time(process(seed=3), [0.0, 11.0, 5000.0])[:, 0, 0], expected, atol=1e-9)


def test_values_are_nearly_normal_over_many_episodes() -> None:
    # 20,000 draws: standard errors 0.007 of the mean, 0.005 of the deviation; normal: 15.9 % above 1, 2.3 % above 2
    values = over_time(process(n_env=20_000), [1234.5], 20_000)[0, 0]
    assert values.mean() == pytest.approx(0.0, abs=0.03)
    assert values.std() == pytest.approx(1.0, abs=0.02)
    assert (values > 1.0).mean() == pytest.approx(0.159, abs=0.012)
    assert (values > 2.0).mean() == pytest.approx(0.023, abs=0.006)
    assert np.abs(values).max() < np.sqrt(2.0 * N_WAVE)


def test_a_value_does_not_depend_on_the_instants_asked_for_before() -> None:
    fine = over_time(process(), np.arange(0.0, 600.0, 1.0))
    coarse = over_time(process(), np.arange(0.0, 600.0, 4.0))
    np.testing.assert_array_equal(fine[::4], coarse)
    assert len(np.unique(fine)) == len(fine)  # it does move


def test_sites_are_independent_of_each_other() -> None:
    # two independent processes over 300 episodes: standard error of the correlation 0.06
    values = over_time(process("a", "b", n_env=300), [100.0], 300)[0]
    assert abs(np.corrcoef(values)[0, 1]) < 0.2


def test_a_site_more_changes_nobody_elses_phases() -> None:
    times = [0.0, 7.0, 400.0]
    alone, among = over_time(process("b"), times)[:, 0], over_time(process("a", "b", "c"), times)[:, 1]
    np.testing.assert_array_equal(alone, among)


def test_the_seed_of_an_environment_decides_and_not_its_place() -> None:
    times = np.arange(0.0, 100.0, 3.0)
    batch = over_time(process("a", "b", n_env=7, seed=5), times, 7)
    for env in range(7):
        alone = over_time(process("a", "b", seed=5 + env), times)[:, :, 0]
        np.testing.assert_array_equal(batch[:, :, env], alone)


def test_some_environments_can_be_asked_alone() -> None:
    made = process("a", "b", n_env=5)
    everyone = made.at(np.arange(5, dtype=np.int64) * SECOND_NS)
    some = np.array([3, 1])
    np.testing.assert_array_equal(made.at(some.astype(np.int64) * SECOND_NS, some), everyone[:, some])


def test_a_new_episode_has_other_phases_and_leaves_the_neighbours_alone() -> None:
    made = process(n_env=3)
    before = over_time(made, [50.0], 3)[0, 0]
    made.reset(np.array([1]), [SeedTree(1).next_episode()])
    changed = over_time(made, [50.0], 3)[0, 0] != before
    assert changed.tolist() == [False, True, False]


def test_the_phases_are_part_of_the_saved_state() -> None:
    made, other = process(seed=1), process(seed=2)
    other.restore_state(made.save_state())
    np.testing.assert_array_equal(over_time(other, [1.0, 500.0]), over_time(made, [1.0, 500.0]))


def test_a_state_of_other_sites_is_refused() -> None:
    with pytest.raises(StateError, match=r"The saved state varies \['there'\], this environment \['here'\]"):
        process("here").restore_state(process("there").save_state())

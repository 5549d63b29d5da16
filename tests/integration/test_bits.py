"""The shipped setups give the same bits, however often, in whatever batch and after whatever happened."""

from __future__ import annotations

import numpy as np
import pytest
from pettingzoo.test import parallel_api_test

from heron import testing


@pytest.fixture
def make_core(shared_env, new_env, setup):
    """Cores of each size; a second one of a size is new."""
    given = set()

    def make(n_env: int):
        if n_env in given:
            return new_env(setup, n_env=n_env).core
        given.add(n_env)
        return shared_env(setup, n_env=n_env).core

    return make


def test_one_environment_and_a_batch_agree_over_partial_resets(make_core) -> None:
    testing.check_batch_equals_single(make_core, sizes=(2, 7, 64))


def test_environments_that_end_at_different_times_agree_with_single_ones(shared_env, setup, drawn) -> None:
    # Like an autoreset in the middle of others' episodes: environment e of 7 begins again after 3 + 2 e steps.
    batch, single = shared_env(setup, n_env=7).core, shared_env(setup).core
    actions = drawn(shared_env(setup, n_env=7), 20, seed=1)
    batch.reset(seeds=range(7))
    tables = []
    for step, action in enumerate(actions):
        batch.step(action)
        again = np.flatnonzero(3 + 2 * np.arange(7) == step)
        if len(again):
            batch.reset(envs=again)
        tables.append(batch.table.values.copy())
    for env in (0, 3, 6):
        single.reset(seeds=[env])
        for step, action in enumerate(actions):
            single.step({agent: values[env] for agent, values in action.items()})
            if step == 3 + 2 * env:
                single.reset()
            np.testing.assert_array_equal(single.table.values[:, 0], tables[step][:, env])


def test_a_seed_reproduces_an_episode_and_others_choose_other_days(shared_env, setup) -> None:
    env = shared_env(setup)
    days = []
    for seed in (0, 1, 2, 3, 0):
        env.reset(seed=seed)
        days.append(env.plant.exogenous.start_rows().item())
    assert len(set(days)) == 4
    assert days[0] == days[-1]


def test_two_builds_run_alike(make_core) -> None:
    testing.check_deterministic(make_core)


def test_a_reset_restores_everything_and_touches_nobody_else(make_core) -> None:
    testing.check_reset_restores_everything(make_core, n_env=2)


def test_going_on_after_a_restore_equals_never_having_stopped(make_core) -> None:
    testing.check_restore_equals_never_stopped(make_core, n_env=2)


def test_nobody_sees_what_is_hidden(make_core) -> None:
    testing.check_no_leak(make_core)


def test_events_without_delays_give_the_bits_of_lockstep(make_core) -> None:
    testing.check_mode_equivalence(make_core)


def test_wrong_actions_change_nothing(make_core) -> None:
    testing.check_bad_actions_are_refused(make_core)


def test_observations_are_finite_and_inside_their_box(shared_env, setup, drawn) -> None:
    env = shared_env(setup, n_env=64)
    core = env.core
    observations = core.reset(seeds=range(64))
    for action in [*drawn(env, 24), None]:
        for agent, values in observations.items():
            assert values.dtype == np.float32
            assert np.isfinite(values).all()
            assert (np.abs(values) <= env.observation_spaces[agent].high).all()
        if action is not None:
            observations = core.step(action).observations
    assert np.isfinite(core.table.values).all()


def test_a_seed_reproduces_whole_episodes(shared_env, new_env, setup) -> None:
    envs = iter([shared_env(setup), new_env(setup)])
    testing.check_full_horizon_seed(lambda: next(envs))


@pytest.mark.filterwarnings("error")
def test_the_pettingzoo_api_is_kept_without_a_warning(shared_env, setup) -> None:
    parallel_api_test(shared_env(setup), num_cycles=50)

"""Random and extreme actions in networks driven into collapse: nothing breaks, and every failure is counted.

Each world is stepped 100,000 times, 250 environments at once. Loads are torn between nothing and fifty times what the
feeders carry, batteries jump between empty and full, and actions are corners, zeros or anything in between.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandapower as pp
import pytest

from heron.envs.demo import heating_core
from heron.envs.vector import VectorEnv
from powergrid.agents.power_grid_agent import PowerGridAgent
from powergrid.envs import MultiAgentMicrogrids, NetworkedGridEnv, VectorGridEnv
from powergrid.networks import IEEE13Bus, IEEE34Bus
from powergrid.networks.cigre_lv import CIGRELV
from powergrid.powerflow import PowerFlowStatus, Topology, get_threads, set_threads
from powergrid.setups.loader import load_setup

N_ENV, N_STEP = 250, 400
STATUSES = [int(status) for status in PowerFlowStatus]


def from_agents(
    net: Any, name: str, buses: tuple[str, str], p_mw: float, *more: tuple[str, str, str, dict[str, Any]]
) -> NetworkedGridEnv:
    """One microgrid on a net, with one device of each kind and ratings of about a given power, and some more."""
    near, far = buses
    devices = [
        ("Generator", "gen1", far, {"p_max_mw": p_mw, "q_max_mvar": 0.5 * p_mw, "q_min_mvar": -0.5 * p_mw}),
        ("ESS", "ess1", near, {"capacity_mwh": 2.0 * p_mw, "p_max_mw": p_mw, "p_min_mw": -p_mw}),
        ("SolarPV", "pv1", far, {"p_rated_mw": p_mw, "availability": "solar/NP15"}),
        ("WindTurbine", "wind1", near, {"p_rated_mw": p_mw, "availability": "wind/SP15"}),
        *more,
    ]
    grid_config = {
        "name": name,
        "load_area": "SCE",
        "devices": [
            {"type": kind, "name": device, "device_state_config": {"bus": bus, **given}}
            for kind, device, bus, given in devices
        ],
    }
    agent = PowerGridAgent(net=net, grid_config=grid_config)
    config = {"dataset": "caiso_like", "max_episode_steps": 17, "start": "random_day"}
    return NetworkedGridEnv.from_agents(net, [agent], config, n_env=N_ENV)


def held() -> NetworkedGridEnv:
    """A feeder with a generator that holds a voltage, which Newton's method solves."""
    net = IEEE34Bus("F")
    pp.create_gen(net, int(net.bus.index[net.bus.name == "F Bus 848"][0]), p_mw=0.2, vm_pu=1.0, name="plant")
    return from_agents(net, "F", ("Bus 830", "Bus 890"), 0.5)


def tapped() -> NetworkedGridEnv:
    """A feeder with a regulator whose tap is an action."""
    regulator = ("Transformer", "tap1", "Bus 671", {"transformer": "Regulator 1"})
    return from_agents(IEEE13Bus("M"), "M", ("Bus 671", "Bus 675"), 0.5, regulator)


def setup(name: str, **changed: Any) -> Callable[[], VectorGridEnv]:
    return lambda: VectorGridEnv(load_setup(name) | changed, n_env=N_ENV)


WORLDS: dict[str, Callable[[], VectorGridEnv]] = {
    "ieee34_ieee13": setup("ieee34_ieee13"),
    "ieee34_ieee13, ends at failures": setup("ieee34_ieee13", terminate_on_divergence=True, max_episode_steps=100),
    "ieee34_ieee13, devices learn": setup("ieee34_ieee13", learners="devices"),
    "ieee34_ieee13, switched": setup("ieee34_ieee13", max_episode_steps=60),
    "ieee13_single": setup("ieee13_single"),
    "ieee34": lambda: VectorGridEnv.from_env(from_agents(IEEE34Bus("F"), "F", ("Bus 830", "Bus 890"), 0.5)),
    "cigre_lv": lambda: VectorGridEnv.from_env(from_agents(CIGRELV("L"), "L", ("Bus R1", "Bus R18"), 0.05)),
    "ieee34, a voltage held": lambda: VectorGridEnv.from_env(held()),
    "ieee13, a tap moved": lambda: VectorGridEnv.from_env(tapped()),
}
SLOW = {"ieee34_ieee13, switched": pytest.mark.slow}


def random_actions(env: VectorEnv, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """By environment anything in the Box, only its corners, nothing at all, or numbers far outside."""
    chosen = {}
    manner = rng.integers(0, 4, (env.n_env, 1))
    for agent, space in env.action_spaces.items():
        anything = rng.uniform(space.low, space.high, (env.n_env, *space.shape))
        corner = np.where(rng.random(anything.shape) < 0.5, space.low, space.high)
        outside = anything * 10.0 ** rng.uniform(0.0, 12.0, anything.shape)
        chosen[agent] = np.select([manner == 0, manner == 1, manner == 2], [anything, corner, outside], 0.0)
    return chosen


def stress(env: VectorGridEnv, rng: np.random.Generator) -> None:
    """Scale the loads of the next interval in half of the environments, and move stored energy anywhere in a tenth."""
    load_scale, table = env.env.plant.load_scale(), env.core.table
    lot = rng.random((1, env.n_env))
    factor = np.select([lot < 0.02, lot < 0.05], [50.0, 0.0], rng.uniform(0.0, 5.0, load_scale.shape))
    load_scale[...] = np.where(rng.random((1, env.n_env)) < 0.5, factor, load_scale)
    moved = rng.random(env.n_env) < 0.1
    for row, name in enumerate(table.names):
        if name.endswith(".soc"):
            soc = np.clip(rng.uniform(-0.3, 1.3, env.n_env), 0.0, 1.0)
            table.values[row] = np.where(moved, soc, table.values[row])


def switch(env: VectorGridEnv, rng: np.random.Generator) -> None:
    """Open one of ten branches in a tenth of the environments, close them in another, and move taps in a third."""
    plant, changers = env.env.plant, env.env.plant.grid.network.tap_changers
    branches = plant.grid.network.branch_names
    cut = branches[rng.integers(0, 10) * len(branches) // 10]
    for topology in (Topology(open_branches=[cut]), Topology()):
        plant.set_topology(topology, np.flatnonzero(rng.random(env.n_env) < 0.1))
    moved = np.flatnonzero(rng.random(env.n_env) < 0.3)
    low, high = changers.lowest[:, np.newaxis], changers.highest[:, np.newaxis]
    plant.set_taps(rng.integers(low, high + 1, (len(changers), len(moved))), moved)


def check_finite(env: VectorEnv, observations: Any, rewards: Any, infos: dict[str, Any]) -> None:
    """No NaN and no infinity anywhere, and observations inside their Box."""
    for agent in env.possible_agents:
        seen = observations[agent]
        assert np.isfinite(seen).all(), agent
        assert (np.abs(seen) <= env.observation_spaces[agent].high).all(), agent
        for values in (rewards[agent], infos["cost"][agent], infos["safety"][agent]):
            assert np.isfinite(values).all(), agent
    assert np.isfinite(env.core.table.values).all()
    for final in infos.get("final_obs", {}).values():
        assert np.isfinite(final).all()


@pytest.mark.parametrize("world", [pytest.param(name, marks=SLOW.get(name, ())) for name in WORLDS])
def test_a_hundred_thousand_stressed_steps_break_nothing_and_count_every_failure(world: str) -> None:
    env, rng = WORLDS[world](), np.random.default_rng(0)
    env.reset(seed=0)
    areas = [area.name for area in env.env.plant.grid.areas.areas]
    counted = dict.fromkeys(STATUSES, 0)
    for _ in range(N_STEP):
        stress(env, rng)
        if world.endswith("switched"):
            switch(env, rng)
        before = env.env.plant.grid.v.copy()
        observations, rewards, terminated, truncated, infos = env.step(random_actions(env, rng))
        check_finite(env, observations, rewards, infos)
        status = infos["power_flow_status"]
        assert set(status.tolist()) <= set(STATUSES)
        np.testing.assert_array_equal(infos["converged"], status == PowerFlowStatus.CONVERGED)
        for known in STATUSES:
            counted[known] += int((status == known).sum())
        # what has ended has begun anew, and its books are empty
        goes_on = ~(terminated | truncated)
        kept = goes_on & (status != 0)
        np.testing.assert_array_equal(env.env.plant.grid.v[:, kept], before[:, kept])
        for area in areas:
            penalty = env.env.plant.violations(area)["power_flow"]
            np.testing.assert_array_equal(penalty[goes_on], np.where(status != 0, 10.0, 0.0)[goes_on])
        if world.endswith("failures"):
            assert (terminated == (status != 0)).all()
        for agent in set(areas) & set(env.possible_agents):
            assert (infos["safety"][agent][status != 0] >= 10.0).all()
    assert sum(counted.values()) == N_ENV * N_STEP
    assert min(counted.values()) > 0, counted  # all kinds of ends were met, and most flows were solved
    assert counted[PowerFlowStatus.CONVERGED] > 0.5 * N_ENV * N_STEP, counted


@pytest.mark.parametrize("name", ["ieee34_ieee13", "ieee13_single"])
def test_the_pettingzoo_environment_counts_its_failures_in_infos(name: str) -> None:
    env, rng = MultiAgentMicrogrids(load_setup(name)), np.random.default_rng(0)
    counted = dict.fromkeys(STATUSES, 0)
    env.reset(seed=0)
    for _ in range(1000):
        if not env.agents:
            env.reset()
        env.plant.load_scale()[...] = rng.choice([0.0, 1.0, rng.uniform(1.0, 8.0), 50.0])
        actions = {agent: rng.uniform(-1.0, 1.0, env.action_space(agent).shape) for agent in env.agents}
        observations, rewards, _, _, infos = env.step(actions)
        counted[infos["MG1"]["power_flow_status"]] += 1
        failed = env.plant.grid.status[0] != 0
        for agent, info in infos.items():
            assert env.observation_space(agent).contains(observations[agent])
            assert np.isfinite([rewards[agent], info["cost"], info["safety"]]).all()
            assert info["converged"] is not bool(failed)
            assert env.plant.violations(agent)["power_flow"].item() == (10.0 if failed else 0.0)
    assert min(counted.values()) > 0, counted


def test_the_demo_world_takes_any_action() -> None:
    # its rooms are objects, each stepped in Python: 25,000 steps
    env, rng = VectorEnv(heating_core(N_ENV)), np.random.default_rng(0)
    env.reset(seed=0)
    for _ in range(100):
        observations, rewards, _, _, infos = env.step(random_actions(env, rng))
        check_finite(env, observations, rewards, infos)


@pytest.fixture(name="threads", params=[1, 2, 3])
def threads_fixture(request: pytest.FixtureRequest) -> Any:
    before = get_threads()
    set_threads(request.param)
    yield request.param
    set_threads(before)


def test_diverging_environments_leave_no_trace_in_their_neighbours(threads: int) -> None:
    env, lost = setup("ieee34_ieee13")(), [0, 63, 64, 130, 249]
    others = np.setdiff1d(np.arange(N_ENV), lost)
    runs = []
    for factor in (1.0, 50.0):
        rng = np.random.default_rng(1)
        env.reset(seed=0)
        tables = []
        for _ in range(12):
            env.env.plant.load_scale()[:, lost] *= factor
            observations, rewards, *_, infos = env.step(random_actions(env, rng))
            assert (infos["power_flow_status"][lost] != 0).all() == (factor > 1.0)
            assert (infos["power_flow_status"][others] == 0).all()
            # of all rows, observations and rewards; what the lost ones had before they failed is theirs
            tables += [env.core.table.values[:, others].copy(), env.env.plant.grid.v[:, others].copy()]
            tables += [part[agent][others].copy() for part in (observations, rewards) for agent in env.possible_agents]
        runs.append(tables)
    for calm, disturbed in zip(*runs, strict=True):
        np.testing.assert_array_equal(calm, disturbed)

"""A feeder on which everything goes wrong that can."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandapower as pp

from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid.networks.ieee13 import IEEE13Bus

PRICES = np.arange(24.0) + 10.0
LOADS = np.linspace(0.5, 0.9, 24)
EVERYTHING: list[tuple[str, str, Mapping[str, float]]] = [
    ("device_trip", "MG1.b1", {}),
    ("device_trip", "MG1.h1", {}),
    ("load_step", "MG1", {"factor": 1.2, "added_mw": 0.1}),
    ("load_step", "MG1 Load 675", {"factor": 0.5}),
    ("price_spike", "market", {"factor": 3.0, "added_usd_per_mwh": 2.0}),
    ("line_outage", "MG1 Line 671680", {}),
]


def feeder_env(world: Any, n_env: int = 1, **settings: Any) -> NetworkedGridEnv:
    """IEEE 13 with an engine, a battery, sun and an object at three of its buses."""
    net = IEEE13Bus("MG1")
    devices = [
        world.device("Engine", "e1", bus="671", p_max_mw=0.5, q_max_mvar=0.2, fuel_usd_per_mwh=30.0),
        world.device("Cell", "b1", bus="675", capacity_mwh=1.0, p_max_mw=0.4),
        world.device("Panel", "pv1", bus="634", p_rated_mw=0.3),
        world.device("Heater", "h1", bus="680"),
    ]
    dataset = world.series(load=LOADS, price=PRICES, solar=LOADS[::-1])
    agent = world.grid_agent(net, devices)
    config = {"dataset": dataset, "start": 0, "forecast_steps": {"price": 2}, **settings}
    return NetworkedGridEnv.from_agents(net, [agent], config, n_env=n_env)


def steps(env: NetworkedGridEnv, n_step: int = 1, first: int = 0) -> None:
    """Step with actions that differ from step to step, the same in every environment."""
    n_env, rng = env.core.n_env, np.random.default_rng(first)
    dim = env.core.control.dims["MG1"]
    for _ in range(n_step):
        action = rng.uniform(-1.0, 1.0, dim)
        env.core.step({"MG1": np.tile(action, (n_env, 1))})


def begin_all(env: NetworkedGridEnv, envs: Any = None) -> None:
    for kind, target, parameters in EVERYTHING:
        env.plant.begin_disturbance(kind, target, parameters, envs)


def end_all(env: NetworkedGridEnv, envs: Any = None) -> None:
    for kind, target, _ in EVERYTHING:
        env.plant.end_disturbance(kind, target, envs)


def pandapower_voltages(env: NetworkedGridEnv, change: Callable[[Any], None]) -> np.ndarray:
    """What pandapower finds for the devices' powers of the last interval and loads changed by hand. [pu]"""
    net = env.to_pandapower(0)
    net.load["p_mw"], net.load["q_mvar"] = env.net.load.p_mw, env.net.load.q_mvar
    heater = net.load.index[net.load.name == "MG1.h1"]
    net.load.loc[heater, ["p_mw", "q_mvar"]] = env.to_pandapower(0).load.loc[heater, ["p_mw", "q_mvar"]]
    own = ~net.load.index.isin(heater)
    net.load.loc[own, ["p_mw", "q_mvar"]] *= LOADS[0]
    change(net)
    pp.runpp(net, tolerance_mva=1e-11)
    return net.res_bus.vm_pu.to_numpy()


def voltages(env: NetworkedGridEnv) -> np.ndarray:
    return env.to_pandapower(0).res_bus.vm_pu.to_numpy()


def missing_mw(env: NetworkedGridEnv) -> float:
    """What source and devices with supply give less what is drawn and lost. [MW]"""
    grid = env.plant.grid
    given = grid.slack_mva.real + np.add.reduce(grid.device_mva.real)
    return float(np.abs(given - np.add.reduce(grid.drawn_mva.real) - grid.losses_mw()).max())

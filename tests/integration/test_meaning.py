"""The environment means something: cause and effect on the shipped setups."""

from __future__ import annotations

import numpy as np
import pytest

STEPS = 24
HOURLY = ("ieee13_single", "ieee34_ieee13")  # a day of steps of an hour; the sums below are over such days


@pytest.fixture(params=HOURLY)
def setup(request: pytest.FixtureRequest) -> str:
    """Each shipped setup with steps of an hour."""
    name: str = request.param
    return name


def run(env, actions, **reset):
    """Cost by step, and voltages, of a day of given actions."""
    env.reset(**reset)
    costs, voltages = [], []
    for action in actions:
        *_, infos = env.step(action)
        costs.append({agent: info["cost"] for agent, info in infos.items()})
        voltages.append(env.plant.grid.vm_pu[:, 0].copy())
    return costs, np.array(voltages)


def voltage_at(env, bus: str) -> float:
    """Voltage of one bus. [pu]"""
    return env.core.table[f"{bus}.voltage.vm_pu"].item()


def test_doubling_the_price_changes_costs_by_energy_traded_times_price(new_env, scaled_series, setup, drawn) -> None:
    single = new_env(setup, settle_storage=False)
    double = new_env(setup, settle_storage=False, dataset=scaled_series("price", 2.0))
    actions = drawn(single, STEPS)
    once, _ = run(single, actions, seed=3)
    twice, _ = run(double, actions, seed=3)
    single.reset(seed=3)
    areas = [area.name for area in single.plant.grid.areas.areas]
    for step, action in enumerate(actions):
        price = single.core.table["market.exogenous.price_usd_per_mwh"].item()
        single.step(action)
        for agent in single.possible_agents:
            traded_usd = price * single.plant.grid.import_mw[areas.index(agent), 0]
            assert twice[step][agent] - once[step][agent] == pytest.approx(traded_usd, rel=1e-9, abs=1e-9)


def test_a_fifth_more_load_lowers_every_voltage(new_env, scaled_series, setup, idle) -> None:
    normal, loaded = new_env(setup), new_env(setup, dataset=scaled_series("load", 1.2))
    actions = [idle(normal)] * STEPS
    _, before = run(normal, actions, seed=1)
    _, after = run(loaded, actions, seed=1)
    slack = normal.plant.grid.network.slack_nodes
    fed = np.setdiff1d(np.arange(before.shape[1]), slack)
    assert (after[:, fed] < before[:, fed]).all()


def test_discharging_raises_the_voltage_and_charging_lowers_it(env, idle) -> None:
    found = {}
    for power in (-1.0, 0.0, 1.0):
        env.reset(seed=2)
        env.step(idle(env, MG1={"ess1.p_mw": power}))
        found[power] = voltage_at(env, "MG1 Bus 675")
    assert found[-1.0] < found[0.0] < found[1.0]


def test_stored_energy_changes_by_what_flows_less_the_losses(env, drawn) -> None:
    env.reset(seed=4)
    cells = [env.agent_dict[agent].devices["ess1"] for agent in env.possible_agents]
    for action in drawn(env, STEPS):
        before = [cell.state.storage_block.soc for cell in cells]
        env.step(action)
        for cell, soc in zip(cells, before, strict=True):
            plate, p_mw = cell.device, cell.state.electrical_base_ph.p_mw
            drawn_mwh = p_mw / plate.eta_discharge if p_mw > 0.0 else p_mw * plate.eta_charge
            change_mwh = (cell.state.storage_block.soc - soc) * plate.capacity_mwh
            assert change_mwh == pytest.approx(-drawn_mwh, abs=1e-9)
            assert plate.soc_min - 1e-12 <= cell.state.storage_block.soc <= plate.soc_max + 1e-12


def test_sources_equal_loads_and_losses_in_every_step(env, drawn) -> None:
    env.reset(seed=5)
    for action in drawn(env, STEPS):
        env.step(action)
        grid = env.plant.grid
        sources_mw = grid.slack_mva[0].real + env.plant.fleet.power_mw()[:, 0].sum()
        loads_mw = grid.drawn_mva[:, 0].real.sum()
        assert sources_mw - loads_mw - grid.losses_mw()[0] == pytest.approx(0.0, abs=1e-8)
        assert grid.losses_mw()[0] > 0.0


def test_the_sun_gives_nothing_at_night(env, idle) -> None:
    env.reset(seed=6)
    panels = [env.agent_dict[agent].devices["pv1"] for agent in env.possible_agents]
    powers = []
    for _ in range(STEPS):
        env.step(idle(env))
        powers.append([panel.state.electrical_base_ph.p_mw for panel in panels])
    by_hour = np.array(powers)
    assert (by_hour[:4] == 0.0).all()
    assert (by_hour[22:] == 0.0).all()
    assert (by_hour[12] > 0.0).all()


def test_one_microgrid_moves_anothers_voltage(shared_env, idle) -> None:
    env = shared_env("ieee34_ieee13")
    found = []
    for power in (-1.0, 1.0):
        env.reset(seed=7)
        env.step(idle(env, MG3={"ess1.p_mw": power}))
        found.append(voltage_at(env, "MG2 Bus 634"))
    assert found[1] - found[0] > 0.01  # 0.4 MW at 0.092 pu per MW


def test_rewards_vary_with_time_and_with_actions(env, drawn, idle) -> None:
    rewards = {}
    for kind, actions in (("random", drawn(env, STEPS)), ("idle", [idle(env)] * STEPS)):
        env.reset(seed=8)
        rewards[kind] = [env.step(action)[1] for action in actions]
    for agent in env.possible_agents:
        idle_rewards = [step[agent] for step in rewards["idle"]]
        assert len(set(idle_rewards)) == STEPS
        assert all(step[agent] != other for step, other in zip(rewards["random"], idle_rewards, strict=True))


def test_every_entry_of_an_action_matters(env, idle) -> None:
    # Hour 12 of a day with sun and wind: each entry moved away from neutral changes somebody's reward.
    neutral = idle(env)
    for agent in env.possible_agents:
        for place, name in enumerate(env.core.control.action_names[agent]):
            rewards = []
            for moved in (False, True):
                env.reset(seed=9)
                for hour in range(13):
                    action = {key: values.copy() for key, values in neutral.items()}
                    if hour == 12:
                        action[agent][0] = 0.0  # the generator runs, so that it can give reactive power
                        action[agent][place] += 0.3 if moved else 0.0
                    result = env.step(action)
                rewards.append(result[1])
            assert rewards[0] != rewards[1], name


def test_energy_costs_of_all_agents_are_price_times_slack(env, drawn) -> None:
    env.reset(seed=10)
    fleet = env.plant.fleet
    for action in drawn(env, STEPS - 1):
        price = env.core.table["market.exogenous.price_usd_per_mwh"].item()
        env.step(action)
        energy_usd = sum(agent.cost for agent in env.agent_dict.values()) - fleet.cost_usd()[:, 0].sum()
        assert energy_usd == pytest.approx(price * env.plant.grid.slack_mva[0].real, abs=1e-9)


def test_emptying_the_battery_at_the_end_earns_nothing_extra(new_env, setup, idle) -> None:
    # Settled at the mean price, a battery emptied in the last hour returns its energy less losses and wear.
    gains = {}
    for settle in (True, False):
        env = new_env(setup, settle_storage=settle, penalty=0.0)
        returns = []
        for power in (0.0, 1.0):
            env.reset(seed=11)
            total = 0.0
            for hour in range(STEPS):
                _, rewards, *_ = env.step(idle(env, MG1={"ess1.p_mw": power if hour == STEPS - 1 else 0.0}))
                total += rewards["MG1"]
            returns.append(total)
        gains[settle] = returns[1] - returns[0]
    assert gains[False] > 0.0
    assert gains[True] < gains[False]

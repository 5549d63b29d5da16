"""Microgrids that direct their devices by a price instead of by setpoints, in lockstep and over slow links.

python examples/03_price_coordination.py            14 held-out days, spread over the year
python examples/03_price_coordination.py --test     the short form that CI runs

Each microgrid's agent takes one decision an hour: the price it announces, here that of the market. Each device
answers by its own rule: the generator runs where its marginal cost equals the price, the battery charges below one
threshold and discharges above another, sun and wind stop below zero. Nobody tells a device what to do, and nobody
needs to know its nameplate.

Look at the two columns of money: prices alone run the devices cheaply, but they say nothing of reactive power, so
voltages leave their limits more often than under a rule that sets setpoints. Then look at what a slow link does:
until a price arrives, devices answer the one before.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from heron.envs import Execution
from heron.protocols.vertical import PriceSignalProtocol
from heron.scheduling import TickConfig, TimingScheme
from powergrid.agents.power_grid_agent import PowerGridAgent
from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
from powergrid.setups.loader import load_setup
from powergrid_rl.baselines.ready_policies import do_nothing, rule_based
from powergrid_rl.evaluation.rollout import count_days, spread_days

SETUP = "ieee34_ieee13"
LOW_USD_PER_MWH, HIGH_USD_PER_MWH = -100.0, 400.0
"""Prices that the actions -1 and 1 stand for."""

Decide = Callable[[MultiAgentMicrogrids, str], np.ndarray]


class PricedMicrogrids(MultiAgentMicrogrids):
    """The microgrids of a setup, each with a price for its devices."""

    def _build_net(self):
        net = super()._build_net()
        for agent in self.agent_dict.values():
            if isinstance(agent, PowerGridAgent):
                agent.protocol = PriceSignalProtocol(LOW_USD_PER_MWH, HIGH_USD_PER_MWH, unit="USD/MWh")
        return net


@dataclass
class Account:
    """What some days came to, all microgrids together."""

    cost_usd: float = 0.0
    safety: float = 0.0
    answers: list[tuple[float, float, float, float]] = field(default_factory=list)


def main() -> None:
    options = arguments()
    config = {**load_setup(SETUP), "train": False}
    days = spread_days(count_days(config, "test"), 3 if options.test else 14)
    priced = {**config, "shared_action_fields": []}
    penalty = config["penalty"]
    print(f"{SETUP}, {len(days)} held-out days, all microgrids together")
    print(f"{'control':34} {'cost':>10} {'penalties':>11}")

    accounts = {
        "do nothing": run(MultiAgentMicrogrids(config), by(do_nothing), days),
        "setpoints by rule": run(MultiAgentMicrogrids(config), by(rule_based), days),
        "price, lockstep": run(PricedMicrogrids(priced), announce_market_price, days),
    }
    for minutes in (0, 5, 30):
        env = PricedMicrogrids(priced)
        link = TickConfig(tick_interval=config["step_s"], msg_delay=60.0 * minutes)
        env.setup_event_driven(Execution(timing=TimingScheme(coordinator=link), distributed=True))
        accounts[f"price, {minutes} min on the way"] = run(env, announce_market_price, days)
    for name, account in accounts.items():
        print(f"{name:34} {account.cost_usd:6.0f} USD {penalty * account.safety:7.0f} USD")
    show_answers(accounts["price, lockstep"])


def by(make) -> Decide:
    """Actions of a policy that comes along."""
    policies: dict = {}

    def decide(env: MultiAgentMicrogrids, agent: str) -> np.ndarray:
        if agent not in policies:
            policies[agent] = make(env, agent)
        return policies[agent].act(env.core.observe(agent))[0]

    return decide


def announce_market_price(env: MultiAgentMicrogrids, agent: str) -> np.ndarray:
    """The price of this hour, as the action that stands for it."""
    price = env.core.observe(agent)["price_usd_per_mwh"]
    middle, spread = (HIGH_USD_PER_MWH + LOW_USD_PER_MWH) / 2.0, (HIGH_USD_PER_MWH - LOW_USD_PER_MWH) / 2.0
    return np.clip((price - middle) / spread, -1.0, 1.0)


def run(env: MultiAgentMicrogrids, decide: Decide, days: Sequence[int]) -> Account:
    """Let the days pass."""
    account, table = Account(), env.core.table
    for day in days:
        env.reset(seed=0, options={"day": int(day)})
        while env.agents:
            price = float(table["market.exogenous.price_usd_per_mwh"][0])
            actions = {agent: decide(env, agent) for agent in env.agents}
            infos = env.step(actions)[-1]
            account.cost_usd += sum(info["cost"] for info in infos.values())
            account.safety += sum(info["safety"] for info in infos.values())
            powers = [float(table[f"MG1.{name}.electrical.p_mw"][0]) for name in ("gen1", "ess1")]
            account.answers.append((price, *powers, float(table["MG1.pv1.setpoint.curtailment"][0])))
    return account


def show_answers(account: Account) -> None:
    """How the devices of MG1 answered, by price."""
    answers = np.array(account.answers)
    print("\nMG1 under prices, mean of the hours")
    print(f"{'price':>20} {'hours':>6} {'generator':>13} {'battery':>13} {'sun curtailed':>14}")
    edges = (-np.inf, 0.0, 30.0, 45.0, 60.0, np.inf)
    for low, high in pairwise(edges):
        chosen = answers[(answers[:, 0] >= low) & (answers[:, 0] < high)]
        if len(chosen):
            _, generator_mw, battery_mw, curtailed = chosen.mean(axis=0)
            label = f"{low:.0f} to {high:.0f} USD/MWh"
            print(f"{label:>20} {len(chosen):6d} {generator_mw:+10.3f} MW {battery_mw:+10.3f} MW {curtailed:13.0%}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test", action="store_true", help="three days")
    return parser.parse_args()


if __name__ == "__main__":
    main()

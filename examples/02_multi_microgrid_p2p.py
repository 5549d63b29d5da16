"""Three microgrids that trade energy with each other, because what comes over the feeder carries a network fee.

python examples/02_multi_microgrid_p2p.py            14 held-out days
python examples/02_multi_microgrid_p2p.py --test     the short form that CI runs

A microgrid pays the market price for what it takes and, on top, 30 USD/MWh to the owner of the feeder; what a
neighbour sells it carries no fee. Once an hour everyone that fed in offers as much as in the hour before, and
everyone that drew asks for it; an auction clears, at a price between the market's and the market's plus the fee, and
those who sold more than they had pay the fee on what is missing.

Look at the column of fees: trading saves the fee on what was sold, as far as the seller had it, and nothing else
changes, for the devices do the same in every run. What one pays another receives, and what one sells another buys,
also where one in five messages between the microgrids is lost. Then fewer trades come about, and less is saved: a
trade takes an order, an offer and an answer from each side.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from heron.envs import EventDrivenCore, Exchange, Execution
from heron.messaging import ChannelSpec
from heron.protocols.horizontal import PeerToPeerTradingProtocol
from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
from powergrid.setups.loader import load_setup
from powergrid_rl.baselines.ready_policies import rule_based
from powergrid_rl.evaluation.rollout import count_days, spread_days

SETUP = "ieee34_ieee13"
FEE_USD_PER_MWH = 30.0
SUN_MW = {"MG1": 0.6, "MG2": 0.1, "MG3": 0.2}
STEP_H = 1.0


class TradingMicrogrids(MultiAgentMicrogrids):
    """Microgrids with a network fee and, if wished, a market between them."""

    market: PeerToPeerTradingProtocol | None = None
    has_market = True

    def _exchanges(self):
        if not self.has_market:
            return []
        self.market = PeerToPeerTradingProtocol(
            [microgrid.name for microgrid in self.config.microgrid_configs],
            gate_s=60.0,
            settle_s=120.0,
            quantity_unit="MWh",
            price_unit="USD/MWh",
            payment_unit="USD",
            quantity_scale=0.3,
            price_scale=50.0,
            price_offset=50.0,
        )
        return [Exchange(protocol=self.market, give=self.order)]

    def order(self, agent_id, observation):
        """As much as in the hour before; a seller wants the market's price, a buyer would pay the fee on top."""
        surplus_mwh = -observation["flows.import_p_mw"] * STEP_H
        price = observation["price_usd_per_mwh"]
        return {"quantity": surplus_mwh, "limit_price": np.where(surplus_mwh > 0.0, price, price + FEE_USD_PER_MWH)}

    def reset(self, seed=None, options=None):
        """Begin an episode, with empty accounts."""
        self.booked = dict.fromkeys(self.possible_agents, (0.0, 0.0))
        self.bills = []
        return super().reset(seed=seed, options=options)

    def _reward_and_safety(self):
        """What the hour costs: energy and devices as ever, the fee, and what the neighbours paid."""
        table = self.core.table
        price = float(table["market.exogenous.price_usd_per_mwh"][0])
        rewards, safety = {}, {}
        for agent_id in self.possible_agents:
            agent = self.get_heron_agent(agent_id)
            sold_mwh, received_usd = self._settled(agent_id)
            from_feeder_mwh = float(table[f"{agent_id}.flows.import_p_mw"][0]) * STEP_H + sold_mwh
            bill = Bill(
                energy_usd=float(agent.cost) + price * sold_mwh,  # the cost has it as if the feeder had taken it
                fee_usd=FEE_USD_PER_MWH * max(from_feeder_mwh, 0.0),
                received_usd=received_usd,
                sold_mwh=sold_mwh,
            )
            self.bills.append(bill)
            rewards[agent_id], safety[agent_id] = -bill.total_usd, agent.safety
        return rewards, safety

    def _settled(self, agent_id: str) -> tuple[float, float]:
        """Energy sold [MWh] and money received [USD] in this hour, as the market has it in its books."""
        if self.market is None:
            return 0.0, 0.0
        account = self.market.account(agent_id)
        now = float(account["total_quantity"][0]), float(account["total_payment"][0])
        before, self.booked[agent_id] = self.booked[agent_id], now
        return now[0] - before[0], now[1] - before[1]


class FeederOnly(TradingMicrogrids):
    """The same without a market."""

    has_market = False


@dataclass(frozen=True, kw_only=True)
class Bill:
    """One microgrid in one hour."""

    energy_usd: float
    fee_usd: float
    received_usd: float
    sold_mwh: float

    @property
    def total_usd(self) -> float:
        """What it comes to."""
        return self.energy_usd + self.fee_usd - self.received_usd


def main() -> None:
    options = arguments()
    config = {**load_setup(SETUP), "train": False}
    for microgrid in config["microgrid_configs"]:
        for device in microgrid["devices"]:
            if device["type"] == "SolarPV":
                rated_mw = SUN_MW[microgrid["name"]]
                device["device_state_config"].update(p_rated_mw=rated_mw, s_rated_mva=1.1 * rated_mw)
    days = spread_days(count_days(config, "test"), 3 if options.test else 14)

    print(f"{SETUP} with {sum(SUN_MW.values()):.1f} MW of sun, {len(days)} held-out days, all microgrids together")
    print(f"{'':24} {'energy':>10} {'fees':>8} {'between them':>13} {'total':>10} {'traded':>9} {'messages lost':>14}")
    totals_usd = {}
    for name, env in environments(config).items():
        bills, lost = run(env, days)
        totals_usd[name] = report(name, bills, lost)
    saved_usd = totals_usd["feeder only"] - totals_usd["market, lockstep"]
    print(f"\ntrading saves {saved_usd:.2f} USD, {saved_usd / totals_usd['feeder only']:.1%} of the bill")


def environments(config: dict) -> dict[str, TradingMicrogrids]:
    """The runs that are compared."""
    made = {"feeder only": FeederOnly(config), "market, lockstep": TradingMicrogrids(config)}
    for loss in (0.0, 0.05, 0.2):
        env = made[f"market, {loss:.0%} lost"] = TradingMicrogrids(config)
        env.setup_event_driven(Execution(distributed=True, channel=ChannelSpec(delay_s=2.0, loss=loss)))
        # Commands to devices arrive at once and always, so that nothing but the market differs between the runs.
        env.core.mail.broker.open_channel("default", ChannelSpec())
    return made


def run(env: TradingMicrogrids, days: Sequence[int]) -> tuple[list[Bill], int]:
    """Bills of all microgrids and hours, and the number of messages that were lost."""
    policies = {agent: rule_based(env, agent) for agent in env.possible_agents}
    bills, lost, core = [], 0, env.core
    for day in days:
        env.reset(seed=int(day), options={"day": int(day)})
        while env.agents:
            env.step({agent: policies[agent].act(core.observe(agent))[0] for agent in env.agents})
            if env.market is not None:
                imbalance = env.market.imbalance()
                assert abs(imbalance["total_quantity"][0]) < 1e-9, "energy is conserved"
                assert abs(imbalance["total_payment"][0]) < 1e-9, "money is conserved"
        bills += env.bills
        if isinstance(core, EventDrivenCore):
            lost += sum(counters.lost for counters in core.mail.broker.counters.values())
    return bills, lost


def report(name: str, bills: list[Bill], lost: int) -> float:
    """One line of the table; gives the total. [USD]"""
    energy_usd, fees_usd = sum(bill.energy_usd for bill in bills), sum(bill.fee_usd for bill in bills)
    between_usd = sum(bill.received_usd for bill in bills)
    traded_mwh = sum(max(bill.sold_mwh, 0.0) for bill in bills)
    bought_mwh = sum(max(-bill.sold_mwh, 0.0) for bill in bills)
    assert abs(traded_mwh - bought_mwh) < 1e-9, "as much is sold as bought"
    assert abs(between_usd) < 1e-9, "what one pays another receives"
    total_usd = sum(bill.total_usd for bill in bills)
    shown = f"{energy_usd:10.2f} {fees_usd:8.2f} {abs(between_usd):13.2f} {total_usd:10.2f} {traded_mwh:5.2f} MWh"
    print(f"{name:24} {shown} {lost:14d}")
    return total_usd


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test", action="store_true", help="three days")
    return parser.parse_args()


if __name__ == "__main__":
    main()

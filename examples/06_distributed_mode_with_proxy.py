"""Agents that talk through a message broker, and see the world through a proxy: what each knows, and how old it is.

python examples/06_distributed_mode_with_proxy.py            half an hour
python examples/06_distributed_mode_with_proxy.py --test     the short form that CI runs

In distributed mode nobody is handed anything within the instant. A microgrid's agent announces a price every 10 s;
the message takes half a second or so, one in five is lost, and each device acts on the price that it was told last.
What agents see of the plant comes from the snapshots of a proxy: the microgrid looks at the world as it was 2 s ago.
The broker is one of this script's own, registered under a name as a package would register one; it counts what passes
through it.

Look at the ages: a price that lies in an inbox grows old until the next one arrives, and older where one was lost.
What was sent is delivered, lost or on its way, to the last message.
"""

from __future__ import annotations

import argparse
import types
from collections import Counter
from dataclasses import replace

import numpy as np

from heron.messaging import ChannelSpec, InMemoryBroker, Message, hookimpl, plugin_host
from heron.protocols.vertical import PriceSignalProtocol
from powergrid.agents.power_grid_agent import PowerGridAgent
from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid.networks.ieee13 import IEEE13Bus
from powergrid.setups.loader import load_setup

LOSS = 0.2
POLL_S = 10.0


class CountingBroker(InMemoryBroker):
    """A broker of one's own: keeps messages as the built-in one does, and counts them by link."""

    latest: CountingBroker | None = None

    def __init__(self) -> None:
        super().__init__()
        self.posted: Counter[tuple[str, str]] = Counter()
        self.taken: Counter[tuple[str, str]] = Counter()
        self.delays_s: list[float] = []
        CountingBroker.latest = self

    def post(self, message: Message) -> None:
        """Keep a message that has not been lost."""
        self.posted[message.sender, message.receiver] += 1
        super().post(message)

    def take(self, receiver: str, *, now_ns: int) -> list[Message]:
        """Hand over what is due."""
        messages = super().take(receiver, now_ns=now_ns)
        for message in messages:
            self.taken[message.sender, message.receiver] += 1
            self.delays_s.append((message.due_ns - message.sent_ns) / 1e9)
        return messages


@hookimpl
def heron_register_brokers():
    """What a package says in its plug-in module."""
    return {"counting": CountingBroker}


def main() -> None:
    options = arguments()
    plugin = types.SimpleNamespace(heron_register_brokers=heron_register_brokers)
    plugin_host().register(plugin, name="example_06")
    env = build()
    env.configure_agents_for_distributed()  # what `centralized: false` says in a configuration
    link = ChannelSpec(delay_s=0.5, jitter_type="lognormal", jitter_ratio=0.4, loss=LOSS)
    env.setup_event_driven(replace(env.core.execution, channel=link))
    print(f"agents talk through {type(env.core.mail.broker).__name__}: {', '.join(env.core.mail.broker.agents)}")
    ages_s = run(env, minutes=3 if options.test else 30)
    report_broker(ages_s)
    report_proxy(env)


def build() -> NetworkedGridEnv:
    """A microgrid whose agent announces prices, under passing clouds; talks through the counting broker."""
    net = IEEE13Bus("MG1", load_scale=0.15, capacitor_scale=0.15)
    (microgrid,) = load_setup("ieee13_single")["microgrid_configs"]
    grid_config = {key: microgrid[key] for key in ("name", "base_power", "load_area", "devices")}
    protocol = PriceSignalProtocol(0.0, 100.0, unit="USD/MWh")
    agent = PowerGridAgent(net=net, grid_config=grid_config, protocol=protocol)
    config = {
        "dataset": "caiso_like",
        "event_driven": True,
        "message_broker": "counting",
        "step_s": POLL_S,
        "plant_step_s": 1.0,
        "max_episode_steps": 180,
        "start": 0,
        "start_hour": 12,
        "variability": {"solar": {}, "load": {}},
        "timing": {"coordinator": {"obs_delay_s": 2.0}, "field": {"tick_interval_s": 1.0}},
    }
    return NetworkedGridEnv.from_agents(net, [agent], config)


def run(env: NetworkedGridEnv, *, minutes: int) -> list[float]:
    """Let the microgrid announce a price at every poll; ages of what its generator was told last. [s]"""
    table, ages_s = env.core.table, []
    env.reset(seed=0)
    print(f"\n{'time':>6} {'announced':>10} {'gen1 was told':>14} {'its age':>8} {'gen1 runs at':>13} {'import':>9}")
    for number in range(minutes * 6):
        price = 34.0 + 4.0 * (number % 6)  # USD/MWh, from the generator's lowest marginal cost upwards
        _, _, _, _, infos = env.step({"MG1": np.array([price / 50.0 - 1.0])})
        told, age_s = table["MG1.gen1.inbox.price"][0], table["MG1.gen1.inbox.age_s"][0]
        ages_s.append(float(age_s))
        assert infos["MG1"]["due"]
        if number < 12:
            power_mw, import_mw = table["MG1.gen1.electrical.p_mw"][0], table["MG1.flows.import_p_mw"][0]
            time_s = env.scheduler.current_time
            print(f"{time_s:4.0f} s {price:10.0f} {told:14.0f} {age_s:6.1f} s {power_mw:10.3f} MW {import_mw:6.3f} MW")
    return ages_s


def report_broker(ages_s: list[float]) -> None:
    """What became of the messages."""
    broker = CountingBroker.latest
    count = broker.counters["default"]
    on_their_way = count.sent - count.delivered - count.lost
    print(f"\nsent {count.sent}, delivered {count.delivered}, lost {count.lost}, on their way {on_their_way}")
    print(f"the broker kept {broker.posted.total()} and handed over {broker.taken.total()} of them")
    print(f"lost: {count.lost / count.sent:.1%} of all, {LOSS:.0%} is what the channel says")
    delays_s = np.array(broker.delays_s)
    print(f"on the way: {delays_s.mean():.2f} s on average, {delays_s.max():.2f} s at most")
    print(f"age of gen1's price at the polls: {np.median(ages_s):.1f} s as a rule, {max(ages_s):.1f} s at most")


def report_proxy(env: NetworkedGridEnv) -> None:
    """What the proxy keeps, and shows to whom."""
    proxy, now_s = env.core.proxy, env.scheduler.current_time
    print(f"\nat {now_s:.0f} s the proxy shows the sun to MG1, to its panel, and as it is:")
    row = "MG1.pv1.exogenous.availability"
    for agent, delay_s in (("MG1", 2.0), ("MG1.pv1", 0.0)):
        shown_ns, _ = proxy.look_back(agent, int(now_s * 1e9), int(delay_s * 1e9))
        value = env.core.observe(agent)["exogenous.availability" if agent != "MG1" else row][0]
        print(f"  {agent:8} {value:.4f}, taken at {shown_ns / 1e9:.0f} s")
    print(f"  {'plant':8} {env.core.table[row][0]:.4f}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test", action="store_true", help="three minutes")
    return parser.parse_args()


if __name__ == "__main__":
    main()

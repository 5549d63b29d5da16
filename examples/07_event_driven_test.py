"""The same policies in lockstep and under the timing of a SCADA network: what is lost, and where two runs part.

python examples/07_event_driven_test.py            five minutes under passing clouds, two delays compared
python examples/07_event_driven_test.py --test     the short form that CI runs

A rule decides on three microgrids every 4 s. In lockstep it sees the present and its commands hold at once. On events
the same rule sees what was there some seconds ago, at ticks that stray, and what it tells its devices takes its time
and is lost now and then; neither the rule nor an agent is changed. Look at the column ``loss``: doing nothing loses
nothing, since it waits for nothing. The event log says what happened when, and ``heron diff`` names the first record
in which two runs with different delays part.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from heron.cli import program
from heron.core.policy import Policy
from heron.envs import Execution
from heron.scheduling import EventLog, TimingScheme
from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid.setups.loader import load_setup
from powergrid.timing import timing_scheme
from powergrid_rl.baselines.ready_policies import do_nothing, rule_based

SETUP = "ieee34_ieee13_fast"
LOGGED_S = 70.0
"""How much of a run is written down: two polls of the control centre. [s]"""

MakePolicy = Callable[[NetworkedGridEnv, str], Policy]


def main() -> None:
    options = arguments()
    steps, days = (30, 1) if options.test else (75, 3)
    config = {**load_setup(SETUP), "max_episode_steps": steps, "train": False}
    scada = timing_scheme("scada")
    timings = {
        "lockstep": None,
        "events, no delays": TimingScheme(),
        "SCADA timing": scada,
        "SCADA, polled every 4 s": polled_every(scada, 4.0),
    }
    print(f"{SETUP}, {steps * config['step_s']:.0f} s of {days} held-out days, USD for all microgrids")
    print(f"{'policy':12} {'timing':24} {'return':>9} {'safety':>8} {'decisions':>10} {'loss':>8}")
    for name, make in (("do nothing", do_nothing), ("rule", rule_based)):
        earned = {}
        for timing_name, timing in timings.items():
            returned, safety, decisions = judge(config, make, timing, days=days)
            earned[timing_name] = returned
            lost = earned["lockstep"] - returned
            print(f"{name:12} {timing_name:24} {returned:9.2f} {safety:8.3f} {decisions:10d} {lost:8.2f}")

    logs = {delay_s: write_log(config, scada, obs_delay_s=delay_s) for delay_s in (2.0, 3.0)}
    first, second = logs.values()
    print(f"\nFirst lines of {first.name}:")
    show_log(first)
    print(f"\nheron diff {first.name} {second.name}")
    program.main(["diff", str(first), str(second)])


def judge(config: dict, make: MakePolicy, timing: TimingScheme | None, *, days: int) -> tuple[float, float, int]:
    """Sum of all rewards [USD], of all violations and of decisions over the first held-out days."""
    env = MultiAgentMicrogrids(config)
    if timing is not None:
        env.setup_event_driven(Execution(timing=timing))
    policies = {agent: make(env, agent) for agent in env.possible_agents}
    returned, safety, decisions = 0.0, 0.0, 0
    for day in range(days):
        env.reset(seed=day, options={"day": day})
        while env.agents:
            actions = {agent: policies[agent].act(env.core.seen(agent))[0] for agent in env.core.due}
            decisions += len(actions)
            _, rewards, _, _, infos = env.step(actions)
            returned += sum(rewards.values())
            safety += sum(info["safety"] for info in infos.values())
    return returned, safety, decisions


def polled_every(scheme: TimingScheme, interval_s: float) -> TimingScheme:
    """The scheme with a control centre that looks more often."""
    return replace(scheme, coordinator=replace(scheme.coordinator, tick_interval=interval_s))


def write_log(config: dict, scheme: TimingScheme, *, obs_delay_s: float) -> Path:
    """Run the rule by itself for a minute, everything written down; gives the file."""
    path = Path(f"delay_{obs_delay_s:.0f}s.jsonl")
    timing = replace(scheme, coordinator=replace(scheme.coordinator, obs_delay=obs_delay_s))
    env = MultiAgentMicrogrids(config)
    with EventLog(path) as log:
        env.setup_event_driven(Execution(timing=timing, log=log))
        for agent in env.possible_agents:
            env.get_heron_agent(agent).policy = rule_based(env, agent)
        env.reset(seed=0, options={"day": 0})
        events = env.run_event_driven(LOGGED_S)
    print(f"\nMeasurements {obs_delay_s:.0f} s old: {events} events, {log.n_record} records in {path}")
    return path


def show_log(path: Path) -> None:
    """The first records, as ``heron replay`` shows them."""
    program.main(["replay", str(path), "--until", "2.5", "--agent", "MG1", "--agent", "MG1.gen1"])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--test", action="store_true", help="two minutes of one day")
    return parser.parse_args()


if __name__ == "__main__":
    main()

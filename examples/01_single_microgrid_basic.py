"""One microgrid: look at it, judge simple controllers, then train one and judge it beside them.

python examples/01_single_microgrid_basic.py             trains for two minutes
python examples/01_single_microgrid_basic.py --no-train  needs neither PyTorch nor RLlib
python examples/01_single_microgrid_basic.py --test      the short form that CI runs
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: sampling in this process is faster with one thread

from rich.console import Console

from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
from powergrid.setups.loader import load_setup
from powergrid_rl.evaluation import ContestOptions, compare
from powergrid_rl.evaluation.rollout import count_days, spread_days
from powergrid_rl.evaluation.table import comparison_table, difference_lines, remarks

SETUP = "ieee13_single"


def main() -> None:
    options = arguments()
    config = load_setup(SETUP)
    look_at_one_day(config)

    learned = {}
    if not options.no_train and not options.test:
        learned["MAPPO"] = train(config, minutes=options.minutes, seed=options.seed)

    n_day = count_days(config, "test")
    chosen = ContestOptions(
        candidates=5 if options.test else 150, days=spread_days(n_day, 6 if options.test else n_day)
    )
    found = compare(config, learned, options=chosen)
    console = Console(width=130)
    console.print(comparison_table(found, title=f"{SETUP}, {found.n_day} held-out days"))
    for line in [*difference_lines(found, list(learned)), *remarks(found)]:
        print(line)


def look_at_one_day(config: dict) -> None:
    """Step through a day as any PettingZoo environment."""
    env = MultiAgentMicrogrids(config)
    observations, _ = env.reset(seed=0)
    (agent,) = env.agents
    print(f"{agent} sees {observations[agent].size} numbers and sets {env.core.control.action_names[agent]}")
    cost = 0.0
    while env.agents:
        _, _, _, _, infos = env.step({agent: env.action_spaces[agent].sample()})
        cost += infos[agent]["cost"]
    print(f"A day of random actions: {cost:.0f} USD")


def train(config: dict, *, minutes: float, seed: int):
    """Train for some minutes; gives a maker of policies, as an evaluation takes it."""
    from powergrid_rl.training import Budget, ConsoleDisplay, load_policy
    from powergrid_rl.training import train as run
    from powergrid_rl.training.settings import TrainingSettings

    folder = Path("runs") / f"example_01_seed{seed}"
    result = run(
        config,
        folder=folder,
        settings=TrainingSettings(seed=seed),
        budget=Budget(duration_s=60.0 * minutes),
        display=ConsoleDisplay(),
    )
    policies = load_policy(result.folder)
    return lambda _env, agent_id: policies(agent_id)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=2.0, help="time to train")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-train", action="store_true", help="judge the simple controllers only")
    parser.add_argument("--test", action="store_true", help="a few days, no training")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""Train MAPPO on three microgrids from Python, and judge it on held-out days.

python examples/05_mappo_training.py --iterations 100
python examples/05_mappo_training.py --independent-policies --share-reward
python examples/05_mappo_training.py --test    two short rounds, the form that CI runs

The command line does the same: powergrid train, then powergrid evaluate.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: sampling in this process is faster with one thread

from rich.console import Console

from powergrid.setups.loader import load_setup
from powergrid_rl.evaluation import ContestOptions, compare
from powergrid_rl.evaluation.rollout import count_days, spread_days
from powergrid_rl.evaluation.table import comparison_table, difference_lines
from powergrid_rl.training import Budget, ConsoleDisplay, load_policy
from powergrid_rl.training import train as run
from powergrid_rl.training.settings import TEST_SIZE, TrainingSettings
from powergrid_rl.training.teams import Sharing


def main() -> None:
    options = arguments()
    if options.no_cuda:
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    config = load_setup("ieee34_ieee13")
    config["share_reward"] = options.share_reward

    policies = train(config, options)
    n_day = count_days(config, "test")
    chosen = ContestOptions(
        candidates=5 if options.test else 150, days=spread_days(n_day, 4 if options.test else n_day)
    )
    found = compare(config, {"MAPPO": policies}, options=chosen)
    Console(width=130).print(comparison_table(found, title=f"{found.n_day} held-out days"))
    for line in difference_lines(found, ["MAPPO"]):
        print(line)


def train(config: dict[str, Any], options: argparse.Namespace) -> Any:
    """Train, and give a maker of policies, as an evaluation takes it."""
    settings = TrainingSettings(
        seed=options.seed,
        n_worker=options.num_workers,
        sharing=Sharing.INDEPENDENT if options.independent_policies else Sharing.SHARED,
        **(TEST_SIZE if options.test else {}),
    )
    rounds = 2 if options.test else options.iterations
    result = run(
        config,
        folder=options.out,
        settings=settings,
        budget=Budget(n_step=rounds * settings.n_step_round),
        display=ConsoleDisplay(),
    )
    learned = load_policy(result.folder)
    return lambda _env, agent_id: learned(agent_id)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--iterations", type=int, default=150, help="rounds of sampling and learning")
    parser.add_argument("--num-workers", type=int, default=0, help="processes that sample; 0 samples in this one")
    parser.add_argument("--independent-policies", action="store_true", help="a policy of its own for every microgrid")
    parser.add_argument("--share-reward", action="store_true", help="everyone gets the mean reward")
    parser.add_argument("--no-cuda", action="store_true", help="leave a graphics card alone")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("runs/example_05"), help="folder of the run")
    parser.add_argument("--test", action="store_true", help="two short rounds and a few days")
    return parser.parse_args()


if __name__ == "__main__":
    main()

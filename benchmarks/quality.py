"""Quality of learning: train some seeds, judge them together beside everything else, print the tables of the docs.

    python benchmarks/quality.py                              three seeds of four minutes, about a quarter of an hour
    python benchmarks/quality.py --minutes 30 --dataset caiso
    python benchmarks/quality.py --seeds 1 --smoke              a minute, to see that it works

A seed whose run is complete is not trained again, so an interrupted benchmark goes on where it stopped.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: sampling in this process is faster with one thread

from rich.console import Console

from powergrid.setups.loader import load_setup
from powergrid_rl.evaluation import Comparison, ContestOptions
from powergrid_rl.evaluation.assessment import assess
from powergrid_rl.evaluation.checkpoints import contestants
from powergrid_rl.evaluation.contest import pooled
from powergrid_rl.evaluation.rollout import count_days, spread_days
from powergrid_rl.evaluation.table import markdown_table

SCHEDULE_ROUNDS = 12
SMOKE_DAYS, SMOKE_STEPS = 4, 384


def main() -> None:
    options = arguments()
    config = load_setup(options.setup)
    if options.dataset:
        config.update({"dataset": options.dataset, "dataset_path": None})
    stem = f"{options.algo}_{options.dataset or config['dataset']}_{options.minutes:g}min"
    folders = [options.out / f"{stem}_seed{seed}" for seed in range(options.seeds)]
    console = Console(width=150)
    for seed, folder in enumerate(folders):
        train(config, folder, seed, options, console)
    found = contestants(folders)
    names = [one.name for one in found]
    days = spread_days(count_days(config, "test"), SMOKE_DAYS) if options.smoke else None
    assessment = assess(
        config,
        {one.name: one.make for one in found},
        folder=options.out / stem,
        console=console,
        options=ContestOptions(
            days=days,
            candidates=4 if options.smoke else 300,
            schedule_rounds=2 if options.smoke else SCHEDULE_ROUNDS,
            pools=pooled("learned", names),
        ),
    )
    assessment.print(console, [*assessment.comparison.pools] or names)
    console.print("\n" + markdown_table(assessment.comparison), highlight=False, markup=False, soft_wrap=True)
    check(assessment.comparison, [*assessment.comparison.pools] or names, console)


def train(config: dict[str, Any], folder: Path, seed: int, options: argparse.Namespace, console: Console) -> None:
    """One seed, unless its run is there."""
    from powergrid_rl.training import Budget, ConsoleDisplay, resume
    from powergrid_rl.training.run_folder import RunFolder
    from powergrid_rl.training.settings import TEST_SIZE
    from powergrid_rl.training.trainers import train_ippo, train_mappo, train_mappo_fast

    budget = Budget(n_step=SMOKE_STEPS) if options.smoke else Budget(duration_s=60.0 * options.minutes)
    display = ConsoleDisplay(console)
    if (folder / "checkpoints" / "latest").is_file():
        progress = RunFolder(folder).read_progress()
        if budget.used(progress["n_step"], progress["elapsed_s"]) < 1.0:
            resume(folder, budget=budget, display=display)
        return
    run = {"mappo": train_mappo, "ippo": train_ippo, "mappo-fast": train_mappo_fast}[options.algo]
    run(config, folder=folder, budget=budget, display=display, seed=seed, **(TEST_SIZE if options.smoke else {}))


def check(found: Comparison, learned: list[str], console: Console) -> None:
    """Say whether the learned policy is better than each baseline for certain."""
    for name in learned:
        for other in ("random", "do nothing", "best constant action", "rule-based", "rule-based, known prices"):
            difference = found.difference(name, other)
            verdict = "better" if difference.mean > 0.0 else "worse"
            console.print(f"{name} {verdict} than {other}{'' if difference.excludes_zero else ', but not for certain'}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--setup", default="ieee34_ieee13")
    parser.add_argument("--dataset", help="data set in place of the setup's")
    parser.add_argument("--algo", choices=("mappo", "ippo", "mappo-fast"), default="mappo")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=4.0, help="time to train each seed")
    parser.add_argument("--out", type=Path, default=Path("runs/quality"))
    parser.add_argument("--smoke", action="store_true", help="a few steps and days")
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""What powergrid-rl registers. Neither PyTorch nor Ray is imported here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from powergrid.plugins import Benchmark, PolicyFactory, Trainer, hookimpl

if TYPE_CHECKING:
    import typer


@hookimpl
def powergrid_register_trainers() -> Mapping[str, Trainer]:
    """MAPPO and IPPO on RLlib, and MAPPO in one file."""
    from powergrid_rl.training.trainers import train_ippo, train_mappo, train_mappo_fast

    return {"mappo": train_mappo, "ippo": train_ippo, "mappo-fast": train_mappo_fast}


@hookimpl
def powergrid_register_policies() -> Mapping[str, PolicyFactory]:
    """The baselines."""
    from powergrid_rl.baselines import do_nothing, random_actions, rule_based, rule_based_forecast

    return {
        "do_nothing": do_nothing,
        "random": random_actions,
        "rule_based": rule_based,
        "rule_based_forecast": rule_based_forecast,
    }


@hookimpl
def powergrid_register_commands() -> Mapping[str, typer.Typer]:
    """Training, evaluation, both in one, and the gap under real timing."""
    from powergrid_rl import cli_demo, cli_evaluate, cli_gap, cli_train

    return {"train": cli_train.app, "evaluate": cli_evaluate.app, "demo": cli_demo.app, "gap": cli_gap.app}


@hookimpl
def powergrid_register_benchmarks() -> Mapping[str, Benchmark]:
    """Training."""
    from powergrid_rl.training.speed import training_speed

    return {"training": training_speed}

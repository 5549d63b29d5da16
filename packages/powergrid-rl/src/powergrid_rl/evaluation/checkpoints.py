"""Trained policies as contestants: their names, their makers and the configuration they were trained with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heron.errors import ConfigError
from powergrid.setups.loader import load_setup
from powergrid_rl.evaluation.rollout import PolicyMaker
from powergrid_rl.training.policy_file import load_policy

_SETUP = "setup.yaml"
_SETTINGS = "settings.json"
_DEPTH = 3  # a policy file lies at most so deep in its run's folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """One checkpoint.

    Parameters
    ----------
    name
        What it is called in the table.
    make
        Makes the policy of one agent.
    run
        Folder of its run; None where there is no ``setup.yaml`` above it.
    """

    name: str
    make: PolicyMaker
    run: Path | None


def contestants(checkpoints: Sequence[Path]) -> list[Contestant]:
    """Trained policies of some checkpoints, named after their runs.

    Raises
    ------
    CheckpointError
        If one of them holds no policy.
    """
    runs = [_run_folder(checkpoint) for checkpoint in checkpoints]
    names = [(run or checkpoint).absolute().name for run, checkpoint in zip(runs, checkpoints, strict=True)]
    if len(set(names)) < len(names):
        names = [checkpoint.as_posix() for checkpoint in checkpoints]
    return [
        Contestant(name=name, make=_maker(checkpoint), run=run)
        for name, checkpoint, run in zip(names, checkpoints, runs, strict=True)
    ]


def trained_config(found: Sequence[Contestant]) -> dict[str, Any] | None:
    """Configuration that checkpoints were trained with; None where no run has written one.

    Raises
    ------
    ConfigError
        If they were trained with different ones.
    """
    configs = {str(one.run): load_setup(one.run) for one in found if one.run is not None}
    first = next(iter(configs.values()), None)
    for run, config in configs.items():
        if config != first:
            differing = sorted(key for key in {*config, *(first or {})} if config.get(key) != (first or {}).get(key))
            raise ConfigError(
                f"The policies in {next(iter(configs))} and {run} were trained with different configurations "
                f"({', '.join(differing)}).",
                remedy="Say on which to judge them: --setup, and --dataset where that differs.",
            )
    return first


def why_no_pool(found: Sequence[Contestant]) -> str | None:
    """Why checkpoints are no training seeds of one policy, for a note; None where nothing speaks against it.

    Checkpoints whose runs have left no settings are taken for what the caller says they are.
    """
    runs = [one for one in found if one.run is not None and (one.run / _SETTINGS).is_file()]
    settings = {one.name: _settings(one) for one in runs}
    seeds = [plain.pop("seed", None) for plain in settings.values()]
    if len(set(seeds)) < len(seeds):
        return f"{', '.join(settings)} are not pooled: seeds {', '.join(map(str, seeds))} are not all different."
    first = next(iter(settings.values()), {})
    differing = sorted({key for plain in settings.values() for key in plain if plain[key] != first.get(key)})
    return f"{', '.join(settings)} are not pooled: they differ in {', '.join(differing)}." if differing else None


def _settings(one: Contestant) -> dict[str, Any]:
    assert one.run is not None
    settings: dict[str, Any] = json.loads((one.run / _SETTINGS).read_text(encoding="utf-8"))["settings"]
    return settings


def _maker(checkpoint: Path) -> PolicyMaker:
    policies = load_policy(checkpoint)
    return lambda _env, agent_id: policies(agent_id)


def _run_folder(checkpoint: Path) -> Path | None:
    places = [checkpoint, *checkpoint.absolute().parents[:_DEPTH]]
    return next((place for place in places if (place / _SETUP).is_file()), None)


def label(config: Mapping[str, Any]) -> str:
    """What a configuration's data set is called in titles."""
    source = config.get("dataset") if config.get("dataset") is not None else config.get("dataset_path")
    if source is None:
        return "nominal values"
    return Path(source).name if isinstance(source, str) else type(source).__name__

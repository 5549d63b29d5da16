"""The policy that is tested: a registered one by its name, or a checkpoint by its path."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heron.errors import UnknownNameError, suggest
from powergrid.plugins import policy_registry
from powergrid_rl.evaluation.checkpoints import contestants, trained_config
from powergrid_rl.evaluation.rollout import PolicyMaker
from powergrid_rl.training.run_folder import find_policy_file


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChoice:
    """A policy as it was named, so that another process finds it too.

    Parameters
    ----------
    name
        What it is called in tables.
    checkpoint
        Where a trained one lies; None for a registered one.
    """

    name: str
    checkpoint: Path | None = None

    def maker(self) -> PolicyMaker:
        """Maker of each agent's policy.

        Raises
        ------
        UnknownNameError
            If no policy has been registered under the name.
        CheckpointError
            If the checkpoint is broken.
        """
        if self.checkpoint is None:
            return policy_registry()[self.name]
        return contestants([self.checkpoint])[0].make

    def trained_config(self) -> dict[str, Any] | None:
        """Configuration that it was trained with; None where nothing is known of it."""
        return None if self.checkpoint is None else trained_config(contestants([self.checkpoint]))

    def as_plain(self) -> dict[str, Any]:
        """Name, and for a trained one its file and that file's fingerprint."""
        if self.checkpoint is None:
            return {"name": self.name}
        file = find_policy_file(self.checkpoint)
        return {"name": self.name, "file": str(file), "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}


def choose_policy(text: str) -> PolicyChoice:
    """Policy that a word stands for: a registered name goes before a path.

    Raises
    ------
    UnknownNameError
        If it is neither.
    """
    registry = policy_registry()
    if text in registry:
        return PolicyChoice(name=text)
    path = Path(text)
    if path.exists():
        return PolicyChoice(name=contestants([path])[0].name, checkpoint=path.absolute())
    remedy = suggest(text, registry) or "Give one of these names, or the folder of a run or checkpoint."
    raise UnknownNameError(
        f"{text!r} is no registered policy ({', '.join(sorted(registry))}), and there is no such file or folder.",
        remedy=remedy,
    )

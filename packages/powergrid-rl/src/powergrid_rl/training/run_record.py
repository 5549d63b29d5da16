"""What a run was started with, in memory and written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from powergrid_rl.training.budget import Budget
from powergrid_rl.training.errors import RunFolderError
from powergrid_rl.training.settings import Algorithm, Route, TrainingSettings
from powergrid_rl.training.teams import Sharing

_ENUMS: Mapping[str, Any] = {"algorithm": Algorithm, "sharing": Sharing, "route": Route}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """Environment, settings and budget of a run.

    Parameters
    ----------
    config
        Configuration of the environment.
    settings, budget
        What the run is set to, and how long it lasts.
    env_class
        Class of the environment; none for `MultiAgentMicrogrids`.
    """

    config: Mapping[str, Any]
    settings: TrainingSettings
    budget: Budget
    env_class: Any = None

    @property
    def name(self) -> str:
        """What is trained on, for titles."""
        return str(self.config.get("env_id") or getattr(self.env_class, "__name__", "environment"))

    def with_budget(self, budget: Budget) -> RunRecord:
        """The same with another limit."""
        return replace(self, budget=budget)

    def as_plain(self) -> dict[str, Any]:
        """Settings and budget as plain data."""
        settings = asdict(self.settings)
        plain = {key: value.value if key in _ENUMS else value for key, value in settings.items()}
        return {"settings": plain, "budget": asdict(self.budget), "env_class": _path(self.env_class)}

    def write_setup(self, path: Path) -> bool:
        """Write the configuration as a setup that `load_setup` reads; False where it holds more than plain data."""
        import yaml

        try:
            text = yaml.safe_dump(dict(self.config), sort_keys=False, width=120, allow_unicode=True)
        except yaml.YAMLError:
            return False
        path.write_text(text, encoding="utf-8")
        return True

    @classmethod
    def from_plain(
        cls, plain: Mapping[str, Any], *, setup: Path, config: Mapping[str, Any] | None, env_class: Any
    ) -> RunRecord:
        """Record of a run that was written down.

        Parameters
        ----------
        plain
            What `as_plain` gave.
        setup
            File of the configuration.
        config, env_class
            What could not be written down.

        Raises
        ------
        RunFolderError
            If something could not be written down and is not given.
        """
        if plain["env_class"] is not None and env_class is None:
            raise RunFolderError(
                f"The run trained on an environment of class {plain['env_class']}.", remedy="Give it as env_class=."
            )
        if config is None:
            config = _read_setup(setup)
        return cls(
            config=config,
            settings=TrainingSettings(**settings_from_plain(plain["settings"])),
            budget=Budget(**plain["budget"]),
            env_class=env_class,
        )


def settings_from_plain(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of `TrainingSettings` as `RunRecord.as_plain` wrote them."""
    kept = {key: _ENUMS[key](value) if key in _ENUMS else value for key, value in plain.items()}
    kept["hidden"] = tuple(kept["hidden"])
    return kept


def _read_setup(path: Path) -> dict[str, Any]:
    from powergrid.setups.loader import load_setup

    if not path.is_file():
        raise RunFolderError(
            f"{path.parent} does not hold the environment's configuration, which was more than plain data.",
            remedy="Give the same configuration as config=.",
        )
    return load_setup(path.parent)


def _path(env_class: Any) -> str | None:
    return None if env_class is None else f"{env_class.__module__}.{env_class.__qualname__}"

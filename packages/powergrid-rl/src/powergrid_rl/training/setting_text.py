"""Settings of a run as they are written on a command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from heron.errors import ConfigError, UnknownNameError, suggest
from powergrid_rl.training.settings import TrainingSettings

_WITH_OPTIONS = frozenset({"algorithm", "sharing", "route", "seed", "n_worker", "timing"})


def settings_from_text(texts: Sequence[str]) -> dict[str, Any]:
    """Settings written as ``name=value``.

    Parameters
    ----------
    texts
        Such as ``"gamma=0.9"`` or ``"hidden=64,64"``; those of `TrainingSettings` that have no option of their own.

    Raises
    ------
    UnknownNameError
        If there is no such setting.
    ConfigError
        If a text is no assignment, or its value not of the setting's type.
    """
    defaults = {field.name: field.default for field in fields(TrainingSettings) if field.name not in _WITH_OPTIONS}
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(f"--set is {text!r}.", remedy="Write name=value, such as gamma=0.9.")
        if name not in defaults:
            raise UnknownNameError(
                f"There is no setting {name!r}; there are {', '.join(sorted(defaults))}.",
                remedy=suggest(name, defaults),
            )
        found[name] = _value(name, value, defaults[name])
    return found


def _value(name: str, text: str, default: Any) -> Any:
    try:
        if isinstance(default, bool):
            return {"true": True, "false": False}[text.lower()]
        if isinstance(default, tuple):
            return tuple(int(part) for part in text.split(","))
        return type(default)(text)
    except (KeyError, ValueError):
        kind = {bool: "true or false", int: "a whole number", float: "a number", tuple: "whole numbers and commas"}
        raise ConfigError(
            f"--set {name} is {text!r}.", remedy=f"It must be {kind.get(type(default), 'a text')}, like {default!r}."
        ) from None

"""Errors of HERON: one class per decision a caller could take."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class HeronError(Exception):
    """Base of all errors raised on purpose, with a remedy where one is known.

    Parameters
    ----------
    message
        What happened, where, with the values.
    remedy
        What the reader can do about it; empty when there is nothing to say.
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(f"{message} {remedy}".rstrip())
        self.message = message
        self.remedy = remedy


class ConfigError(HeronError, ValueError):
    """A configuration cannot be used as it is written."""


class UnknownNameError(HeronError, LookupError):
    """A name is not among those that exist."""


class ActionError(HeronError, ValueError):
    """An action has the wrong shape, a value that is not a number, or no agent."""


class StateError(HeronError, ValueError):
    """A state value, feature or saved state does not fit."""


class LogError(HeronError, ValueError):
    """An event log cannot be written, or a file is none that can be read."""


class EventError(HeronError, RuntimeError):
    """An event of an event-driven run failed; the text names event, agent and time, the cause is the error itself."""


class MessageError(HeronError, ValueError):
    """A message cannot be sent as it is given."""


class PluginError(HeronError):
    """A plug-in could not be loaded or returned something unusable."""


def suggest(name: str, candidates: Iterable[str]) -> str:
    """Question that names the candidate nearest to a misspelt name.

    Parameters
    ----------
    name
        What was written.
    candidates
        What exists.

    Returns
    -------
    str
        ``"Did you mean 'x'?"``, or an empty string when nothing is near.
    """
    known = sorted(set(candidates))
    lowered = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    return f"Did you mean {lowered[near[0]]!r}?" if near else ""

"""What is left of a configuration where everyone acts at once, nothing is late and nothing goes wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_IN_LOCKSTEP: Mapping[str, Any] = {
    "event_driven": False,
    "centralized": True,
    "timing_jitter": 0.0,
    "disturbances": (),
}


def in_lockstep(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with what it says of events taken back; its ``timing``, which lockstep does not use, stays."""
    return {**config, **{key: value for key, value in _IN_LOCKSTEP.items() if key in config}}

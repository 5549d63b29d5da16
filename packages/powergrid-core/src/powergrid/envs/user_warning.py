"""Warnings that point at the user's own line."""

from __future__ import annotations

import inspect
import warnings
from pathlib import Path

_OURS = str(Path(__file__).resolve().parents[1])


def warn_user(message: str) -> None:
    """Warn about something that still works, at the line that called into this package."""
    level, frame = 1, inspect.currentframe()
    while frame is not None and frame.f_code.co_filename.startswith(_OURS):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)

"""Errors of training, by what the reader can do about them."""

from __future__ import annotations

from heron.errors import HeronError


class MissingExtraError(HeronError, ImportError):
    """Training needs packages that are not installed."""


class RunFolderError(HeronError, ValueError):
    """A run's folder cannot be used as asked: it holds another run, or none."""


class CheckpointError(HeronError, ValueError):
    """A checkpoint is missing, broken, or does not fit the environment."""

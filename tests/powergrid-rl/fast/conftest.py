"""The toy world is a module of the RLlib tests; PyTorch is all that is needed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "rllib"))
pytest.importorskip("torch", reason="the extra torch is not installed")

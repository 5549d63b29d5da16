"""Networks need PyTorch."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="the extra torch is not installed")

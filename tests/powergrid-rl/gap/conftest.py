"""The small world of these tests is a module beside those of the evaluation, their timing one beside these."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "evaluation")]

"""The main job: says what it will download, then installs it, trains and evaluates.

Run as ``hatch run rl:demo``, with the options of ``powergrid demo`` behind it.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from hatch_command import run_hatch

ENVIRONMENT = "training"
ENVIRONMENT_FOLDER = Path(__file__).resolve().parent.parent / ".venv" / ENVIRONMENT

ANNOUNCEMENT = """\
PowerGrid: train and judge three microgrids on the IEEE 34-bus feeder.

First run: an environment with PyTorch, RLlib and the five packages is created in .venv/training.
  download  about 530 MB, once (pip keeps it), and 2 GB on disk
  time      1 to 3 minutes on a fast line, then a few minutes of training on 2 cores
"""

LINUX_HINT = """\
  Linux     PyTorch from the package index brings CUDA: 2.8 GB to download, 6 GB on disk. Without an NVIDIA card
            stop here (Ctrl-C) and take the CPU build:
            PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu hatch run rl:demo
"""


def announcement() -> str:
    """What the first run downloads and how long it takes, on this platform and with its settings for pip."""
    needs_hint = platform.system() == "Linux" and "pytorch.org/whl/cpu" not in os.environ.get("PIP_EXTRA_INDEX_URL", "")
    return ANNOUNCEMENT + LINUX_HINT * needs_hint


def main(arguments: list[str]) -> int:
    """Announce on the first run, create the environment in the open, and start the demo."""
    if not ENVIRONMENT_FOLDER.exists():
        print(announcement(), flush=True)
        status = run_hatch("--verbose", "env", "create", ENVIRONMENT)
        if status:
            return status
    return run_hatch("run", f"{ENVIRONMENT}:powergrid", "demo", *arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The main job: says what it will download, then installs it, trains and evaluates.

Run as ``hatch run rl:demo``, with the options of ``powergrid demo`` behind it.
"""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from hatch_command import run_hatch

ENVIRONMENT = "training"
ENVIRONMENT_FOLDER = Path(__file__).resolve().parent.parent / ".venv" / ENVIRONMENT

ANNOUNCEMENT = """\
PowerGrid: train and judge three microgrids on the IEEE 34-bus feeder.

First run: an environment with PyTorch, RLlib and the five packages is created in .venv/training.
  download  about {download_mb} MB, once (pip keeps it)
  on disk   about {disk_gb} GB
  time      about {install_minutes} minutes on a fast line, then a few minutes of training on 2 cores
{hint}"""

LINUX_HINT = """\
  Linux     without an NVIDIA card take the CPU build of PyTorch, several GB less:
            PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu hatch run rl:demo
"""


def announcement() -> str:
    """What the first run downloads and how long it takes, for this platform."""
    hint = LINUX_HINT if platform.system() == "Linux" else ""
    return ANNOUNCEMENT.format(download_mb=530, disk_gb="2.0", install_minutes="1 to 3", hint=hint)


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

"""The hatch that started this script, called again for another environment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

HATCH_MISSING = "hatch is not on PATH. Install it with: python3 -m pip install hatch"


def run_hatch(*arguments: str) -> int:
    """Exit status of one hatch command, whose output goes where ours goes.

    Parameters
    ----------
    *arguments
        Arguments of the command, such as ``"run", "docs:build"``.

    Raises
    ------
    SystemExit
        hatch is not on the search path.
    """
    hatch = shutil.which("hatch")
    if hatch is None:
        sys.exit(HATCH_MISSING)
    sys.stdout.flush()
    # The active environment is the launcher's, and hatch would take it for the one to run in.
    inherited = {key: value for key, value in os.environ.items() if key not in ("HATCH_ENV_ACTIVE", "VIRTUAL_ENV")}
    return subprocess.run([hatch, *arguments], env=inherited, check=False).returncode

"""Wheel and source archive of each package, in ``dist/``.

Run as ``hatch run build:all``. The wheel is made from the source archive, so that a file missing there is noticed.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def packages() -> list[Path]:
    """Folders of the distributions."""
    return sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))


def main(arguments: list[str]) -> int:
    """Build all distributions and return 1 when one fails."""
    failed = []
    for package in packages():
        print(f"=== {package.name} ===", flush=True)
        command = [sys.executable, "-m", "build", "--outdir", str(ROOT / "dist"), *arguments, str(package)]
        if subprocess.run(command, check=False).returncode:
            failed.append(package.name)
    print(f"FAILED: {', '.join(failed)}" if failed else f"All distributions are in {ROOT / 'dist'}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

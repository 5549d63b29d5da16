"""A suite's environment must lack what its package does not declare.

Run as ``python tools/isolation.py torch ray``: fails and names those of the given modules that can be imported.
"""

from __future__ import annotations

import importlib.util
import sys


def importable(names: list[str]) -> list[str]:
    """Those of the module names that this interpreter would find."""
    return [name for name in names if importlib.util.find_spec(name) is not None]


def main(names: list[str]) -> int:
    """Return 1 and say why when a module is there that should not be."""
    present = importable(names)
    if present:
        print(f"This environment should not hold {', '.join(present)}: a dependency brings it, or hatch.toml does.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

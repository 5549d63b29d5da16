"""The tests of every package against its own dependencies only, then the tests that need them all.

Run as ``hatch run test``, with arguments for pytest behind it: ``hatch run test -x``. Each suite has an environment
of its own (``hatch.toml``), so that a package that leans on a neighbour it does not declare fails here.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from hatch_command import run_hatch

NO_TESTS_COLLECTED = 5  # pytest's exit status
ANNOUNCEMENT = """\
Eight suites, each in an environment of its own. Creating them the first time takes about 8 minutes, downloads 600 MB
(PyTorch and RLlib are most of it) and needs 9 GB on disk. On Linux PyTorch from the package index brings CUDA, 2.3 GB
more to download; with PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu before the command it does not."""
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Suite:
    """Tests that run together in one environment."""

    environment: str
    folder: str
    brings: str


@dataclass(frozen=True)
class Outcome:
    """What became of one suite."""

    suite: Suite
    status: int
    elapsed_s: float
    filtered: bool = False

    @property
    def verdict(self) -> str:
        """One word for the summary."""
        return {0: "passed", NO_TESTS_COLLECTED: "NO TESTS"}.get(self.status, f"FAILED (status {self.status})")

    @property
    def failed(self) -> bool:
        """Whether this suite makes the whole run fail: an empty one does, unless arguments chose other tests."""
        return self.status not in ((0, NO_TESTS_COLLECTED) if self.filtered else (0,))


SUITES = (
    Suite("test-heron-core", "tests/heron-core", "heron-core alone"),
    Suite("test-powergrid-core", "tests/powergrid-core", "powergrid-core and heron-core"),
    Suite("test-devices", "tests/powergrid-devices", "powergrid-devices and the core packages"),
    Suite("test-datasets", "tests/powergrid-datasets", "powergrid-datasets and the core packages"),
    Suite("test-rl", "tests/powergrid-rl", "powergrid-rl with torch and RLlib, and the core packages"),
    Suite("test-adapters", "tests/adapters/sb3", "powergrid-rl with Stable-Baselines3, and all other packages"),
    Suite("test-torchrl", "tests/adapters/torchrl", "powergrid-rl with TorchRL and BenchMARL, and all other packages"),
    Suite("integration", "tests/integration", "all packages: integration, documentation, style"),
)


def has_tests(suite: Suite) -> bool:
    """Whether there is a file that pytest would collect."""
    return any((ROOT / suite.folder).rglob("test_*.py"))


def run_suite(suite: Suite, heading: str, arguments: list[str]) -> Outcome:
    """Run one suite and say which; a suite in which nothing ran is said aloud."""
    print(f"\n=== {heading}: {suite.brings} ===", flush=True)
    started_s = time.monotonic()
    status = run_hatch("run", f"{suite.environment}:suite", *arguments) if has_tests(suite) else NO_TESTS_COLLECTED
    if status == NO_TESTS_COLLECTED:
        print(f"!!! NO TESTS RAN: there are none in {suite.folder} !!!", flush=True)
    return Outcome(suite, status, time.monotonic() - started_s, filtered=bool(arguments))


def summary(outcomes: list[Outcome]) -> str:
    """One line per suite with its verdict and the time it took, environment included."""
    lines = [f"{o.suite.folder:<28} {o.verdict:<20} {o.elapsed_s:7.0f} s" for o in outcomes]
    total_s = sum(o.elapsed_s for o in outcomes)
    return "\n".join(["", "=== Summary ===", *lines, f"{'total':<49} {total_s:7.0f} s"])


def main(arguments: list[str]) -> int:
    """Run all suites, also behind a failed one, and return 1 if any failed."""
    print(ANNOUNCEMENT)
    outcomes = [run_suite(s, f"Suite {i} of {len(SUITES)}", arguments) for i, s in enumerate(SUITES, start=1)]
    print(summary(outcomes))
    return 1 if any(outcome.failed for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

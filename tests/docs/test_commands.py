"""Commands that the pages tell a reader to type exist, and CI types the same ones."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from code_blocks import code_blocks

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MAIN_JOB = "python3 -m pip install hatch && hatch run rl:demo"
TESTS = "python3 -m pip install hatch && hatch run test"
HATCH_RUN = re.compile(r"\bhatch run (?:(?P<environment>[\w-]+):)?(?P<script>[\w-]+)")


def environments(repository: Path) -> dict[str, Any]:
    return tomllib.loads((repository / "hatch.toml").read_text(encoding="utf-8"))["envs"]


def pages(repository: Path) -> list[Path]:
    return [*repository.glob("*.md"), *repository.glob("packages/*/README.md"), *repository.glob("docs/**/*.md")]


def shell_lines(page: Path) -> list[str]:
    blocks = code_blocks(page.read_text(encoding="utf-8"))
    return [line for block in blocks if block.language in ("bash", "console", "shell", "sh") for line in block.lines]


@pytest.mark.parametrize("command", [MAIN_JOB, TESTS])
def test_the_readme_gives_both_jobs_on_one_line_each(repository: Path, command: str) -> None:
    assert command in shell_lines(repository / "README.md")


def test_ci_runs_the_tests_with_the_line_of_the_readme(repository: Path) -> None:
    assert f"grep -Fx '{TESTS}' README.md" in (repository / ".ci" / "run").read_text(encoding="utf-8")


def test_every_hatch_script_on_a_page_exists(repository: Path) -> None:
    known = environments(repository)
    missing = []
    for page in pages(repository):
        for found in HATCH_RUN.finditer(page.read_text(encoding="utf-8")):
            environment, script = found["environment"] or "default", found["script"]
            is_script = script in known.get(environment, {}).get("scripts", {})
            is_program = environment in ("training", "dev") and script in ("powergrid", "python", "pytest")
            if not (is_script or is_program):
                missing.append(f"{page.relative_to(repository)}: {found[0]}")
    assert not missing, missing


def test_every_package_has_a_suite_of_its_own(repository: Path) -> None:
    members = {tuple(str(member) for member in env["workspace"]["members"]) for env in suites(repository)}
    packages = {f"packages/{path.name}" for path in (repository / "packages").iterdir() if path.is_dir()}
    assert {last_member(chosen) for chosen in members} == packages


def suites(repository: Path) -> list[dict[str, Any]]:
    return [env for name, env in environments(repository).items() if name.startswith("test-")]


def last_member(members: tuple[str, ...]) -> str:
    found = re.search(r"packages/[\w-]+", members[-1])
    assert found is not None
    return found[0]


def test_powergrid_commands_on_a_page_are_installed(repository: Path) -> None:
    used = set()
    for page in pages(repository):
        used |= set(re.findall(r"^(?:\$ )?powergrid ([a-z][\w-]*)", "\n".join(shell_lines(page)), flags=re.MULTILINE))
    missing = {name for name in used if not is_installed(name)}
    assert used
    assert not missing, f"pages use commands that do not exist: {sorted(missing)}"


def is_installed(command: str) -> bool:
    # a command whose package is missing has a stand-in that takes no --help and exits with 2
    program = [sys.executable, "-c", "from powergrid.cli import main; main()", command, "--help"]
    return subprocess.run(program, capture_output=True, check=False).returncode == 0

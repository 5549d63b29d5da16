"""The template of a device package works as it is and under another name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def copy_of_template(repository: Path, folder: Path, topic: str) -> Path:
    """The template with another topic in its names and contents, as its README says."""
    copy = folder / f"powergrid-{topic}"
    leave = shutil.ignore_patterns("__pycache__", ".*_cache")
    shutil.copytree(repository / "templates" / "powergrid-topic", copy, ignore=leave)
    for path in sorted(copy.rglob("*"), reverse=True):
        if path.is_file():
            path.write_text(path.read_text(encoding="utf-8").replace("topic", topic), encoding="utf-8")
        if "topic" in path.name:
            path.rename(path.with_name(path.name.replace("topic", topic)))
    return copy


def declare_installed(project: Path) -> None:
    """Metadata that an installer would write beside the package."""
    declared = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = project / "src" / f"{declared['name'].replace('-', '_')}-{declared['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {declared['name']}\nVersion: {declared['version']}\n", encoding="utf-8"
    )
    lines = [f"{name} = {module}" for name, module in declared["entry-points"]["powergrid"].items()]
    (info / "entry_points.txt").write_text("\n".join(["[powergrid]", *lines, ""]), encoding="utf-8")


@pytest.mark.parametrize("topic", ["topic", "hydrogen"])
def test_the_tests_of_the_template_pass(repository: Path, tmp_path: Path, topic: str) -> None:
    project = copy_of_template(repository, tmp_path, topic)
    declare_installed(project)
    path = os.pathsep.join([str(project / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_template_asks_for_the_versions_of_this_repository(repository: Path) -> None:
    from powergrid import __version__

    template = (repository / "templates" / "powergrid-topic" / "pyproject.toml").read_text(encoding="utf-8")
    major, minor, _ = (int(part) for part in __version__.split("."))
    assert f'"powergrid-core>={major}.{minor},<{major}.{minor + 1}"' in template

"""Fragments of the change log are named so that they can be sorted by package and kind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGES = ("heron-core", "powergrid-core", "powergrid-devices", "powergrid-datasets", "powergrid-rl", "repo")
KINDS = ("number", "added", "changed", "deprecated", "removed", "fixed", "security")
NAME = re.compile(rf"[A-Za-z0-9_-]+\.({'|'.join(PACKAGES)})\.({'|'.join(KINDS)})\.md")


def test_each_fragment_names_its_package_and_kind(repository: Path) -> None:
    fragments = [path.name for path in (repository / "changelog.d").glob("*.md") if path.name != "README.md"]
    misnamed = [name for name in fragments if NAME.fullmatch(name) is None]
    assert not misnamed, f"not <id>.<package>.<type>.md: {misnamed}"


@pytest.mark.parametrize("name", ["main.heron-core.md", "main.heron.added.md", "main.heron-core.feature.md"])
def test_a_name_without_package_or_kind_is_refused(name: str) -> None:
    assert NAME.fullmatch(name) is None


def test_each_fragment_is_a_sentence_for_users(repository: Path) -> None:
    for path in sorted((repository / "changelog.d").glob("*.*.*.md")):
        text = path.read_text(encoding="utf-8").strip()
        assert text.endswith((".", "`", "```")), f"{path.name} does not end as a sentence does"

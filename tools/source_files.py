"""Python files of the packages, parsed once for the rules that read them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class SourceFile:
    """One module as text and as a tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def lines(self) -> list[str]:
        """Lines of the text; a syntax node's line number counts from 1."""
        return self.text.splitlines()

    @property
    def shown(self) -> str:
        """Path below the root of the repository where it lies there."""
        return str(self.path.relative_to(ROOT)) if self.path.is_relative_to(ROOT) else str(self.path)

    def waived(self, line_number: int, marker: str) -> bool:
        """Whether a line ends in a comment ``# <marker>: reason`` that allows what the rule forbids."""
        _, found, reason = self.lines[line_number - 1].partition(f"# {marker}:")
        return bool(found) and len(reason.split()) > 1


def source_files(folders: Iterable[Path | str]) -> Iterator[SourceFile]:
    """Modules in the folders and below, in the order of their paths.

    Parameters
    ----------
    folders
        Folders or glob patterns relative to the root of the repository; one that matches nothing is passed over.
    """
    for folder in folders:
        for root in sorted(ROOT.glob(folder)) if isinstance(folder, str) else [folder]:
            for path in [root] if root.is_file() else sorted(root.rglob("*.py")):
                text = path.read_text(encoding="utf-8")
                yield SourceFile(path, text, ast.parse(text, filename=str(path)))

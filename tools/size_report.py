"""Sizes of modules and functions beside their limits.

Run as ``python tools/size_report.py packages/*/src``: prints the distribution and fails on a module of more than 500
lines or a function of more than 60. A module without functions and classes is a table of data and is exempt. A
function counts from ``def`` to its end, docstring left out.
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from source_files import SourceFile, source_files

MODULE_LIMIT = 500
FUNCTION_LIMIT = 60


@dataclass(frozen=True)
class Size:
    """Lines of one module or function."""

    where: str
    line_count: int


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions and methods of a module, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def function_line_count(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from ``def`` to the end without the docstring."""
    total = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is None:
        return total
    return total - ((first.end_lineno or first.lineno) - first.lineno + 1)


def is_table(tree: ast.Module) -> bool:
    """Whether a module holds data only."""
    return not any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for node in ast.walk(tree))


def module_sizes(files: Iterable[SourceFile]) -> list[Size]:
    """Lines of each module that is not a table."""
    return [Size(file.shown, len(file.lines)) for file in files if not is_table(file.tree)]


def function_sizes(files: Iterable[SourceFile]) -> list[Size]:
    """Lines of each function with where it stands."""
    return [
        Size(f"{file.shown}:{function.lineno} {function.name}", function_line_count(function))
        for file in files
        for function in functions(file.tree)
    ]


def distribution(what: str, sizes: list[Size], limit: int) -> str:
    """One line with median, ninth decile and longest."""
    counts = sorted(size.line_count for size in sizes) or [0]
    ninth_decile = counts[min(len(counts) - 1, int(0.9 * len(counts)))]
    median = statistics.median(counts)
    middle = f"median {median:5.0f}   90 % {ninth_decile:4d}"
    return f"{what:<10} {len(sizes):5d}   {middle}   longest {counts[-1]:4d} of {limit}"


def main(patterns: list[str]) -> int:
    """Print the report and return 1 when something is too long."""
    files = list(source_files(patterns))
    modules, bodies = module_sizes(files), function_sizes(files)
    print(distribution("modules", modules, MODULE_LIMIT))
    print(distribution("functions", bodies, FUNCTION_LIMIT))
    too_long = [size for size in modules if size.line_count > MODULE_LIMIT]
    too_long += [size for size in bodies if size.line_count > FUNCTION_LIMIT]
    for size in too_long:
        print(f"TOO LONG: {size.where} has {size.line_count} lines")
    return 1 if too_long else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""No reduction whose result depends on the size of the batch, in the parts that compute physics.

numpy adds ``(n, 1)`` and ``(n, 1024)`` in different orders from eight rows on, matrix products already at four, so
``sum(axis=...)``, ``@``, ``einsum`` and their like would break "bit for bit for any number of environments". The
fixed-order reductions of ``powergrid.plant.reduce`` do not. Work that is done once, without an environment axis, may
say so on its line: ``# one batch: the admittance matrix has no environments``.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from source_files import SourceFile, source_files

FOLDERS = (
    "packages/heron-core/src/heron/plant",
    "packages/powergrid-core/src/powergrid/plant",
    "packages/powergrid-core/src/powergrid/powerflow",
    "packages/powergrid-core/src/powergrid/core",
    "packages/powergrid-devices/src",
)
MARKER = "one batch"
PRODUCTS = frozenset({"einsum", "dot", "vdot", "inner", "matmul", "tensordot", "multi_dot"})
SUMS = frozenset({"sum", "nansum", "mean", "nanmean", "average", "std", "var", "prod"})
ROUNDING_UFUNCS = frozenset({"add", "subtract", "multiply"})  # of maximum or logical_or any order gives the same


def offence(node: ast.AST) -> str:
    """Name of the forbidden operation that a syntax node is, or an empty string."""
    if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.MatMult):
        return "@"
    if isinstance(node, ast.Call):
        name = called_name(node)
        if name in PRODUCTS:
            return name
        along_axis = any(keyword.arg == "axis" for keyword in node.keywords)
        if along_axis and (name in SUMS or is_rounding_reduce(node)):
            return f"{name}(axis=...)"
    return ""


def is_rounding_reduce(call: ast.Call) -> bool:
    """Whether a call is ``np.add.reduce`` or alike."""
    match call.func:
        case ast.Attribute(attr="reduce", value=ast.Attribute(attr=ufunc) | ast.Name(id=ufunc)):
            return ufunc in ROUNDING_UFUNCS
    return False


def called_name(call: ast.Call) -> str:
    """Last part of the name that is called, empty where the function has none."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def offences(file: SourceFile) -> Iterator[str]:
    """A line of text for each forbidden operation of a module that is not waived."""
    for node in ast.walk(file.tree):
        found = offence(node)
        if found and isinstance(node, ast.expr | ast.stmt) and not file.waived(node.end_lineno or node.lineno, MARKER):
            yield f"{file.shown}:{node.lineno}: {found} depends on the batch; use the fixed-order reduction"


def main() -> int:
    """Print all offences and return 1 when there are any."""
    lines = [line for file in source_files(FOLDERS) for line in offences(file)]
    print("\n".join(lines) if lines else "No reduction depends on the batch.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())

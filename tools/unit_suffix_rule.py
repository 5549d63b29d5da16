"""A quantity's name ends in a unit of ``powergrid.units``, and units of published tables stay in the tables.

A checker cannot know that ``capacity`` is a quantity. It does know that ``capacity_kwh`` names a unit that is not in
the table, and that ``rating_kva`` belongs to a published table and not to a plant. Looked at are the names a module
defines: parameters, variables, fields, attributes; keywords of calls belong to the function called.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from powergrid.units import UNITS, unit_of
from source_files import SourceFile, source_files

FOLDERS = ("packages/*/src",)
TABLE_PLACES = ("powergrid/networks/", "powergrid/conventions.py", "powergrid/units.py", "powergrid/config/aliases")
MARKER = "not a unit"
# Endings for units that are spelt otherwise here. Ambiguous ones (`_min`, `_a`, `_w`, `_hours`) are left out.
FOREIGN = (
    *("gw", "kwh", "wh", "gwh", "mvarh", "kvarh", "volt", "volts", "amp", "amps", "ma", "mhz", "khz"),
    *("ms", "usec", "sec", "secs", "seconds", "minutes", "mins", "hr", "hrs"),
    *("pct", "degrees", "celsius", "kelvin", "dollar", "dollars", "eur", "euro", "cents"),
    *("usd_mwh", "usd_per_kwh", "per_hour"),
)
AMBIGUOUS = frozenset({"_a", "_v", "_us"})


def defined_names(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Names that a module defines, each with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno


def complaint(name: str, *, in_table: bool) -> str:
    """What is wrong with the unit of a name, or an empty string."""
    lowered = name.lower()
    unit = unit_of(lowered)
    if unit is None:
        ending = next((e for e in FOREIGN if lowered.endswith(f"_{e}")), "")
        return f"_{ending} is not in the table of units" if ending else ""
    if unit.table_only and not in_table and unit.suffix not in AMBIGUOUS:
        return f"{unit.suffix} is for published tables and pandapower only"
    return ""


def complaints(file: SourceFile) -> Iterator[str]:
    """A line of text for each name of a module whose unit is wrong and not waived."""
    in_table = any(place in file.path.as_posix() for place in TABLE_PLACES)
    for name, line_number in sorted(set(defined_names(file.tree)), key=lambda found: found[1]):
        found = complaint(name, in_table=in_table)
        if found and not file.waived(line_number, MARKER):
            yield f"{file.shown}:{line_number}: {name}: {found}"


def main() -> int:
    """Print all complaints and return 1 when there are any."""
    lines = [line for file in source_files(FOLDERS) for line in complaints(file)]
    print("\n".join(lines) if lines else f"All names keep to the {len(UNITS)} units of the table.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())

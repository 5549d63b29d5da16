"""The page of kinds and parameters says what the kinds are."""

from __future__ import annotations

import math
import re
from dataclasses import MISSING, Field, fields
from pathlib import Path

import pytest

from powergrid.plugins import device_registry
from powergrid.units import unit_of

PAGE = Path(__file__).parents[2] / "docs" / "physics" / "devices.md"
CHAPTER = PAGE.parent
SOURCES = Path(__file__).parents[2] / "packages" / "powergrid-devices" / "src" / "powergrid_devices"
KINDS = ["Generator", "ESS", "SolarPV", "WindTurbine", "Load", "Transformer"]
# where the default is a word or follows from other parameters, which the tests of the kinds cover
IN_WORDS = {"-q_max_mvar", "-p_max_mw", "just enough for both", "1.1 p_rated_mw", "0.44 s_rated_mva"}


def section(kind: str) -> str:
    return re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[[*headings()].index(kind) + 1]


def headings() -> list[str]:
    return re.findall(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)


def table(kind: str) -> dict[str, tuple[str, str]]:
    """Unit and default by parameter."""
    rows = [[cell.strip().replace("`", "") for cell in line.split("|")[1:-1]] for line in section(kind).splitlines()]
    return {row[0]: (row[1], row[2]) for row in rows if len(row) == 4 and not row[0].startswith(("parameter", "---"))}


def parameters(kind: str) -> list[Field[object]]:
    return [entry for entry in fields(device_registry()[kind]) if entry.init]


def written(entry: Field[object]) -> str:
    """A default as the page writes it."""
    if entry.default is MISSING:
        return "–"
    if entry.default is None:
        return "constant"
    if entry.default is False:
        return "false"
    if entry.default == math.inf:
        return "no limit"
    if isinstance(entry.default, tuple):
        return str([round(value) for value in entry.default])
    return f"{entry.default:g}" if isinstance(entry.default, float) else str(entry.default)


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_lists_every_parameter_of_a_kind(kind: str) -> None:
    assert sorted(table(kind)) == sorted(entry.name for entry in parameters(kind))


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_gives_the_unit_a_name_ends_in(kind: str) -> None:
    for name, (unit, _) in table(kind).items():
        known = unit_of(name)
        assert known is None or unit == known.symbol, name


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_gives_the_defaults(kind: str) -> None:
    for entry in parameters(kind):
        default = table(kind)[entry.name][1]
        assert default == written(entry) or (entry.default is None and default in IN_WORDS), entry.name


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_names_every_setpoint(kind: str) -> None:
    most = {
        "Generator": {"p_max_mw": 1.0, "q_max_mvar": 1.0, "switchable": True},
        "ESS": {"capacity_mwh": 1.0, "p_max_mw": 1.0, "q_max_mvar": 1.0},
        "SolarPV": {"p_rated_mw": 1.0},
        "Load": {"p_mw": 1.0, "sheddable": True, "shed_cost_usd_per_mwh": 1.0},
        "Transformer": {"transformer": "regulator"},
    }
    for field in device_registry()[kind](**most.get(kind, most["SolarPV"])).setpoint_fields():
        assert f"`{field.name}`" in section("SolarPV" if kind == "WindTurbine" else kind)


def test_every_registered_kind_has_a_section() -> None:
    own = [name for name in device_registry() if device_registry()[name].__module__.startswith("powergrid_devices.")]
    assert set(own) <= set(headings())


def test_every_equation_a_function_refers_to_is_on_its_page() -> None:
    referred = set()
    for path in SOURCES.rglob("*.py"):
        text = " ".join(path.read_text(encoding="utf-8").split())
        for page, numbers in re.findall(r"docs/physics/(\w+)\.md, equations? ([\d and]+\d|\d)", text):
            referred |= {(page, number) for number in re.findall(r"\d+", numbers)}
    assert len(referred) >= 14
    for page, number in sorted(referred):
        assert f"({number})  " in (CHAPTER / f"{page}.md").read_text(encoding="utf-8"), (page, number)


@pytest.mark.parametrize("path", sorted((SOURCES / "physics").glob("[a-z]*.py")), ids=lambda path: path.stem)
def test_every_equation_of_the_package_is_named_in_the_chapter(path: Path) -> None:
    functions = re.findall(r"^def (\w+)\(", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    chapter = " ".join(page.read_text(encoding="utf-8") for page in CHAPTER.glob("*.md"))
    missing = [name for name in functions if f"`{name}`" not in chapter]
    assert missing in ([], ["outside_window"], ["was_limited"])

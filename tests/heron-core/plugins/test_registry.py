"""A registry finds by name, and says what is missing, misspelt or claimed twice."""

from __future__ import annotations

import warnings

import pytest

from heron.errors import HeronError, PluginError, UnknownNameError
from heron.plugins import Contribution, PluginOrigin, PluginReport, PluginWarning, Registry

STOVES = PluginOrigin(name="heaters", distribution="stoves", version="1.2", target="stoves.plugin")
OTHERS = PluginOrigin(name="heaters", distribution="others", version="0.3", target="others.plugin")


def registry(**entries: object) -> Registry[object]:
    return Registry("heater type", [Contribution(origin=STOVES, entries=entries)], known={"Boiler": "boilers[gas]"})


def test_names_are_sorted_and_looked_up_like_a_mapping() -> None:
    made = registry(Stove=1, Grill=2)
    assert list(made) == ["Grill", "Stove"]
    assert (len(made), made["Stove"], made.get("Fan"), made.get("Fan", 7)) == (2, 1, None, 7)
    assert "Grill" in made
    assert "Fan" not in made
    assert made.origin("Stove") is STOVES


def test_a_misspelt_name_gets_the_nearest_one() -> None:
    with pytest.raises(UnknownNameError, match=r"'Stov' not found; there are Stove. Did you mean 'Stove'"):
        registry(Stove=1)["Stov"]


def test_a_name_of_a_package_that_is_not_installed_says_what_to_install() -> None:
    with pytest.raises(UnknownNameError) as raised:
        registry()["Boiler"]
    assert str(raised.value) == "heater type 'Boiler' not found: pip install \"boilers[gas]\""


def test_a_misspelt_name_of_a_package_that_is_not_installed_says_both() -> None:
    with pytest.raises(UnknownNameError, match=r"none is registered. Did you mean 'Boiler'\? It comes with: pip"):
        registry()["Boilr"]


def test_a_package_that_failed_to_load_is_not_to_be_installed_again() -> None:
    report = PluginReport()
    origin = PluginOrigin(name="gas", distribution="boilers", version="2", target="boilers.plugin")
    with pytest.warns(PluginWarning):
        report.add(origin, PluginError("Cannot load boilers: no gas.", remedy="Reinstall boilers."))
    made: Registry[object] = Registry("heater type", [], known={"Boiler": "boilers[gas]"}, report=report)
    with pytest.raises(UnknownNameError) as raised:
        made["Boiler"]
    assert str(raised.value) == "heater type 'Boiler' not found: Cannot load boilers: no gas. Reinstall boilers."
    with pytest.raises(UnknownNameError, match=r"Left out: Cannot load boilers: no gas\."):
        made["Fan"]


def test_a_name_claimed_twice_is_reported_and_neither_wins() -> None:
    answers = [Contribution(origin=origin, entries={"Stove": origin.name}) for origin in (STOVES, OTHERS)]
    with pytest.warns(PluginWarning, match="'Stove' is registered twice, by plug-in of stoves.* and plug-in of others"):
        made: Registry[object] = Registry("heater type", answers)
    with pytest.raises(PluginError, match="Rename one or uninstall one"):
        made["Stove"]


def test_a_finding_is_warned_about_once() -> None:
    answers = [Contribution(origin=origin, entries={"Stove": origin.name}) for origin in (STOVES, OTHERS)]
    report = PluginReport()
    with pytest.warns(PluginWarning):
        Registry[object]("heater type", answers, report=report)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Registry[object]("heater type", answers, report=report)
    assert len(report.errors) == 1


def test_the_error_class_is_the_projects_own() -> None:
    class ColdError(HeronError):
        pass

    with pytest.raises(ColdError):
        Registry("heater type", [], error=ColdError)["Stove"]


def test_its_text_lists_the_names() -> None:
    assert repr(registry(Stove=1)) == "<heater type registry: Stove>"

"""Kinds registered in a program are found like those of packages."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from heron.errors import PluginError
from heron.plugins import PluginWarning
from powergrid.errors import UnknownDeviceTypeError
from powergrid.plugins import (
    device_registry,
    hookimpl,
    load_plugins,
    network_registry,
    plugin_host,
    register_device,
    unregister_device,
)
from powergrid.plugins.devices import kind_name
from powergrid.plugins.host import new_host

pytestmark = pytest.mark.filterwarnings("ignore::heron.plugins.PluginWarning")


class Windmill:
    """Stands for a device kind."""


@pytest.fixture
def windmill() -> Iterator[type]:
    """A registered kind that is forgotten after the test."""
    yield register_device(Windmill)
    unregister_device(Windmill)


def test_a_registered_kind_is_found_by_its_class_name(windmill: type) -> None:
    assert device_registry()["Windmill"] is windmill
    assert device_registry().origin("Windmill").name == "register_device"


def test_it_is_found_also_when_others_were_looked_up_before() -> None:
    assert "Windmill" not in device_registry()
    register_device(Windmill)
    assert "Windmill" in device_registry()
    unregister_device(Windmill)
    assert "Windmill" not in device_registry()


def test_a_kind_name_of_its_own_goes_before_the_class_name_and_is_not_inherited() -> None:
    class Named:
        kind_name = "Turbine"

    class Child(Named):
        pass

    class Unnamed(Named):
        kind_name = ""

    assert [kind_name(kind) for kind in (Named, Child, Unnamed)] == ["Turbine", "Child", "Unnamed"]


def test_a_cell_that_runs_again_replaces_its_class(windmill: type) -> None:
    again = type("Windmill", (), {"__module__": windmill.__module__, "__qualname__": windmill.__qualname__})
    register_device(again)
    assert device_registry()["Windmill"] is again


def test_another_class_of_the_same_name_is_refused(windmill: type) -> None:
    other = type("Windmill", (), {"__module__": "elsewhere"})
    with pytest.raises(PluginError, match=r"'Windmill' is registered twice, by .*Windmill and elsewhere\.Windmill"):
        register_device(other)


def test_only_classes_are_kinds() -> None:
    with pytest.raises(TypeError, match="takes a class, not 'Windmill'"):
        register_device("Windmill")  # type: ignore[type-var]


def test_a_kind_that_was_not_registered_cannot_be_removed() -> None:
    with pytest.raises(PluginError, match="'Windmill' was not registered in this program"):
        unregister_device(Windmill)


def test_loading_tells_which_plug_ins_are_in_use() -> None:
    loaded = load_plugins()
    assert ("powergrid-core", "powergrid.setups.plugin") in [(origin.distribution, origin.name) for origin in loaded]
    assert loaded == plugin_host().plugins


def test_a_device_of_ours_that_is_not_installed_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heron.plugins.host.entry_points", lambda group: [])
    with pytest.raises(UnknownDeviceTypeError) as raised:
        device_registry(host=new_host())["Generator"]
    assert str(raised.value) == "device type 'Generator' not found: pip install powergrid-devices"


def test_what_core_brings_is_there_without_any_other_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heron.plugins.host.entry_points", lambda group: [])
    host = new_host()
    assert {"ieee13", "ieee34"} <= set(network_registry(host=host))
    assert host.report.errors == ()


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ({"Windmill": Windmill}, "not a list of classes"),
        ([Windmill()], "not a list of classes"),
        ([Windmill, type("Windmill", (), {})], "two of its kinds have the same name"),
    ],
)
def test_an_unusable_answer_is_left_out_with_a_warning(answer: object, complaint: str) -> None:
    host = new_host()
    host.load()
    host.register(SimpleNamespace(powergrid_register_devices=hookimpl(lambda: answer)), name="mine")
    with pytest.warns(PluginWarning, match=complaint):
        registry = device_registry(host=host)
    assert "Windmill" not in registry


@pytest.mark.parametrize("answer", [None, ["ieee13"], {3: "three"}, {"": "nameless"}])
def test_a_hook_for_names_must_give_names(answer: object) -> None:
    host = new_host()
    host.load()
    host.register(SimpleNamespace(powergrid_register_networks=hookimpl(lambda: answer)), name="mine")
    with pytest.warns(PluginWarning, match="not a mapping from names"):
        assert "ieee13" in network_registry(host=host)

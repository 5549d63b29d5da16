"""The host finds plug-ins, keeps the working ones and says what is wrong with the others."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pluggy
import pytest

from heron.errors import PluginError
from heron.plugins import PluginHost, PluginWarning

hookspec = pluggy.HookspecMarker("rooms")
hookimpl = pluggy.HookimplMarker("rooms")
Install = Callable[..., None]


@hookspec
def rooms_register_heaters() -> dict[str, type]:
    """Heaters by name."""
    raise NotImplementedError


@hookspec
def rooms_register_windows() -> dict[str, type]:
    """Windows by name."""
    raise NotImplementedError


HOOKS = sys.modules[__name__]
WORKING = """
import pluggy
@pluggy.HookimplMarker("rooms")
def rooms_register_heaters():
    return {"stove": float}
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Write a distribution with one plug-in module into a folder on the path."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(distribution: str, module: str, source: str, *, entry_point: str = "heaters") -> None:
        (tmp_path / f"{module}.py").write_text(source)
        info = tmp_path / f"{distribution.replace('-', '_')}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[rooms]\n{entry_point} = {module}\n")
        monkeypatch.delitem(sys.modules, module, raising=False)

    return write


def host() -> PluginHost:
    return PluginHost("rooms", HOOKS, entry_point_group="rooms")


def heaters(of: PluginHost) -> dict[str, object]:
    return {
        name: entry
        for answer in of.collect("rooms_register_heaters", names=dict)
        for name, entry in answer.entries.items()
    }


def test_an_installed_plug_in_is_found_through_its_entry_point(install: Install) -> None:
    install("stoves", "stoves_plugin", WORKING)
    assert heaters(host()) == {"stove": float}


def test_making_a_host_imports_no_plug_in(install: Install) -> None:
    install("stoves", "stoves_lazy_plugin", WORKING)
    made = host()
    assert "stoves_lazy_plugin" not in sys.modules
    made.load()
    assert "stoves_lazy_plugin" in sys.modules


def test_a_plug_in_that_fails_to_import_is_named_and_the_others_go_on(install: Install) -> None:
    install("a-broken", "a_broken_plugin", "import a_module_that_is_missing")
    install("stoves", "stoves_beside_plugin", WORKING)
    made = host()
    wanted = r"a-broken 1\.2 \(entry point 'heaters' = 'a_broken_plugin'\).*No module named 'a_module_that_is_missing'"
    with pytest.warns(PluginWarning, match=wanted):
        assert heaters(made) == {"stove": float}
    assert isinstance(made.report.errors[0].__cause__, ModuleNotFoundError)
    assert [origin.distribution for origin in made.plugins] == ["stoves"]


def test_a_plug_in_is_warned_about_once(install: Install) -> None:
    install("a-broken", "a_broken_twice_plugin", "1 / 0")
    made = host()
    with pytest.warns(PluginWarning, match="ZeroDivisionError"):
        made.load()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made.load()


def test_a_hook_that_raises_is_left_out_and_the_others_go_on(install: Install) -> None:
    install("a-broken", "a_raising_plugin", WORKING.replace("return", "1 / 0; return"))
    install("stoves", "stoves_after_plugin", WORKING)
    with pytest.warns(PluginWarning, match="Hook rooms_register_heaters failed in plug-in of a-broken"):
        assert heaters(host()) == {"stove": float}


def test_an_answer_of_the_wrong_shape_is_left_out(install: Install) -> None:
    install("a-broken", "a_shapeless_plugin", WORKING.replace('{"stove": float}', "3"))
    with pytest.warns(PluginWarning, match="'int' object is not iterable"):
        assert heaters(host()) == {}


def test_two_distributions_may_call_their_entry_points_alike(install: Install) -> None:
    install("stoves", "stoves_alike_plugin", WORKING)
    install("radiators", "radiators_alike_plugin", WORKING.replace("stove", "radiator"))
    assert sorted(heaters(host())) == ["radiator", "stove"]


def test_a_misspelt_hook_is_reported_with_the_nearest_name(install: Install) -> None:
    install("a-broken", "a_misspelt_plugin", WORKING.replace("register_heaters", "register_heater"))
    with pytest.warns(PluginWarning, match="no hook. Did you mean 'rooms_register_heaters'"):
        host().load()


def test_a_hook_without_its_marker_is_reported(install: Install) -> None:
    install("a-broken", "a_bare_plugin", "def rooms_register_windows():\n    return {}\n" + WORKING)
    with pytest.warns(PluginWarning, match="defines 'rooms_register_windows' without @hookimpl"):
        host().load()


def test_a_plug_in_without_hooks_is_reported(install: Install) -> None:
    install("a-broken", "an_empty_plugin", "")
    with pytest.warns(PluginWarning, match="implements no hook. Hooks are rooms_register_heaters"):
        host().load()


def test_a_function_of_another_name_may_implement_a_hook() -> None:
    class Renamed:
        @hookimpl(specname="rooms_register_heaters")
        def heaters(self) -> dict[str, type]:
            return {"stove": float}

        @hookimpl(specname="rooms_register_heater")
        def misspelt(self) -> dict[str, type]:
            return {}

    with pytest.raises(PluginError, match="implements 'rooms_register_heater', which is no hook"):
        host().register(Renamed(), name="mine")
    del Renamed.misspelt
    made = host()
    made.register(Renamed(), name="mine")
    assert heaters(made) == {"stove": float}


def test_a_plug_in_need_not_implement_every_hook() -> None:
    made = host()
    made.register(Programmed(), name="mine")
    assert made.hooks == ("rooms_register_heaters", "rooms_register_windows")
    assert made.collect("rooms_register_windows", names=dict) == ()


def test_a_hook_with_unknown_parameters_is_reported_and_leaves_nothing_behind(install: Install) -> None:
    install("a-broken", "a_greedy_plugin", WORKING.replace("heaters()", "heaters(house)"))
    made = host()
    with pytest.warns(PluginWarning, match="does not fit a hook"):
        made.load()
    assert made.plugins == ()
    assert heaters(made) == {}


class Programmed:
    """A plug-in made in the program."""

    @hookimpl
    def rooms_register_heaters(self) -> dict[str, type]:
        return {"fireplace": str}


def test_a_plug_in_can_be_registered_and_removed_in_the_program() -> None:
    made = host()
    assert heaters(made) == {}
    made.register(Programmed(), name="mine")
    assert heaters(made) == {"fireplace": str}
    made.unregister("mine")
    assert heaters(made) == {}


def test_a_name_that_is_taken_cannot_be_registered_again() -> None:
    made = host()
    made.register(Programmed(), name="mine")
    with pytest.raises(PluginError, match="Two plug-ins are named 'mine'"):
        made.register(Programmed(), name="mine")


def test_a_refused_plug_in_does_not_keep_its_name() -> None:
    class Greedy:
        @hookimpl
        def rooms_register_heaters(self, house: str) -> dict[str, type]:
            return {house: str}

    made = host()
    with pytest.raises(PluginError, match="plug-in 'mine' does not fit a hook"):
        made.register(Greedy(), name="mine")
    made.register(Programmed(), name="mine")
    assert heaters(made) == {"fireplace": str}


def test_an_object_cannot_be_registered_under_two_names() -> None:
    made, plugin = host(), Programmed()
    made.register(plugin, name="mine")
    with pytest.raises(PluginError, match="registered already"):
        made.register(plugin, name="yours")


def test_removing_an_unknown_plug_in_names_those_there_are() -> None:
    with pytest.raises(PluginError, match=r"No plug-in named 'yours' is registered; there are \[\]"):
        host().unregister("yours")


def test_built_ins_come_first_and_through_the_same_checks(install: Install) -> None:
    install("stoves", "a_builtin_plugin", WORKING, entry_point="elsewhere")
    made = PluginHost("rooms", HOOKS, entry_point_group="nobody", builtins=("a_builtin_plugin", "missing_one"))
    with pytest.warns(PluginWarning, match="Cannot load plug-in 'missing_one'"):
        assert heaters(made) == {"stove": float}


def test_each_hook_is_asked_once_until_something_is_registered() -> None:
    class Counting:
        asked = 0

        @hookimpl
        def rooms_register_heaters(self) -> dict[str, type]:
            self.asked += 1
            return {}

    made, counting = host(), Counting()
    made.register(counting, name="counting")
    heaters(made)
    heaters(made)
    assert counting.asked == 1
    made.register(Programmed(), name="mine")
    heaters(made)
    assert counting.asked == 2

"""Documented imports of kinds say which package to install."""

from __future__ import annotations

import importlib
import sys

import pytest

from powergrid.agents.device_package import from_devices


class NotInstalled:
    """Import finder of a machine without powergrid-devices."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "powergrid_devices":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@pytest.mark.parametrize(
    ("module", "name"), [("generator", "Generator"), ("storage", "ESS"), ("transformer", "Transformer")]
)
def test_without_the_package_the_import_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, module: str, name: str
) -> None:
    for loaded in [found for found in sys.modules if found.partition(".")[0] == "powergrid_devices"]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setattr(sys, "meta_path", [NotInstalled(), *sys.meta_path])
    forwarder = importlib.import_module(f"powergrid.agents.{module}")
    with pytest.raises(ImportError, match=f"{name} is part of another package: pip install powergrid-devices"):
        getattr(forwarder, name)


def test_a_name_that_is_not_forwarded_is_no_attribute() -> None:
    forwarder = importlib.import_module("powergrid.agents.storage")
    with pytest.raises(AttributeError, match="has no attribute 'Battery'"):
        _ = forwarder.Battery


def test_a_broken_package_is_not_called_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "powergrid_devices", sys)
    with pytest.raises(ModuleNotFoundError, match="not_there"):
        from_devices("not_there", "ESS")

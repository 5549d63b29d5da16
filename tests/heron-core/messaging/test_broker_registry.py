"""Brokers are found by name, the built-in one through the same hook as those of third parties."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from heron.errors import UnknownNameError
from heron.messaging import InMemoryBroker, MessageBroker, broker_registry, hooks
from heron.plugins import PluginHost, PluginWarning

PLUGIN = """
from heron.messaging import InMemoryBroker, hookimpl

class TestBroker(InMemoryBroker):
    pass

@hookimpl
def heron_register_brokers():
    return {"test": TestBroker}
"""


def new_host() -> PluginHost:
    return PluginHost("heron", hooks, entry_point_group="heron", builtins=("heron.messaging.plugin",))


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    monkeypatch.syspath_prepend(str(folder))
    (folder / "test_brokers_plugin.py").write_text(source)
    monkeypatch.delitem(sys.modules, "test_brokers_plugin", raising=False)
    info = folder / "test_brokers-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: test-brokers\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[heron]\ntest = test_brokers_plugin\n")


def test_the_broker_in_memory_is_registered() -> None:
    registry = broker_registry()
    assert registry["in_memory"] is InMemoryBroker
    assert registry.origin("in_memory").distribution == "heron-core"
    assert isinstance(registry["in_memory"](), MessageBroker)


def test_a_broker_of_another_distribution_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, PLUGIN)
    registry = broker_registry(host=new_host())
    assert sorted(registry) == ["in_memory", "test"]
    assert registry.origin("test").distribution == "test-brokers"
    made = registry["test"]()
    made.connect(["a"])
    assert made.collect("a", now_ns=0) == []


def test_an_unusable_answer_is_left_out_with_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, PLUGIN.replace("TestBroker}", "5}"))
    with pytest.warns(PluginWarning, match=r"test-brokers 1\.0 .* not a mapping from names to factories"):
        registry = broker_registry(host=new_host())
    assert list(registry) == ["in_memory"]


def test_an_unknown_broker_is_an_error_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"message broker 'in-memory' not found; .* Did you mean 'in_memory'\?"):
        broker_registry(host=new_host())["in-memory"]

"""``powergrid bench`` measures what is asked for, from end to end."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from heron.errors import ConfigError, UnknownNameError
from heron.plugins import PluginHost
from powergrid.bench import Case, Comparison
from powergrid.bench.command import INTERRUPTED, chosen
from powergrid.bench.record import read_report
from powergrid.cli import app
from powergrid.plugins import hookimpl
from powergrid.plugins.host import new_host


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """Host of an installation with powergrid-core alone."""
    monkeypatch.setattr("heron.plugins.host.entry_points", lambda group: [])
    host = new_host()
    monkeypatch.setattr("powergrid.plugins.registries.plugin_host", lambda: host)
    monkeypatch.setattr("powergrid.plugins.host.plugin_host", lambda: host)
    host.load()
    return host


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["bench", *arguments])


def add(host: PluginHost, name: str, *cases: Case) -> None:
    comparison = Comparison(title=f"row of {name}", unit="sheep", cases=cases)
    hook = hookimpl(lambda: {name: lambda settings: [comparison]})
    host.register(SimpleNamespace(powergrid_register_benchmarks=hook), name=f"test_{name}")


def test_the_solver_is_measured_and_written(bare: PluginHost, tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    result = run("--quick", "--only", "solver", "--json", str(path))
    assert result.exit_code == 0, result.output
    report = read_report(path)
    assert report.complete
    assert {row.group for row in report.rows} == {"solver"}
    assert [row.entries[0].name for row in report.rows] == ["fixed_point", "branch flows", "fixed_point", "newton"]
    assert all(entry.reason or min(entry.wall_s) > 0.0 for row in report.rows for entry in row.entries)
    assert "pandapower runpp" in result.stdout
    assert "solver: preparing" in result.stderr


def test_a_solver_that_is_not_installed_says_what_to_type(
    bare: PluginHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "power_grid_model", None)
    result = run("--quick", "--only", "solver")
    assert 'pip install "powergrid-core[power-grid-model]"' in result.stdout


@pytest.mark.parametrize("benchmark", ["environment", "agents", "events"])
def test_rows_that_need_another_package_say_which(bare: PluginHost, benchmark: str) -> None:
    result = run("--quick", "--only", benchmark)
    assert result.exit_code == 0
    assert "not measured:" in result.stdout
    assert "pip install powergrid-d" in result.stdout


def test_an_interrupted_run_prints_and_writes_what_it_has(bare: PluginHost, tmp_path: Path) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    add(bare, "first", Case(name="whole", run=lambda: None, count=1))
    add(bare, "second", Case(name="part", run=stop, count=1))
    path = tmp_path / "figures.json"
    result = run("--only", "first,second", "--json", str(path))
    assert result.exit_code == INTERRUPTED
    assert "row of first" in result.stdout
    assert "Interrupted" in result.stdout
    assert [row.title for row in read_report(path).rows] == ["row of first"]
    assert not read_report(path).complete


def test_a_benchmark_that_breaks_leaves_the_table_of_what_was_measured(bare: PluginHost) -> None:
    def break_down() -> None:
        raise ZeroDivisionError

    add(bare, "first", Case(name="whole", run=lambda: None, count=1))
    add(bare, "second", Case(name="part", run=break_down, count=1))
    result = run("--only", "first,second")
    assert isinstance(result.exception, ZeroDivisionError)
    assert "row of first" in result.stdout


def test_a_benchmark_of_a_package_joins_the_table_and_the_curves_do_not(bare: PluginHost) -> None:
    add(bare, "sheep", Case(name="count", run=lambda: None, count=1))
    ours = ["solver", "environment", "agents", "events", "timing", "diverging", "sensitivities"]
    assert list(chosen("", curves=False)) == [*ours, "sheep"]
    assert list(chosen("", curves=True)) == [*ours, "sheep", "scaling"]
    assert list(chosen("agents, solver", curves=False)) == ["agents", "solver"]


def test_an_unknown_benchmark_gets_the_nearest_one(bare: PluginHost) -> None:
    with pytest.raises(UnknownNameError, match="solver"):
        chosen("solvr", curves=False)


def test_a_benchmark_of_a_missing_package_says_what_to_install(bare: PluginHost) -> None:
    with pytest.raises(UnknownNameError, match=r"powergrid-rl\[rllib\]"):
        chosen("training", curves=False)


def test_plots_without_matplotlib_are_refused_before_anything_is_measured(
    bare: PluginHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    result = run("--quick", "--only", "solver", "--plots", str(tmp_path))
    assert isinstance(result.exception, ConfigError)
    assert 'pip install "powergrid-core[bench]"' in str(result.exception)
    assert "preparing" not in result.stderr


def test_benchmarks_are_listed(bare: PluginHost) -> None:
    result = CliRunner().invoke(app, ["list", "benchmarks"])
    assert "diverging      powergrid-core" in result.output

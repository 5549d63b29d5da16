"""The program lists and shows what is there, hangs plug-ins' commands in, and starts light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from heron.errors import ConfigError
from heron.plugins import PluginHost
from powergrid import __version__
from powergrid.cli import app, main
from powergrid.plugins import hookimpl
from powergrid.plugins.host import new_host


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> PluginHost:
    """Host of an installation with powergrid-core alone."""
    monkeypatch.setattr("heron.plugins.host.entry_points", lambda group: [])
    host = new_host()
    monkeypatch.setattr("powergrid.plugins.registries.plugin_host", lambda: host)
    monkeypatch.setattr("powergrid.plugins.host.plugin_host", lambda: host)
    return host


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def add_command(host: PluginHost, name: str) -> None:
    command = typer.Typer()

    @command.command()
    def say(word: str, loud: bool = False) -> None:
        typer.echo(word.upper() if loud else word)

    plugin = SimpleNamespace(powergrid_register_commands=hookimpl(lambda: {name: command}))
    host.load()
    host.register(plugin, name=f"test_{name}")


def test_the_version_is_printed() -> None:
    assert run("--version") == (0, f"powergrid {__version__}\n")


def test_setups_are_listed_with_what_they_are(bare: PluginHost) -> None:
    status, output = run("list", "setups")
    assert status == 0
    assert "ieee34_ieee13       Three IEEE 13-bus microgrids on an IEEE 34-bus feeder" in output


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("networks", "ieee34    powergrid-core"),
        ("solvers", "power_grid_model  powergrid-core"),
        ("plugins", "powergrid.setups.plugin  powergrid-core"),
        ("devices", "No devices are registered."),
        ("datasets", "No datasets are registered."),
        ("trainers", "No trainers are registered."),
        ("policies", "No policies are registered."),
    ],
)
def test_names_are_listed_with_their_package(bare: PluginHost, what: str, line: str) -> None:
    status, output = run("list", what)
    assert status == 0
    assert line in output.splitlines()


def test_an_unknown_sort_of_name_is_refused_with_those_there_are() -> None:
    status, output = run("list", "device")
    assert status == 2
    assert "'devices'" in output


def test_a_setup_is_shown_as_yaml(bare: PluginHost) -> None:
    status, output = run("show", "setup", "ieee13_single")
    assert status == 0
    assert output.startswith("# One IEEE 13-bus microgrid")
    assert "env_id: ieee13_single\n" in output


def test_a_setup_that_cannot_be_used_is_shown_with_its_findings(bare: PluginHost, tmp_path: Path) -> None:
    (tmp_path / "setup.yaml").write_text("penalti: 3\n")
    result = CliRunner().invoke(app, ["show", "setup", str(tmp_path)])
    assert "penalti: 3\n" in result.output
    assert isinstance(result.exception, ConfigError)


@pytest.mark.parametrize("command", ["train", "evaluate", "demo", "gap"])
def test_a_command_of_a_missing_package_says_what_to_install(bare: PluginHost, command: str) -> None:
    expected = f'command {command!r} not found: pip install "powergrid-rl[rllib]"'
    for arguments in ([command], [command, "ieee34_ieee13", "--iterations", "3"], [command, "--help"]):
        status, output = run(*arguments)
        assert status == 2
        assert expected in output


def test_the_help_lists_what_could_be_installed(bare: PluginHost) -> None:
    status, output = run("--help")
    assert status == 0
    assert "Not installed: comes with powergrid-rl." in output
    assert "Not installed: comes with powergrid-datasets." in output


def test_a_plug_ins_command_replaces_the_stand_in(bare: PluginHost) -> None:
    add_command(bare, "train")
    assert run("train", "hello", "--loud") == (0, "HELLO\n")
    help_text = run("train", "--help")[1]
    assert "Usage: powergrid train" in help_text
    assert "--loud" in help_text
    assert "completion" not in help_text


def test_a_plug_in_cannot_replace_a_command_of_the_program(bare: PluginHost) -> None:
    add_command(bare, "show")
    assert run("show", "hello")[0] == 2


def test_a_misspelt_command_gets_the_nearest_one(bare: PluginHost) -> None:
    add_command(bare, "greet")
    assert "greet" in run("gret")[1]
    assert "train" in run("tran")[1]


def test_an_own_command_asks_no_plug_in_for_commands(bare: PluginHost) -> None:
    def fail() -> None:
        raise AssertionError("asked")

    bare.load()
    bare.register(SimpleNamespace(powergrid_register_commands=hookimpl(fail)), name="asked")
    assert run("list", "solvers")[0] == 0
    assert bare.report.errors == ()


def test_an_error_is_one_message_without_a_traceback(
    bare: PluginHost, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["powergrid", "show", "setup", "ieee31"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 1
    printed = capsys.readouterr().err
    assert printed.startswith("Error: No setup is called 'ieee31'")
    assert printed.count("\n") == 1


def test_a_warning_is_one_line(
    bare: PluginHost, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise ValueError("no wind")

    bare.load()
    bare.register(SimpleNamespace(powergrid_register_devices=hookimpl(fail)), name="calm")
    monkeypatch.setattr(sys, "argv", ["powergrid", "list", "devices"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 0
    assert "Warning: Hook powergrid_register_devices failed in plug-in 'calm': ValueError: no wind." in (
        capsys.readouterr().err.splitlines()
    )


def test_starting_the_program_loads_nothing_heavy() -> None:
    heavy = ("numpy", "pandas", "scipy", "numba", "pandapower", "torch", "ray", "yaml", "gymnasium")
    program = (
        "import sys; from powergrid.cli import app; from typer.testing import CliRunner; "
        "assert CliRunner().invoke(app, ['--version']).exit_code == 0; "
        f"print(sorted(set({heavy!r}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

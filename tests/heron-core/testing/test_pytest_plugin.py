"""The fixtures that third parties get with heron-core: each check a test of its own, or all in one."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from heron import pytest_plugin, testing

pytest_plugins = ["pytester"]

WORLDS = """
from heron.envs import CoreOptions, EventDrivenCore
from heron.envs.demo import heating_core

OPTIONS = CoreOptions(step_s=3600.0, max_steps=3)

def sound(n_env):
    return heating_core(n_env, options=OPTIONS)

def on_events(n_env):
    return EventDrivenCore.of(sound(n_env))

def boiling(n_env):
    core = sound(n_env)
    advance = core.plant.advance
    def heat(step_ns):
        advance(step_ns)
        core.table["house1.room1.room_climate.temperature_degc"][...] = 81.0
    core.plant.advance = heat
    return core
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Somebody's tests; the plug-in is loaded by name, whether or not this interpreter's heron-core announces it."""
    pytester.makepyfile(worlds=WORLDS)
    pytester.syspathinsert()
    return pytester


def run(project: pytest.Pytester, text: str) -> pytest.RunResult:
    project.makepyfile(test_world=text)
    return project.runpytest_inprocess("-p", "heron.pytest_plugin", "-v", "-p", "no:cacheprovider", "-rs")


def test_the_plug_in_is_announced_to_pytest() -> None:
    announced = entry_points(group="pytest11", name=pytest_plugin.__name__)
    if not announced:
        pytest.skip("this heron-core was installed before it had a plug-in; install it again")
    assert [one.load() for one in announced] == [pytest_plugin]


def test_the_plug_in_names_the_checks_of_the_contract() -> None:
    assert tuple(testing.CONTRACT) == pytest_plugin.CHECKS


def test_each_check_is_a_test_of_its_own(project: pytest.Pytester) -> None:
    result = run(project, "from worlds import sound\n\ndef test_my_world(heron_check):\n    heron_check(sound)\n")
    result.assert_outcomes(passed=len(testing.CONTRACT))
    result.stdout.fnmatch_lines(["*test_my_world?no_leak? PASSED*"])


def test_a_broken_promise_fails_its_own_check_only(project: pytest.Pytester) -> None:
    result = run(project, "from worlds import boiling\n\ndef test_my_world(heron_check):\n    heron_check(boiling)\n")
    result.assert_outcomes(passed=len(testing.CONTRACT) - 1, failed=1)
    result.stdout.fnmatch_lines(
        ["*test_my_world?values_in_bounds? FAILED*", "*temperature_degc' is 81.0 after a step*declared from -60*"]
    )


def test_what_events_have_nothing_to_show_in_is_skipped_with_a_reason(project: pytest.Pytester) -> None:
    result = run(
        project, "from worlds import on_events\n\ndef test_my_world(heron_check):\n    heron_check(on_events)\n"
    )
    result.assert_outcomes(passed=len(testing.CONTRACT) - 2, skipped=2)
    result.stdout.fnmatch_lines(["*mode_equivalence says nothing of cores like EventDrivenCore*"])


def test_checks_and_worlds_can_be_multiplied(project: pytest.Pytester) -> None:
    result = run(
        project,
        "import pytest\nimport worlds\n\n"
        "@pytest.mark.parametrize('name', ['sound', 'on_events'])\n"
        "def test_worlds(heron_check, name):\n    heron_check(getattr(worlds, name))\n",
    )
    result.assert_outcomes(passed=2 * len(testing.CONTRACT) - 2, skipped=2)


def test_the_whole_contract_is_one_test_if_wanted(project: pytest.Pytester) -> None:
    result = run(
        project,
        "from worlds import boiling, sound\n\n"
        "SLOW = ['batch_equals_single', 'mode_equivalence']\n\n"
        "def test_sound(heron_contract):\n    assert 'no_leak' in heron_contract(sound, leave_out=SLOW)\n\n"
        "def test_boiling(heron_contract):\n    heron_contract(boiling, leave_out=SLOW)\n\n"
        "def test_left_out(heron_contract):\n    heron_contract(boiling, leave_out=[*SLOW, 'values_in_bounds'])\n",
    )
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*1 of 7 promises are broken:*", "*values_in_bounds: Row*81.0*"])


def test_collecting_tests_loads_no_environment(tmp_path: Path) -> None:
    (tmp_path / "test_world.py").write_text("def test_my_world(heron_check):\n    heron_check(None)\n")
    program = (
        "import sys, pytest\n"
        "code = pytest.main(['--collect-only', '-q', '-p', 'heron.pytest_plugin', '-p', 'no:cacheprovider', '.'])\n"
        "print(code, sorted({'gymnasium', 'pettingzoo', 'heron.envs', 'heron.testing'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120
    )
    assert f"{len(testing.CONTRACT)} tests collected" in done.stdout
    assert done.stdout.splitlines()[-1] in ("0 []", "ExitCode.OK []")


def test_heron_does_without_pytest() -> None:
    program = "import sys; sys.modules['pytest'] = None; import heron.testing, heron.envs, heron.scheduling"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)

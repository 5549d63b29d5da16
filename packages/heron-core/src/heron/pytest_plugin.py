"""Fixtures for tests of worlds; pytest finds them by itself where heron-core is installed.

Beside pytest nothing is imported before a test asks for a fixture: whoever does not use them pays nothing for them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from heron.testing import CoreFactory

CHECKS = (
    "deterministic",
    "reset_restores_everything",
    "restore_equals_never_stopped",
    "batch_equals_single",
    "mode_equivalence",
    "no_leak",
    "observations_in_box",
    "values_in_bounds",
    "bad_actions_are_refused",
)
"""Names in `heron.testing.CONTRACT`, written out so that collecting tests loads no environment."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test for each check of a test function that asks for ``heron_check``."""
    if "heron_check" in metafunc.fixturenames:
        metafunc.parametrize("heron_check", CHECKS, indirect=True)


@pytest.fixture
def heron_check(request: pytest.FixtureRequest) -> Callable[[CoreFactory], None]:
    """One check of the contract after the other, each a test of its own.

    Call it with a function that builds your world's core for a number of environments. A check that says nothing of
    such a core is skipped.
    """
    name: str = request.param

    def check(make: CoreFactory) -> None:
        __tracebackhide__ = True
        from heron.testing import CONTRACT, applies

        core = make(1)
        if not applies(name, core):
            pytest.skip(f"{name} says nothing of cores like {type(core).__name__}")
        CONTRACT[name](make)

    return check


@pytest.fixture
def heron_contract() -> Callable[..., tuple[str, ...]]:
    """All checks of the contract in one test: `heron.testing.check_contract`."""
    from heron.testing import check_contract

    return check_contract

"""The whole contract of a world at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from heron.envs.core import EnvironmentCore
from heron.envs.delayed import DelayedCore
from heron.envs.event_driven import EventDrivenCore
from heron.errors import UnknownNameError, suggest
from heron.testing.actions import check_bad_actions_are_refused
from heron.testing.batches import check_batch_equals_single
from heron.testing.leaks import check_no_leak
from heron.testing.modes import check_mode_equivalence
from heron.testing.ranges import check_observations_in_box, check_values_in_bounds
from heron.testing.recording import CoreFactory
from heron.testing.repetition import (
    check_deterministic,
    check_reset_restores_everything,
    check_restore_equals_never_stopped,
)
from heron.testing.violation import ContractViolation

CONTRACT: Mapping[str, Callable[[CoreFactory], None]] = {
    "deterministic": check_deterministic,
    "reset_restores_everything": check_reset_restores_everything,
    "restore_equals_never_stopped": check_restore_equals_never_stopped,
    "batch_equals_single": check_batch_equals_single,
    "mode_equivalence": check_mode_equivalence,
    "no_leak": check_no_leak,
    "observations_in_box": check_observations_in_box,
    "values_in_bounds": check_values_in_bounds,
    "bad_actions_are_refused": check_bad_actions_are_refused,
}
"""Checks of a world by name."""

_NOTHING_TO_SHOW = {
    EventDrivenCore: frozenset({"batch_equals_single", "mode_equivalence"}),
    DelayedCore: frozenset({"mode_equivalence"}),
}


def applies(name: str, core: EnvironmentCore) -> bool:
    """Whether a check of this name says anything of such a core.

    One on events holds a single environment and is the other mode already; one in lockstep with drawn timing has no
    other mode to be compared with.
    """
    return not any(isinstance(core, kind) and name in names for kind, names in _NOTHING_TO_SHOW.items())


def check_contract(make: CoreFactory, *, leave_out: Collection[str] = ()) -> tuple[str, ...]:
    """Everything that HERON promises, of one world.

    Parameters
    ----------
    make
        Builds a core for a number of environments, in lockstep or on events.
    leave_out
        Names of checks that are not wanted; those that do not apply (see `applies`) are left out by themselves.

    Returns
    -------
    tuple
        Names of the checks that were made.

    Raises
    ------
    ContractViolation
        With all violations, by check.
    UnknownNameError
        If there is no check of a name in ``leave_out``.
    """
    for name in leave_out:
        if name not in CONTRACT:
            raise UnknownNameError(
                f"There is no check {name!r}; there are {', '.join(CONTRACT)}.", remedy=suggest(name, CONTRACT)
            )
    core = make(1)
    made = [name for name in CONTRACT if name not in leave_out and applies(name, core)]
    broken: dict[str, str] = {}
    for name in made:
        try:
            CONTRACT[name](make)
        except ContractViolation as violation:
            broken[name] = str(violation)
    if broken:
        lines = "".join(f"\n  {name}: {text}" for name, text in broken.items())
        raise ContractViolation(f"{len(broken)} of {len(made)} promises are broken:{lines}")
    return tuple(made)

"""Frozen records whose fields carry their checks, so that reading and constructing refuse the same things."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from functools import lru_cache
from typing import Any, ClassVar, get_type_hints

from powergrid.config.checks import Check
from powergrid.config.finding import Finding, InvalidConfigError

_CHECKS = "checks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A check that concerns several fields.

    Parameters
    ----------
    fields
        Their names.
    check
        Takes their values in this order and yields what is wrong.
    """

    fields: tuple[str, ...]
    check: Callable[..., Iterator[Finding]]


def checked(*checks: Check) -> Mapping[str, Any]:
    """Metadata of a field whose every value but ``None`` is to pass these checks."""
    return {_CHECKS: checks}


class Record:
    """Base of the schema's dataclasses: constructing one runs all checks, and refuses with all findings."""

    __slots__ = ()
    # set by the dataclass decorator of the subclasses
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __post_init__(self) -> None:
        findings = list(check_values(type(self), {entry.name: getattr(self, entry.name) for entry in fields(self)}))
        if findings:
            raise InvalidConfigError(type(self).__name__, findings)

    @classmethod
    def rules(cls) -> tuple[Rule, ...]:
        """Checks across fields; the base has none."""
        return ()


def check_values(kind: type[Record], values: Mapping[str, Any]) -> Iterator[Finding]:
    """Findings about those values of a record that are there, with the field as path."""
    unsound = set()
    for entry in fields(kind):
        value = values.get(entry.name)
        for check in entry.metadata.get(_CHECKS, ()):
            message = "" if value is None else check(value)
            if message:
                unsound.add(entry.name)
                yield Finding(path=entry.name, message=message)
    for rule in kind.rules():
        if all(name in values and name not in unsound for name in rule.fields):
            yield from rule.check(*(values[name] for name in rule.fields))


def default_values(kind: type) -> dict[str, Any]:
    """Values that a dataclass's fields have when nothing is given, for those that have one."""
    return {
        entry.name: entry.default_factory() if entry.default_factory is not MISSING else entry.default
        for entry in fields(kind)
        if entry.default is not MISSING or entry.default_factory is not MISSING
    }


def type_of_fields(kind: type) -> dict[str, Any]:
    """Resolved types of a dataclass's parameters by name; those that cannot be resolved are `object`."""
    return dict(_resolved_types(kind))


@lru_cache(maxsize=256)
def _resolved_types(kind: type) -> dict[str, Any]:
    # Resolving a kind's annotations takes a millisecond, which every device of every microgrid would pay.
    names = [entry.name for entry in fields(kind) if entry.init]
    try:
        hints = get_type_hints(kind)
    except NameError:
        # A third party's kind may import names for type checkers only: its other parameters are still checked.
        hints = _resolvable_hints(kind)
    return {name: hints.get(name, object) for name in names}


def required_fields(kind: type) -> list[str]:
    """Names of a dataclass's parameters without a default."""
    return [
        entry.name
        for entry in fields(kind)
        if entry.init and entry.default is MISSING and entry.default_factory is MISSING
    ]


def _resolvable_hints(kind: type) -> dict[str, Any]:
    hints: dict[str, Any] = {}
    for owner in reversed(kind.__mro__):
        for name, annotation in getattr(owner, "__annotations__", {}).items():
            alone = type("Alone", (), {"__annotations__": {name: annotation}, "__module__": owner.__module__})
            try:
                hints.update(get_type_hints(alone))
            except NameError:
                hints[name] = object
    return hints

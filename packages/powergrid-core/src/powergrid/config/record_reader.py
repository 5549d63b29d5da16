"""Reading of nested mappings into records, with everything that is wrong collected on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin

from heron.errors import suggest
from powergrid.config.aliases import ALIASES, canonical, translate
from powergrid.config.convert import convert
from powergrid.config.finding import Finding, InvalidConfigError, join
from powergrid.config.record import Record, check_values, default_values, required_fields, type_of_fields

RecordT = TypeVar("RecordT", bound=Record)
_UNREADABLE = object()


def read_record(kind: type[RecordT], mapping: Any, path: str, findings: list[Finding]) -> RecordT | None:
    """Record made from a mapping, or ``None`` with the reasons added to the findings.

    Parameters
    ----------
    kind
        The record's class.
    mapping
        What was written.
    path
        Its place in the whole configuration; empty at the top.
    findings
        Gets what is wrong.
    """
    if not isinstance(mapping, Mapping):
        findings.append(Finding(path=path, message=f"expected a mapping, not {mapping!r}."))
        return None
    types = type_of_fields(kind)
    known = known_entries(mapping, types, path, findings)
    missing = missing_entries(kind, known, path)
    findings.extend(missing)
    values = default_values(kind)
    for name, value in known.items():
        read = _read_value(value, types[name], join(path, name), findings)
        values.pop(name, None)
        if read is not _UNREADABLE:
            values[name] = read
    # What could not be read is left out here, so that the sound rest is still checked for the same message.
    unsound = [finding.under(path) for finding in check_values(kind, values)]
    findings.extend(unsound)
    complete = not missing and not unsound and known.keys() <= values.keys()
    return kind(**values) if complete else None


def known_entries(
    mapping: Mapping[Any, Any], types: Mapping[str, Any], path: str, findings: list[Finding]
) -> dict[str, Any]:
    """Entries with today's names, units and signs; unknown and repeated keys become findings."""
    try:
        translated = translate({str(key): value for key, value in mapping.items()})
    except InvalidConfigError as error:
        findings.extend(finding.under(path) for finding in error.findings)
        translated = {canonical(str(key)): value for key, value in mapping.items()}
    spelt = {canonical(str(key)): str(key) for key in mapping}
    for name in translated.keys() - types.keys():
        findings.append(_unknown_key(spelt[name], types, path))
    return {name: value for name, value in translated.items() if name in types}


def missing_entries(kind: type, known: Mapping[str, Any], path: str) -> list[Finding]:
    """Findings about required keys that are not there."""
    names = [name for name in required_fields(kind) if name not in known]
    return [Finding(path=join(path, name), message="is missing.") for name in names]


def _unknown_key(key: str, types: Mapping[str, Any], path: str) -> Finding:
    older = [old for old, (new, _) in ALIASES.items() if new in types]
    hint = suggest(key, [*types, *older]) or f"Known keys are {', '.join(sorted(types))}."
    return Finding(path=join(path, key), message="unknown key.", remedy=hint)


def _read_value(value: Any, annotation: Any, path: str, findings: list[Finding]) -> Any:
    record, is_list = _record_in(annotation)
    if record is None:
        return _read_plain(value, annotation, path, findings)
    if not is_list:
        if value is None and NoneType in get_args(annotation):
            return None
        made = read_record(record, value, path, findings)
        return _UNREADABLE if made is None else made
    if not isinstance(value, Sequence) or isinstance(value, str):
        findings.append(Finding(path=path, message=f"expected a list, not {value!r}."))
        return _UNREADABLE
    members = [read_record(record, entry, f"{path}[{index}]", findings) for index, entry in enumerate(value)]
    return _UNREADABLE if None in members else tuple(members)


def _read_plain(value: Any, annotation: Any, path: str, findings: list[Finding]) -> Any:
    try:
        return convert(value, annotation)
    except ValueError as error:
        findings.append(Finding(path=path, message=f"{error}."))
        return _UNREADABLE


def _record_in(annotation: Any) -> tuple[type[Record] | None, bool]:
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, Record):
            return candidate, get_origin(annotation) is tuple
    return None, False

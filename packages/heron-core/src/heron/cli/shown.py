"""Times and data of a record as short text."""

from __future__ import annotations

from collections.abc import Mapping

from heron.core.clock import NANOSECONDS
from heron.scheduling.recorded_log import EventRecord

_LONGEST_LIST = 8


def shown_time(time_ns: int) -> str:
    """Exact time in seconds, the points below each other."""
    whole, rest = divmod(time_ns, NANOSECONDS)
    fraction = f"{rest:09d}".rstrip("0") or "0"
    return f"{whole:>9}.{fraction:9}"


def shown_data(record: EventRecord) -> str:
    """What is known of a record, in one line; times in seconds, long lists and states by their number of entries."""
    if record.kind == "state":
        changed = record.data.get("rows")
        return "all rows" if changed is None else f"{len(changed)} rows changed"
    return " ".join(_shown_entry(key, value) for key, value in record.data.items())


def _shown_entry(key: str, value: object) -> str:
    if key.endswith("_ns") and isinstance(value, int):
        return f"{key.removesuffix('_ns')}_s={shown_time(value).strip()}"
    return f"{key}={shown_value(value)}"


def shown_value(value: object) -> str:
    """A value in few characters; numbers with six digits."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {shown_value(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        if len(value) > _LONGEST_LIST:
            return f"[{', '.join(map(shown_value, value[: _LONGEST_LIST - 1]))}, … {len(value)} entries]"
        return f"[{', '.join(map(shown_value, value))}]"
    return str(value)

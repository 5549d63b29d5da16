"""Errors say what happened and what to do."""

from __future__ import annotations

import pytest

from heron.errors import ActionError, ConfigError, HeronError, StateError, UnknownNameError, suggest


def test_an_error_shows_message_and_remedy() -> None:
    error = HeronError("It broke.", remedy="Mend it.")
    assert (str(error), error.message, error.remedy) == ("It broke. Mend it.", "It broke.", "Mend it.")
    assert str(HeronError("It broke.")) == "It broke."


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [(ConfigError, ValueError), (UnknownNameError, LookupError), (ActionError, ValueError), (StateError, ValueError)],
)
def test_errors_are_caught_as_what_they_are_in_python(kind: type[HeronError], builtin: type[Exception]) -> None:
    with pytest.raises(builtin, match="No"):
        raise kind("No.")
    assert issubclass(kind, HeronError)


def test_the_nearest_name_is_suggested_whatever_its_case() -> None:
    assert suggest("bus 634", ["Bus 633", "Bus 634"]) == "Did you mean 'Bus 634'?"
    assert suggest("zebra", ["Bus 633"]) == ""
    assert suggest("x", []) == ""

"""The first difference of two logs: which record, whose, which number."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from heron.errors import LogError
from heron.scheduling.log_difference import Difference, diff_headers, diff_logs
from heron.scheduling.recorded_log import Log, read_log
from heron.scheduling.trace import EventLog

Record = tuple[int, str, str | None, Mapping[str, object]]
RUN: list[Record] = [
    (0, "reset", None, {}),
    (2_000_000_000, "tick", "hall", {"sequence": 4}),
    (3_500_000_000, "act", "hall", {"heat": [0.25, 0.5], "from": {"house1": 1.0}}),
]


@pytest.fixture
def written(tmp_path: Path) -> object:
    """Function that writes a log of some records."""

    def write(name: str, records: list[Record], **header: object) -> Log:
        with EventLog(tmp_path / name) as log:
            log.begin({"environment": "street", **header})
            for record in records:
                log.record(*record)
        return read_log(tmp_path / name)

    return write


def test_a_log_is_like_itself(written) -> None:
    assert diff_logs(written("a", RUN), written("b", RUN)) is None


@pytest.mark.parametrize(
    ("changed", "datum", "first", "second"),
    [
        ((3_500_000_001, *RUN[2][1:]), "time", 3.5, 3.500000001),
        ((RUN[2][0], "tick", *RUN[2][2:]), "kind", "act", "tick"),
        ((*RUN[2][:2], "loft", RUN[2][3]), "agent", "hall", "loft"),
        ((*RUN[2][:3], {"heat": [0.25, 0.75], "from": {"house1": 1.0}}), "data.heat[1]", 0.5, 0.75),
        ((*RUN[2][:3], {"heat": [0.25], "from": {"house1": 1.0}}), "data.heat[1]", 0.5, None),
        ((*RUN[2][:3], {"heat": [0.25, 0.5], "from": {"house1": 2.0}}), "data.from.house1", 1.0, 2.0),
        ((*RUN[2][:3], {"heat": [0.25, 0.5]}), "data.from", {"house1": 1.0}, None),
        ((*RUN[2][:3], {"heat": "off", "from": {"house1": 1.0}}), "data.heat", [0.25, 0.5], "off"),
    ],
)
def test_the_first_difference_names_record_and_datum(written, changed, datum, first, second) -> None:
    found = diff_logs(written("a", RUN), written("b", [*RUN[:2], changed]))
    assert found == Difference(2, 3_500_000_000, "hall", "act", datum, first, second)


def test_an_entry_of_the_second_log_alone_is_a_difference(written) -> None:
    a, b = written("a", [(0, "act", "hall", {"z": 1})]), written("b", [(0, "act", "hall", {"a": 2, "z": 1})])
    assert diff_logs(a, b) == Difference(0, 0, "hall", "act", "data.a", None, 2)


def test_only_the_first_of_several_differences_is_named(written) -> None:
    other = [RUN[0], (*RUN[1][:3], {"sequence": 5}), (*RUN[2][:3], {})]
    found = diff_logs(written("a", RUN), written("b", other))
    assert (found.record, found.datum) == (1, "data.sequence")
    assert str(found) == (
        "record 1, 'tick' of 'hall' at 2.000000000 s: data.sequence is 4 in the first log and 5 in the second"
    )


def test_a_log_that_ends_early_differs_at_its_end(written) -> None:
    long, short = written("a", RUN), written("b", RUN[:2])
    assert diff_logs(long, short) == Difference(2, 3_500_000_000, "hall", "act", "record", "act", None)
    assert diff_logs(short, long) == Difference(2, 3_500_000_000, "hall", "act", "record", None, "act")


def test_numbers_within_the_tolerance_are_alike(written) -> None:
    # 0.5 and 0.5001 are 1e-4 apart, which is 2e-4 of the second
    close: list[Record] = [*RUN[:2], (*RUN[2][:3], {"heat": [0.25, 0.5001], "from": {"house1": 1.0}})]
    a, b = written("a", RUN), written("b", close)
    assert diff_logs(a, b, atol=1.1e-4) is None
    assert diff_logs(a, b, rtol=2.1e-4) is None
    assert diff_logs(a, b, atol=0.9e-4).datum == "data.heat[1]"
    assert diff_logs(a, b, rtol=1.9e-4).datum == "data.heat[1]"


def test_a_tolerance_lets_no_time_and_no_truth_pass(written) -> None:
    a = written("a", [(1, "act", "hall", {"due": True})])
    assert diff_logs(a, written("b", [(2, "act", "hall", {"due": True})]), atol=10.0).datum == "time"
    assert diff_logs(a, written("c", [(1, "act", "hall", {"due": 1})]), atol=10.0).datum == "data.due"


def test_numbers_that_are_not_finite_are_alike_only_to_themselves(written) -> None:
    def log(name: str, value: float) -> Log:
        return written(name, [(0, "act", "hall", {"x": value})])

    assert diff_logs(log("a", np.nan), log("b", np.nan)) is None
    assert diff_logs(log("a", np.inf), log("b", np.inf), rtol=0.1) is None
    assert diff_logs(log("a", 1.0), log("b", np.inf), rtol=0.1).second == np.inf
    assert diff_logs(log("a", 1.0), log("b", np.nan), atol=9.0) is not None


def test_headers_are_compared_by_themselves(written) -> None:
    a, b = written("a", RUN, delay_s=1.0, seed=0), written("b", RUN, delay_s=2.0)
    assert diff_logs(a, b) is None
    assert diff_headers(a, b) == {"delay_s": (1.0, 2.0), "seed": (0, None)}


def test_a_negative_tolerance_is_refused(written) -> None:
    with pytest.raises(LogError, match="must not be negative, got rtol 0.0 and atol -1"):
        diff_logs(written("a", RUN), written("b", RUN), atol=-1.0)


# --- state


def state_log(path: Path, *states: list[list[float]]) -> Log:
    with EventLog(path, state=True) as log:
        rows = ("hall.air.temperature_degc", "loft.air.temperature_degc")
        log.begin({"rows": rows})
        for time_ns, values in enumerate(states):
            log.state(time_ns, rows, np.array(values))
    return read_log(path)


def test_a_state_that_parts_is_named_by_its_row(tmp_path: Path) -> None:
    a = state_log(tmp_path / "a", [[20.0], [18.0]], [[20.0], [18.0]])
    b = state_log(tmp_path / "b", [[20.0], [18.0]], [[20.0], [18.5]])
    # the first log wrote no row at all at its second state, and still both values are known
    assert diff_logs(a, b) == Difference(1, 1, None, "state", "loft.air.temperature_degc", 18.0, 18.5)


def test_a_state_names_its_environment_where_there_are_several(tmp_path: Path) -> None:
    a = state_log(tmp_path / "a", [[20.0, 21.0], [18.0, 19.0]])
    b = state_log(tmp_path / "b", [[20.0, 21.5], [18.0, 19.0]])
    assert diff_logs(a, b).datum == "hall.air.temperature_degc[1]"
    single = state_log(tmp_path / "c", [[20.0], [18.0]])
    assert diff_logs(a, single) == Difference(0, 0, None, "state", "number of environments", 2, 1)


def test_states_that_are_not_numbers_are_alike(tmp_path: Path) -> None:
    a, b = (state_log(tmp_path / name, [[np.nan], [np.inf]]) for name in "ab")
    assert diff_logs(a, b) is None


def test_states_within_the_tolerance_are_alike_however_they_were_written(tmp_path: Path) -> None:
    a = state_log(tmp_path / "a", [[20.0], [18.0]], [[20.0], [18.0]], [[21.0], [18.0]])
    b = state_log(tmp_path / "b", [[20.0], [18.0]], [[20.0], [18.001]], [[21.0], [18.001]])
    assert diff_logs(a, b, atol=0.01) is None
    assert diff_logs(a, b).time_ns == 1

"""The event log: written while a run goes on, the same bytes for the same run, readable when it was cut off."""

from __future__ import annotations

import json
import math
import tracemalloc
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from heron.errors import LogError
from heron.scheduling.recorded_log import CutOffLogWarning, EventRecord, Log, read_log, state_at
from heron.scheduling.trace import EventLog

ROWS = ("hall.air.temperature_degc", "loft.air.temperature_degc")
HEADER = {"environment": "street", "agents": {"house1": 2, "hall": 1}}


def write(path: Path, *records: tuple[int, str, str | None, Mapping[str, object]], state: bool = False) -> Log:
    with EventLog(path, state=state) as log:
        log.begin({**HEADER, "rows": ROWS})
        for record in records:
            log.record(*record)
    return read_log(path)


def column(*values: float) -> np.ndarray:
    return np.array(values)[:, np.newaxis]


def test_a_log_is_a_header_a_line_per_record_and_an_end(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", (1_500_000_000, "act", "hall", {"heat": np.array([0.25, 1.0]), "due": np.True_}))
    assert (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines() == [
        '{"heron_log":1,"agents":{"hall":1,"house1":2},"environment":"street",'
        '"rows":["hall.air.temperature_degc","loft.air.temperature_degc"]}',
        '{"t_ns":1500000000,"kind":"act","agent":"hall","data":{"due":true,"heat":[0.25,1.0]}}',
        '{"heron_log_end":1,"records":1}',
    ]


def test_what_is_read_is_what_was_recorded(tmp_path: Path) -> None:
    third = 1.0 / 3.0
    data = {"floats": np.array([third, np.float64(5e-324)]), "count": np.int64(3), "names": ("a", "ü"), "of": {"x": 1}}
    log = write(tmp_path / "a.jsonl", (0, "custom", None, data), (7, "tick", 'the "hall"', {}))
    assert log.header["agents"] == {"house1": 2, "hall": 1}
    assert list(log) == [
        EventRecord(
            0, 0, 0, "custom", None, {"count": 3, "floats": [third, 5e-324], "names": ["a", "ü"], "of": {"x": 1}}
        ),
        EventRecord(1, 0, 7, "tick", 'the "hall"', {}),
    ]


def test_numbers_that_are_not_finite_come_back(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", (0, "custom", None, {"x": np.array([np.nan, np.inf, -np.inf])}))
    (record,) = log
    assert math.isnan(record.data["x"][0])
    assert record.data["x"][1:] == [math.inf, -math.inf]


def test_the_same_run_gives_the_same_bytes_whatever_the_order_of_keys(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", (0, "act", "hall", {"a": 1.5, "b": 2}))
    write(tmp_path / "b.jsonl", (0, "act", "hall", {"b": np.int32(2), "a": np.float64(1.5)}))
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_a_log_can_be_read_more_than_once(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", (0, "tick", "hall", {}))
    assert list(log) == list(log)


def test_records_behind_a_second_reset_belong_to_the_next_episode(tmp_path: Path) -> None:
    log = write(
        tmp_path / "a.jsonl",
        *((t, kind, None, {}) for t, kind in ((0, "reset"), (5, "tick"), (0, "reset"), (5, "tick"))),
    )
    assert [record.episode for record in log] == [0, 0, 1, 1]


# --- cut off, or no log at all


def test_a_log_cut_off_anywhere_gives_its_whole_records_with_a_warning(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", *((t, "tick", "hall", {"t": t}) for t in range(3)))
    whole = (tmp_path / "a.jsonl").read_bytes()
    header_ends = whole.index(b"\n") + 1
    for length in range(header_ends, len(whole)):
        (tmp_path / "b.jsonl").write_bytes(whole[:length])
        with pytest.warns(CutOffLogWarning, match="cut off behind"):
            records = list(read_log(tmp_path / "b.jsonl"))
        assert len(records) == whole[header_ends:length].count(b"\n")


def test_a_run_that_ends_in_an_error_leaves_a_log_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="cannot hold a value"):
        write(tmp_path / "a.jsonl", (3, "tick", "hall", {}), (4, "tick", "hall", {"x": object()}))
    with pytest.warns(CutOffLogWarning, match="'a.jsonl' was cut off behind 1 records"):
        assert [record.time_ns for record in read_log(tmp_path / "a.jsonl")] == [3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1, is no line of an event log"),
        ("time,value\n", "line 1, is no line of an event log: Expecting value at column 1"),
        ("[1]\n", "line 1, .* no JSON object"),
        ('{"a":1}\n', "no 'heron_log'. Give a file that an EventLog wrote"),
        ('{"heron_log":2}\n', "has version 2, and this program reads 1"),
    ],
)
def test_a_file_that_is_no_log_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    with pytest.raises(LogError, match=message):
        read_log(tmp_path / "a.txt")


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="'.*a.jsonl' cannot be read: No such file or directory. Check"):
        read_log(tmp_path / "a.jsonl")
    (tmp_path / "a.bin").write_bytes(b"\xff\xfe\x00\n")
    with pytest.raises(LogError, match="cannot be read: it is no text"):
        read_log(tmp_path / "a.bin")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("rubbish", "line 3, is no line of an event log: Expecting value"),
        ('{"t_ns":1}', "line 3, .* a record has agent, data, kind, t_ns"),
        ('{"heron_log_end":1,"records":1}', "has 1 records before its last line, and lines behind it"),
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    write(tmp_path / "a.jsonl", (0, "tick", "hall", {}), (1, "tick", "hall", {}))
    lines = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()
    lines[2] = line
    (tmp_path / "a.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(LogError, match=message):
        list(read_log(tmp_path / "a.jsonl"))


def test_bytes_that_are_no_text_are_named_by_their_line(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", (0, "tick", "hall", {}))
    whole = (tmp_path / "a.jsonl").read_bytes()
    filler = b"".join(b'{"t_ns":%d,"kind":"tick","agent":null,"data":{}}\n' % t for t in range(1000))
    header = whole[: whole.index(b"\n") + 1]
    (tmp_path / "a.jsonl").write_bytes(header + filler + b'{"t_ns":1000,"kind":"\xff"}\n')
    with pytest.raises(LogError, match=r"line (8|9|10)\d\d, .*no text in UTF-8"):
        list(read_log(tmp_path / "a.jsonl"))


def test_a_record_that_was_taken_out_is_noticed(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", (0, "tick", "hall", {}), (1, "tick", "hall", {}))
    lines = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (tmp_path / "a.jsonl").write_text("".join([*lines[:2], lines[3]]), encoding="utf-8")
    with pytest.raises(LogError, match="has 1 records before its last line, which counts 2"):
        list(read_log(tmp_path / "a.jsonl"))


# --- writing what cannot be written


def test_a_value_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "a.jsonl")
    with pytest.raises(LogError, match="of the header: .*object"):
        log.begin({"environment": object()})
    assert not (tmp_path / "a.jsonl").exists()
    log.begin(HEADER)
    with pytest.raises(LogError, match="'act' of agent 'hall' at 5 ns: .*set. Log numbers"):
        log.record(5, "act", "hall", {"x": {1, 2}})
    log.record(6, "act", "hall", {})
    log.close()
    assert [record.time_ns for record in read_log(tmp_path / "a.jsonl")] == [6]


def test_a_log_that_is_not_open_takes_no_record(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "a.jsonl", state=True)
    with pytest.raises(LogError, match=r"'a.jsonl' is not open. Call begin\(header\) first"):
        log.record(0, "tick", None, {})
    with pytest.raises(LogError, match="is not open"):
        log.state(0, ROWS, column(1.0, 2.0))
    log.begin({**HEADER, "rows": ROWS})
    with pytest.raises(LogError, match="has begun already"):
        log.begin(HEADER)
    log.close()
    log.close()
    with pytest.raises(LogError, match="is not open"):
        log.record(0, "tick", None, {})


# --- state


def test_only_rows_that_changed_are_written(tmp_path: Path) -> None:
    with EventLog(tmp_path / "a.jsonl", state=True) as log:
        log.begin({**HEADER, "rows": ROWS})
        for time_ns, values in enumerate((column(20.0, 18.0), column(20.0, 18.0), column(20.0, 17.5))):
            log.state(time_ns, ROWS, values)
    assert [record.data for record in read_log(tmp_path / "a.jsonl")] == [
        {"values": [[20.0], [18.0]]},
        {"rows": [], "values": []},
        {"rows": [1], "values": [[17.5]]},
    ]


def test_a_change_is_one_of_bits(tmp_path: Path) -> None:
    with EventLog(tmp_path / "a.jsonl", state=True) as log:
        log.begin({**HEADER, "rows": ROWS})
        log.state(0, ROWS, column(np.nan, 0.0))
        log.state(1, ROWS, column(np.nan, -0.0))
    *_, last = read_log(tmp_path / "a.jsonl")
    assert last.data["rows"] == [1]


def test_every_state_is_rebuilt_from_the_changes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    names = [f"row{i}" for i in range(6)]
    values, states = rng.normal(size=(6, 3)), {}
    with EventLog(tmp_path / "a.jsonl", state=True) as log:
        log.begin({**HEADER, "rows": names})
        for time_ns in range(0, 100, 10):
            values[rng.integers(6)] = rng.choice([np.nan, 0.0, -0.0, 1.0 / 3.0], 3)
            states[time_ns] = values.copy()
            log.state(time_ns, names, values)
            log.record(time_ns + 1, "tick", "hall", {})
    found = read_log(tmp_path / "a.jsonl")
    for time_ns, expected in states.items():
        for asked_ns in (time_ns, time_ns + 9):
            state = state_at(found, asked_ns)
            assert (state.time_ns, list(state.names)) == (time_ns, names)
            assert state.values.tobytes() == expected.tobytes()


def test_a_reset_begins_with_a_whole_state_and_another_episode(tmp_path: Path) -> None:
    with EventLog(tmp_path / "a.jsonl", state=True) as log:
        log.begin({**HEADER, "rows": ROWS})
        for start in (20.0, 10.0):
            log.record(0, "reset", None, {})
            log.state(0, ROWS, column(start, 18.0))
            log.state(60, ROWS, column(start + 1.0, 18.0))
    log = read_log(tmp_path / "a.jsonl")
    assert [sorted(record.data) for record in log if record.kind == "state"] == [["values"], ["rows", "values"]] * 2
    assert state_at(log, 59).values.tolist() == [[20.0], [18.0]]
    assert state_at(log, 99).values.tolist() == [[21.0], [18.0]]
    assert state_at(log, 59, episode=1).values.tolist() == [[10.0], [18.0]]
    with pytest.raises(LogError, match="holds no state at or before 9.9e-08 s of episode 2"):
        state_at(log, 99, episode=2)


def test_a_log_without_state_writes_none(tmp_path: Path) -> None:
    with EventLog(tmp_path / "a.jsonl") as log:
        log.begin(HEADER)
        log.state(0, ROWS, column(1.0, 2.0))
    found = read_log(tmp_path / "a.jsonl")
    assert list(found) == []
    with pytest.raises(LogError, match=r"holds no state at or before 1 s of episode 0. Write it with EventLog"):
        state_at(found, 10**9)


def test_state_needs_the_rows_of_the_header(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "a.jsonl", state=True)
    with pytest.raises(LogError, match="its header has no 'rows'. Give the names"):
        log.begin(HEADER)
    log.begin({**HEADER, "rows": ROWS})
    with pytest.raises(LogError, match="The 1 rows of this state are not the 2 of the header"):
        log.state(0, ("hall",), column(1.0))
    with pytest.raises(LogError, match=r"shape \(3, 1\) does not fit 2 rows"):
        log.state(0, ROWS, column(1.0, 2.0, 3.0))
    log.state(0, list(ROWS), column(1.0, 2.0))
    with pytest.raises(LogError, match=r"shape \(2, 2\) does not fit"):
        log.state(1, ROWS, np.ones((2, 2)))


def test_a_change_of_rows_without_a_state_before_it_is_refused(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", (0, "state", None, {"rows": [1], "values": [[1.0]]}))
    with pytest.raises(LogError, match="Record 0 of kind 'state' is none, or does not fit"):
        state_at(log, 0)


def test_memory_does_not_grow_with_the_number_of_records(tmp_path: Path) -> None:
    # 20,000 records are 1.4 MB on disk; the buffer is 64 KiB
    log = EventLog(tmp_path / "a.jsonl")
    log.begin(HEADER)
    data = {"heat": np.array([0.25, 1.0])}
    tracemalloc.start()
    for time_ns in range(20_000):
        log.record(time_ns, "act", "hall", data)
    grown, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    log.close()
    assert (tmp_path / "a.jsonl").stat().st_size > 1_000_000
    assert grown < 20_000
    assert peak < 400_000


def test_every_line_is_json_that_other_programs_read(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", (0, "custom", None, {"text": 'a "quoted"\nline'}))
    lines = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()
    assert [list(json.loads(line)) for line in lines][1:] == [
        ["t_ns", "kind", "agent", "data"],
        ["heron_log_end", "records"],
    ]

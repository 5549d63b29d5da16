"""The heron program: a log shown, two compared, one exported."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from heron.cli import main
from heron.scheduling.trace import EventLog

ROWS = ("hall.air.temperature_degc", "loft.air.temperature_degc", "street.series.outside_degc")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, *, state: bool = False, last_heat: float = 0.5, n_env: int = 1, seed: int = 0) -> None:
    values = np.repeat(np.array([[20.0], [18.0], [-5.0]]), n_env, axis=1)
    with EventLog(name, state=state) as log:
        log.begin({"environment": "street", "agents": {"house1": 2, "hall": 1}, "rows": ROWS, "seed": seed})
        log.record(0, "reset", None, {"seed": seed})
        log.state(0, ROWS, values)
        log.record(1_500_000_000, "message_delivered", "hall", {"price": 0.25})
        log.record(60_000_000_000, "act", "house1", {"heat": np.linspace(0.0, last_heat, 12)})
        values[0] = 20.123456789
        log.state(60_000_000_000, ROWS, values)


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_replay_prints_a_line_for_each_record(folder, capsys) -> None:
    write("a.jsonl", state=True)
    assert main(["replay", "a.jsonl"]) == 0
    assert [line.split(maxsplit=3) for line in lines(capsys)] == [
        ["time_s", "agent", "kind", "data"],
        ["0.0", "-", "reset", "seed=0"],
        ["0.0", "-", "state", "all rows"],
        ["1.5", "hall", "message_delivered", "price=0.25"],
        [
            "60.0",
            "house1",
            "act",
            "heat=[0, 0.0454545, 0.0909091, 0.136364, 0.181818, 0.227273, 0.272727, … 12 entries]",
        ],
        ["60.0", "-", "state", "1 rows changed"],
    ]


def test_replay_shows_times_in_seconds(folder, capsys) -> None:
    with EventLog("a.jsonl") as log:
        log.begin({})
        log.record(60_000_000_000, "observation", "hall", {"shown_ns": 58_500_000_001})
    assert main(["replay", "a.jsonl"]) == 0
    assert lines(capsys)[1].split() == ["60.0", "hall", "observation", "shown_s=58.500000001"]


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        (["--until", "1.5"], ["reset", "message_delivered"]),
        (["--until", "1.499999999"], ["reset"]),
        (["--from", "1.5"], ["message_delivered", "act"]),
        (["--agent", "hall"], ["message_delivered"]),
        (["--agent", "hall", "--agent", "house1"], ["message_delivered", "act"]),
        (["--kind", "act", "--agent", "hall"], []),
        (["--episode", "1"], []),
    ],
)
def test_replay_shows_what_is_asked_for(folder, capsys, options: list[str], kinds: list[str]) -> None:
    write("a.jsonl")
    assert main(["replay", "a.jsonl", *options]) == 0
    assert [line.split()[2] for line in lines(capsys)[1:]] == kinds


def test_replay_shows_rows_of_the_state_at_a_time(folder, capsys) -> None:
    write("a.jsonl", state=True)
    assert main(["replay", "a.jsonl", "--state", "--until", "59"]) == 0
    assert [line.split() for line in lines(capsys)] == [
        ["state", "at", "0.0", "s"],
        ["hall.air.temperature_degc", "20"],
        ["loft.air.temperature_degc", "18"],
        ["street.series.outside_degc", "-5"],
    ]
    assert main(["replay", "a.jsonl", "--rows", "h*.temperature_degc", "--kind", "act"]) == 0
    assert lines(capsys)[-2:] == ["state at 60.0 s", "hall.air.temperature_degc      20.1234568"]


def test_replay_shows_some_of_many_environments(folder, capsys) -> None:
    write("a.jsonl", state=True, n_env=8)
    assert main(["replay", "a.jsonl", "--state", "--rows", "loft*"]) == 0
    assert [line.split() for line in lines(capsys)] == [
        ["state", "at", "60.0", "s", "(6", "of", "8", "environments)"],
        ["loft.air.temperature_degc", *["18"] * 6],
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--agent", "hal"], "Error: The log knows no agent 'hal'. Did you mean 'hall'?"),
        (["--kind", "acts"], "Error: The log knows no kind of record 'acts'. Did you mean 'act'?"),
        (["--rows", "loft.air.temperature"], "Did you mean 'loft.air.temperature_degc'?"),
        (["--until", "-1"], "Error: --until is -1.0. Give seconds from 0 on."),
        (["--state", "--episode", "1"], "Error: The log 'a.jsonl' holds no state up to there."),
    ],
)
def test_replay_says_what_it_does_not_know(folder, capsys, options: list[str], message: str) -> None:
    write("a.jsonl", state=True)
    assert main(["replay", "a.jsonl", *options]) == 2
    assert message in capsys.readouterr().err


def test_replay_of_no_log_is_an_error_without_traceback(folder, capsys) -> None:
    Path("a.csv").write_text("time,value\n", encoding="utf-8")
    assert main(["replay", "a.csv"]) == 2
    assert "Error: 'a.csv', line 1, is no line of an event log" in capsys.readouterr().err
    assert main(["replay", "b.jsonl"]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_replay_of_a_log_that_was_cut_off_warns_and_goes_on(folder, capsys) -> None:
    write("a.jsonl")
    whole = Path("a.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    Path("a.jsonl").write_text("".join(whole[:-1]), encoding="utf-8")
    assert main(["replay", "a.jsonl"]) == 0
    shown = capsys.readouterr()
    assert len(shown.out.splitlines()) == 1 + 3
    assert shown.err.splitlines()[0].startswith("Warning: The log 'a.jsonl' was cut off behind 3 records")


def test_diff_of_equal_runs_is_0_and_of_others_1(folder, capsys) -> None:
    write("a.jsonl")
    write("b.jsonl")
    write("c.jsonl", last_heat=0.625)
    assert main(["diff", "a.jsonl", "b.jsonl"]) == 0
    assert lines(capsys) == ["the logs are alike"]
    assert main(["diff", "a.jsonl", "c.jsonl"]) == 1
    assert "record 2, 'act' of 'house1' at 60.000000000 s: data.heat[1] is 0.0454" in lines(capsys)[0]
    assert main(["diff", "a.jsonl", "c.jsonl", "--atol", "0.2"]) == 0


def test_diff_names_headers_that_differ(folder, capsys) -> None:
    write("a.jsonl")
    write("b.jsonl", seed=1)
    assert main(["diff", "a.jsonl", "b.jsonl"]) == 1
    assert lines(capsys) == [
        "header: seed is 0 in the first log and 1 in the second",
        "record 0, 'reset' at 0.000000000 s: data.seed is 0 in the first log and 1 in the second",
    ]


def test_diff_of_what_cannot_be_read_is_2(folder, capsys) -> None:
    write("a.jsonl")
    assert main(["diff", "a.jsonl", "missing.jsonl"]) == 2
    with pytest.raises(SystemExit) as left:
        main(["diff", "a.jsonl"])
    assert left.value.code == 2


def test_a_log_is_exported_with_a_row_for_each_record(folder, capsys) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra parquet is not installed")
    write("a.jsonl")
    assert main(["export-log", "a.jsonl", "a.parquet"]) == 0
    table = parquet.read_table("a.parquet")
    assert json.loads(table.schema.metadata[b"heron_log"])["environment"] == "street"
    assert table.to_pylist()[1] == {
        "number": 1,
        "episode": 0,
        "t_ns": 1_500_000_000,
        "kind": "message_delivered",
        "agent": "hall",
        "data": '{"price":0.25}',
    }
    assert main(["export-log", "a.jsonl", "nowhere/a.parquet"]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_exporting_without_pyarrow_says_what_to_install(folder, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    write("a.jsonl")
    assert main(["export-log", "a.jsonl", "a.parquet"]) == 2
    assert "pip install pyarrow" in capsys.readouterr().err


def test_a_reader_that_has_seen_enough_ends_the_program_quietly(folder) -> None:
    with EventLog("long.jsonl") as log:
        log.begin({})
        for time_ns in range(20_000):
            log.record(time_ns, "tick", "hall", {})
    program = [sys.executable, "-c", "from heron.cli import main; raise SystemExit(main())", "replay", "long.jsonl"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode == 0


def test_the_program_that_is_installed_exists(repository: Path) -> None:
    text = (repository / "packages" / "heron-core" / "pyproject.toml").read_text(encoding="utf-8")
    entry = re.search(r'^heron = "([\w.]+):(\w+)"$', text, flags=re.MULTILINE)
    assert entry is not None
    assert getattr(importlib.import_module(entry[1]), entry[2]) is main


def test_an_end_before_the_beginning_is_refused(folder, capsys) -> None:
    assert main(["replay", "a.jsonl", "--from", "30", "--until", "20"]) == 2
    assert "--from 30 lies behind --until 20. Give the earlier time first." in capsys.readouterr().err

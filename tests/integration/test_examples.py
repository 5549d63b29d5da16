"""The examples run as their first lines say, in their short form."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(name: str, *arguments: str, folder: Path) -> str:
    outcome = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


def test_spreading_the_charging_of_cars_keeps_the_voltage_higher(tmp_path: Path) -> None:
    lines = run("04_custom_device.py", folder=tmp_path).splitlines()
    voltage_pu = {line[:22].strip(): float(line[22:].split()[0]) for line in lines[1:]}
    assert voltage_pu["nobody charges"] > voltage_pu["spread over the day"] > voltage_pu["all at once"]
    # 2.4 MWh at 50 USD/MWh are 120 USD; what is left to the printed difference are losses.
    cost_usd = {line[:22].strip(): float(line.split(" USD")[0].split()[-1]) for line in lines[1:]}
    assert 120.0 <= cost_usd["all at once"] - cost_usd["nobody charges"] < 140.0


def test_mappo_trains_from_python_with_its_own_settings(tmp_path: Path) -> None:
    pytest.importorskip("ray.rllib", reason="the extra rllib is not installed")
    options = ("--test", "--independent-policies", "--share-reward", "--no-cuda", "--num-workers", "0")
    shown = run("05_mappo_training.py", *options, folder=tmp_path)
    assert "MAPPO less do nothing" in shown
    assert (tmp_path / "runs" / "example_05" / "progress.csv").is_file()


def test_a_linear_policy_evolves_behind_gymnasiums_interface(tmp_path: Path) -> None:
    lines = [line.split(":") for line in run("08_gymnasium.py", "--test", folder=tmp_path).splitlines()]
    earned_usd = {name: float(rest.split()[0]) for name, rest in lines}
    assert earned_usd["evolved"] > earned_usd["do nothing"]


def table(lines: list[str], *, width: int) -> dict[str, list[float]]:
    """Numbers of each line of a table by what its first columns say."""
    rows = {}
    for line in lines:
        numbers = [word for word in line[width:].replace(",", "").split() if not word.isalpha()]
        rows[" ".join(line[:width].split())] = [float(number) for number in numbers]
    return rows


def test_trading_saves_network_fees_and_lost_messages_cost_trades(tmp_path: Path) -> None:
    lines = run("02_multi_microgrid_p2p.py", "--test", folder=tmp_path).splitlines()
    rows = table(lines[2:7], width=24)
    energy, fees, between, total, traded, _ = zip(*rows.values(), strict=True)
    # The devices do the same, so energy costs the same; what is paid between microgrids adds up to nothing.
    assert set(energy) == {energy[0]}
    assert set(between) == {0.0}
    assert [round(one + other, 2) for one, other in zip(energy, fees, strict=True)] == pytest.approx(total, abs=0.011)
    assert rows["market, lockstep"][:-1] == rows["market, 0% lost"][:-1]
    # At most 30 USD/MWh of fee are saved on what was traded; fewer trades come about where messages are lost.
    saved_usd = fees[0] - fees[1]
    assert 0.3 * 30.0 * traded[1] < saved_usd <= 30.0 * traded[1] + 0.011
    assert traded[1] == traded[2] > traded[3] > traded[4]
    assert fees[2] < fees[3] < fees[4] <= fees[0]


def test_devices_answer_prices_alike_in_lockstep_and_on_events(tmp_path: Path) -> None:
    lines = run("03_price_coordination.py", "--test", folder=tmp_path).splitlines()
    cost_usd = {name: numbers[0] for name, numbers in table(lines[2:8], width=34).items()}
    assert cost_usd["setpoints by rule"] < cost_usd["price, lockstep"] < 0.6 * cost_usd["do nothing"]
    assert cost_usd["price, lockstep"] == cost_usd["price, 0 min on the way"]
    assert cost_usd["price, 0 min on the way"] < cost_usd["price, 5 min on the way"]
    assert cost_usd["price, 5 min on the way"] < cost_usd["price, 30 min on the way"]
    # Marginal cost is 34 + 80 P: nothing below 34 USD/MWh, all of 0.3 MW above 58; the battery charges below 25.
    answers = [line.split() for line in lines[11:]]
    generator_mw, battery_mw = [float(one[5]) for one in answers], [float(one[7]) for one in answers]
    assert generator_mw == sorted(generator_mw)
    assert (generator_mw[0], generator_mw[-1]) == (0.0, 0.3)
    assert battery_mw[1] < 0.0 < battery_mw[-1]
    assert [one[-1] for one in answers] == ["100%", *["0%"] * (len(answers) - 1)]  # the sun stands still below zero


def test_messages_pass_a_broker_of_ones_own_and_grow_old_in_inboxes(tmp_path: Path) -> None:
    shown = run("06_distributed_mode_with_proxy.py", "--test", folder=tmp_path)
    assert "agents talk through CountingBroker: MG1, MG1.gen1" in shown
    counts = re.search(r"sent (\d+), delivered (\d+), lost (\d+), on their way (\d+)", shown)
    assert counts is not None
    sent, delivered, lost, on_their_way = (int(number) for number in counts.groups())
    assert sent == delivered + lost + on_their_way
    assert f"the broker kept {delivered + on_their_way} and handed over {delivered} of them" in shown
    assert lost > 0
    # Polls are 10 s apart: a price is 10 s old when the next is announced, 20 s where one was lost in between.
    assert "10.0 s as a rule, 20.0 s at most" in shown
    assert re.search(r"MG1 +0\.\d{4}, taken at 178 s", shown)
    assert re.search(r"MG1\.pv1 +(0\.\d{4}), taken at 180 s\n +plant +\1", shown)


def test_a_rule_loses_under_scada_timing_what_doing_nothing_does_not(tmp_path: Path) -> None:
    shown = run("07_event_driven_test.py", "--test", folder=tmp_path)
    lines = shown.splitlines()
    loss_usd = {name: numbers[-1] for name, numbers in table(lines[2:10], width=37).items()}
    assert {loss for name, loss in loss_usd.items() if name.startswith("do nothing")} == {0.0}
    assert loss_usd["rule events, no delays"] == 0.0
    assert loss_usd["rule SCADA timing"] > loss_usd["rule SCADA, polled every 4 s"] > 0.1
    assert (tmp_path / "delay_2s.jsonl").is_file()
    # Seeing what was there a second earlier, somebody sees another snapshot: the first record that differs.
    assert re.search(r"record \d+, 'observation' of 'MG\d' at .*: data\.shown_ns is \d+ in the first log", shown)

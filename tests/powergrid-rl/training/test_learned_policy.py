"""A trained policy acts by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from toy import ToyEnv

from heron.errors import UnknownNameError
from powergrid_rl.training import CheckpointError, load_policy
from powergrid_rl.training.learned_policy import ActorWeights
from powergrid_rl.training.policy_file import PolicyFile, read_policies, write_policies

NAMES = ("B.range.target", "clock.range.passed", "B.aim0.c0", "B.aim1.c1")


def policies(*, one_hot: bool = False, activation: str = "relu") -> PolicyFile:
    """First action: the target itself; second: the target, doubled where the agent is B and one-hots are read."""
    n_input = 7 if one_hot else 4
    first = np.zeros((2, n_input), dtype=np.float32)
    first[0, 0], first[1, 0] = 1.0, -1.0
    last = np.array([[1.0, -1.0], [1.0, -1.0]], dtype=np.float32)
    if one_hot:
        first[0, 5] = 0.25  # adds a quarter for B
    actor = ActorWeights(
        weights=(first, last), biases=(np.zeros(2, np.float32), np.zeros(2, np.float32)), activation=activation
    )
    return PolicyFile(
        actors={"shared": actor}, teams={"B": "shared"}, learners=("A", "B", "C"), names={"B": NAMES}, one_hot=one_hot
    )


def seen_by_b(**config: object) -> tuple[float, object]:
    core = ToyEnv(config).core
    assert core is not None
    core.reset(seeds=[5])
    observation = core.observe("B")
    return float(observation["B.range.target"][0]), observation


def test_the_network_is_evaluated_as_written() -> None:
    # relu(t) - relu(-t) = t, twice
    target, observation = seen_by_b()
    np.testing.assert_allclose(policies().policy("B").act(observation), [[target, target]], rtol=1e-6)


def test_tanh_networks_are_evaluated_as_written() -> None:
    # tanh(t) - tanh(-t) = 2 tanh(t), cut to 1
    target, observation = seen_by_b()
    expected = np.clip(2.0 * np.tanh(target), -1.0, 1.0)
    np.testing.assert_allclose(
        policies(activation="tanh").policy("B").act(observation), [[expected, expected]], rtol=1e-5
    )


@pytest.mark.parametrize("marked", [False, True])
def test_a_shared_policy_knows_its_agent_whether_or_not_the_environment_marks_it(marked: bool) -> None:
    # relu(t + 0.25) - relu(-t), with the quarter for B
    target, observation = seen_by_b(agent_one_hot=marked)
    expected = max(target + 0.25, 0.0) - max(-target, 0.0)
    found = policies(one_hot=True).policy("B").act(observation)
    np.testing.assert_allclose(found, [[expected, expected]], rtol=1e-5)


def test_other_rows_than_in_training_are_refused() -> None:
    core = ToyEnv().core
    assert core is not None
    with pytest.raises(CheckpointError, match=r"missing \['B\.range\.target'"):
        policies().policy("B").act(core.observe("A"))


def test_another_action_is_refused() -> None:
    with pytest.raises(CheckpointError, match="gives 2 values, but its action here has 3"):
        policies().policy("B").attach(3)


def test_an_unknown_agent_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="only for"):
        policies().policy("D")


def test_a_file_gives_the_same_policies(tmp_path: Path) -> None:
    write_policies(tmp_path / "policy.npz", policies(one_hot=True))
    _, observation = seen_by_b()
    expected = policies(one_hot=True).policy("B").act(observation)
    np.testing.assert_array_equal(load_policy(tmp_path)("B").act(observation), expected)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"something else"])
def test_a_broken_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "policy.npz").write_bytes(content)
    with pytest.raises(CheckpointError, match="cannot be read as a policy"):
        read_policies(tmp_path / "policy.npz")


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "policy.npz", about=np.array([{"a": 1}], dtype=object))
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_policies(tmp_path / "policy.npz")

"""TorchRL's view of many environments, tried with its own check, rollouts and collector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torchrl", reason="the extra torchrl is not installed")

import torch
from tensordict import TensorDict
from tensordict.nn import TensorDictModule, TensorDictSequential
from torch import nn
from torchrl.envs import RewardSum, TransformedEnv
from torchrl.envs.utils import MarlGroupMapType, check_env_specs
from torchrl.modules import MultiAgentMLP, NormalParamExtractor, ProbabilisticActor, TanhNormal
from torchrl.objectives import ClipPPOLoss, ValueEstimators

from heron.errors import ActionError, ConfigError
from heron.types import Float32Array
from powergrid.envs import VectorGridEnv
from powergrid_rl.adapters.group_layout import action_choices
from powergrid_rl.adapters.torchrl import TorchRLGridEnv

STEPS = 4
MakeGrids = Callable[..., VectorGridEnv]
Drawn = Callable[..., list[Float32Array]]
pytestmark = pytest.mark.filterwarnings("error")


def acting(env: TorchRLGridEnv, actions: Any, key: Any = ("agents", "action")) -> Any:
    td = TensorDict(batch_size=env.batch_size)
    td.set(key, torch.as_tensor(actions))
    return env.step(td)["next"]


def reset_mask(*chosen: bool) -> Any:
    return TensorDict({"_reset": torch.tensor(chosen).unsqueeze(-1)}, batch_size=[len(chosen)])


@pytest.mark.parametrize(
    "settings",
    [{}, {"levels": 3}, {"value_after_limit": False}, {"group_map": MarlGroupMapType.ONE_GROUP_PER_AGENT}],
    ids=["together", "choices", "terminated", "one group each"],
)
def test_the_librarys_check_has_nothing_to_say(grids: MakeGrids, settings: dict[str, Any]) -> None:
    env = TorchRLGridEnv(grids(max_episode_steps=2), **settings)  # ends within the three steps of the check
    check_env_specs(env, break_when_any_done="both", seed=0)


def test_a_rollout_goes_through_the_same_trajectory(grids: MakeGrids, drawn: Drawn) -> None:
    env, plain = TorchRLGridEnv(grids()), grids(settings={"stacked": True, "autoreset": "disabled"})
    env.set_seed(5)
    for _ in range(2):  # the second episode follows from the first one's seed
        first = env.reset()
        shown, _ = plain.reset(seed=5) if env.vector.core.trees[0].episode == 0 else plain.reset()
        np.testing.assert_array_equal(first["agents", "observation"], shown)
        for actions in drawn(STEPS, 3, 3, 4):
            after = acting(env, actions)
            shown, rewards, _, truncated, infos = plain.step(actions)
            np.testing.assert_array_equal(after["agents", "observation"], shown)
            np.testing.assert_array_equal(after["agents", "reward"][..., 0], rewards.astype(np.float32))
            np.testing.assert_array_equal(after["agents", "info", "cost"][..., 0], infos["cost"].astype(np.float32))
            np.testing.assert_array_equal(after["state"], plain.state())
            np.testing.assert_array_equal(after["truncated"][:, 0], truncated)
            np.testing.assert_array_equal(after["agents", "done"][..., 0], np.repeat(truncated, 3).reshape(3, 3))
        assert truncated.all()


def test_groups_can_be_chosen_in_any_order(grids: MakeGrids, drawn: Drawn) -> None:
    env = TorchRLGridEnv(grids(), group_map={"east": ["MG3", "MG1"], "west": ["MG2"]})
    plain = grids(settings={"stacked": True})
    env.set_seed(1)
    env.reset()
    plain.reset(seed=1)
    (actions,) = drawn(1, 3, 3, 4)
    td = TensorDict(batch_size=[3])
    td.set(("east", "action"), torch.from_numpy(actions[:, [2, 0]]))
    td.set(("west", "action"), torch.from_numpy(actions[:, [1]]))
    after = env.step(td)["next"]
    shown, rewards, *_ = plain.step(actions)
    np.testing.assert_array_equal(after["east", "observation"], shown[:, [2, 0]])
    np.testing.assert_array_equal(after["west", "reward"][..., 0], rewards[:, [1]].astype(np.float32))


def test_some_environments_begin_anew_while_the_others_go_on(grids: MakeGrids, drawn: Drawn) -> None:
    env, plain = TorchRLGridEnv(grids()), grids(settings={"stacked": True})
    env.set_seed(2)
    env.reset()
    plain.reset(seed=2)
    (actions,) = drawn(1, 3, 3, 4)
    before = acting(env, actions)
    plain.step(actions)
    began = env.reset(reset_mask(False, True, False))
    shown, _ = plain.reset(options={"reset_mask": np.array([False, True, False])})
    np.testing.assert_array_equal(began["agents", "observation"][1], shown[1])
    np.testing.assert_array_equal(before["agents", "observation"][[0, 2]], shown[[0, 2]])
    assert env.vector.core.steps.tolist() == [1, 0, 1]


def test_a_rollout_over_ends_begins_anew_where_an_episode_has_ended(grids: MakeGrids) -> None:
    env = TorchRLGridEnv(grids())
    env.reset()
    acting(env, torch.zeros(3, 3, 4))
    out = env.rollout(
        2 * STEPS, break_when_any_done=False, auto_reset=False, tensordict=env.reset(reset_mask(True, False, False))
    )
    # environment 0 begins anew before the rollout, the others have one step behind them: they end one step earlier
    assert out["next", "done"][0, :, 0].nonzero()[:, 0].tolist() == [STEPS - 1, 2 * STEPS - 1]
    assert out["next", "done"][1, :, 0].nonzero()[:, 0].tolist() == [STEPS - 2, 2 * STEPS - 2]
    ended, new = out["next", "agents", "observation"][1, STEPS - 2], out["agents", "observation"][1, STEPS - 1]
    assert (ended != new).any()


def test_an_ended_episode_has_to_be_reset(grids: MakeGrids) -> None:
    env = TorchRLGridEnv(grids())
    env.reset()
    for _ in range(STEPS):
        acting(env, torch.zeros(3, 3, 4))
    with pytest.raises(ConfigError, match="The episode of environment 0 has ended"):
        acting(env, torch.zeros(3, 3, 4))


def test_an_environment_cannot_be_held(grids: MakeGrids) -> None:
    env = TorchRLGridEnv(grids())
    td = env.rand_action(env.reset())
    td["_step"] = torch.tensor([[True], [False], [True]])
    with pytest.raises(ConfigError, match="none can be held while others go on"):
        env.step(td)


@pytest.mark.parametrize(("value_after_limit", "ends"), [(True, "truncated"), (False, "terminated")])
def test_what_the_end_of_a_day_is_can_be_said(grids: MakeGrids, value_after_limit: bool, ends: str) -> None:
    out = TorchRLGridEnv(grids(), value_after_limit=value_after_limit).rollout(STEPS)
    last = out["next"][:, -1]
    assert last[ends].all()
    assert last["agents", ends].all()
    assert not last["truncated" if ends == "terminated" else "terminated"].any()


def test_days_are_chosen_by_keyword(grids: MakeGrids) -> None:
    env = TorchRLGridEnv(grids())
    env.reset(day=np.array([4, 0, 9]))
    rows = env.vector.plant.exogenous.start_rows()
    assert ((rows - rows[1]) / 24).tolist() == [4.0, 0.0, 9.0]


def test_choices_are_all_combinations_of_levels(grids: MakeGrids) -> None:
    env, plain = TorchRLGridEnv(grids(), levels=3), grids(settings={"stacked": True})
    choices = action_choices(plain.action_spaces["MG1"], 3)
    assert choices.shape == (81, 4)
    # 32 = 1 * 27 + 0 * 9 + 1 * 3 + 2: the second, first, second and third of -1, 0, 1
    assert choices[32].tolist() == [0.0, -1.0, 0.0, 1.0]
    env.set_seed(0)
    env.reset()
    plain.reset(seed=0)
    chosen = np.array([[0, 32, 80], [40, 1, 2], [3, 4, 5]])
    after = acting(env, chosen)
    np.testing.assert_array_equal(after["agents", "observation"], plain.step(choices[chosen])[0])


def test_actions_that_do_not_fit_are_refused(grids: MakeGrids) -> None:
    env = TorchRLGridEnv(grids(), levels=2)
    env.reset()
    with pytest.raises(ActionError, match=r"choices from -1 to 3. There are 16, counted from 0"):
        acting(env, np.array([[0, 1, 2], [3, -1, 0], [0, 0, 0]]))
    with pytest.raises(ActionError, match=r"Actions of group 'agents' have shape \(3, 2\), expected \(3, 3\)"):
        acting(env, np.zeros((3, 2), dtype=int))


def test_too_many_choices_are_refused(grids: MakeGrids) -> None:
    with pytest.raises(ConfigError, match="11 levels of 4 entries make 14641 choices"):
        TorchRLGridEnv(grids(), levels=11)


def test_unlike_agents_are_not_stacked(grids: MakeGrids) -> None:
    vector = grids(learners="devices")
    with pytest.raises(ConfigError, match="Agents of group 'agents' have different observation spaces"):
        TorchRLGridEnv(vector)
    env = TorchRLGridEnv(vector, group_map=MarlGroupMapType.ONE_GROUP_PER_AGENT)
    assert env.rollout(2).shape == (3, 2)


def test_ppo_with_a_central_critic_learns_for_some_rounds(grids: MakeGrids) -> None:
    torch.manual_seed(0)
    env = TransformedEnv(
        TorchRLGridEnv(grids(8), value_after_limit=False),
        RewardSum(in_keys=[("agents", "reward")], out_keys=[("agents", "episode_reward")], reset_keys=["_reset"]),
    )
    net = MultiAgentMLP(48, 8, n_agents=3, centralized=False, share_params=True, num_cells=32, depth=1)
    actor = ProbabilisticActor(
        TensorDictSequential(
            TensorDictModule(
                nn.Sequential(net, NormalParamExtractor()),
                in_keys=[("agents", "observation")],
                out_keys=[("agents", "loc"), ("agents", "scale")],
            )
        ),
        spec=env.full_action_spec[("agents", "action")],
        in_keys=[("agents", "loc"), ("agents", "scale")],
        out_keys=[("agents", "action")],
        distribution_class=TanhNormal,
        return_log_prob=True,
        log_prob_key=("agents", "log_prob"),
    )
    critic = TensorDictModule(
        nn.Sequential(nn.Linear(86, 32), nn.Tanh(), nn.Linear(32, 3), nn.Unflatten(-1, (3, 1))),
        in_keys=["state"],
        out_keys=[("agents", "state_value")],
    )
    loss = ClipPPOLoss(actor, critic, normalize_advantage=True, normalize_advantage_exclude_dims=(-2,))
    loss.set_keys(
        reward=("agents", "reward"),
        action=("agents", "action"),
        sample_log_prob=("agents", "log_prob"),
        value=("agents", "state_value"),
        done=("agents", "done"),
        terminated=("agents", "terminated"),
    )
    loss.make_value_estimator(ValueEstimators.GAE, gamma=1.0, lmbda=0.95)
    optimiser = torch.optim.Adam(loss.parameters(), lr=1e-3)
    before = [parameter.detach().clone() for parameter in actor.parameters()]
    for _ in range(2):
        with torch.no_grad():
            data = env.rollout(2 * STEPS, actor, break_when_any_done=False)
            loss.value_estimator(
                data, params=loss.critic_network_params, target_params=loss.target_critic_network_params
            )
        found = loss(data.reshape(-1))
        value = found["loss_objective"] + 1e-4 * found["loss_critic"] + found["loss_entropy"]
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        assert torch.isfinite(value)
    assert any((old != new).any() for old, new in zip(before, actor.parameters(), strict=True))


def test_the_example_trains(run_example: Callable[..., str], earned: Callable[[str], dict[str, float]]) -> None:
    found = earned(run_example("08_torchrl.py", "--test"))
    assert set(found) == {"untrained", "trained"}
    assert np.isfinite(list(found.values())).all()


def test_the_lines_of_the_documentation_run(run_blocks: Callable[[str], str]) -> None:
    assert "torch.Size([64, 48, 3, 1]) torch.Size([64, 48, 86]) tensor(128)" in run_blocks("needs TorchRL")

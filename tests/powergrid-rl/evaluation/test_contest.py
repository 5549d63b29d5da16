"""The contest: who takes part, on which days, and what is said of those who cannot."""

from __future__ import annotations

import numpy as np
import pytest
from small_world import BATTERY, GENERATOR, SUN, alone, device

from heron.core.policy import ConstantPolicy
from heron.errors import ConfigError
from powergrid_rl.baselines import do_nothing
from powergrid_rl.evaluation import ContestOptions, best_constant_action, compare
from powergrid_rl.evaluation.comparison import BOUND, CONSTANT, NOTHING, RANDOM, RULE, RULE_FORECAST
from powergrid_rl.evaluation.contest import pooled

EVERYTHING = alone(GENERATOR, BATTERY, SUN, forecast_steps={"price": 23})
QUICK = ContestOptions(candidates=3)


def test_all_baselines_take_part_and_the_order_is_that_of_the_table() -> None:
    found = compare(EVERYTHING, {"mine": do_nothing}, options=QUICK)
    assert list(found.rollouts) == [RANDOM, NOTHING, CONSTANT, RULE, RULE_FORECAST, "mine"]
    assert [row.name for row in found.rows()][-1] == BOUND
    assert found.notes == ()
    np.testing.assert_array_equal(found.rollouts["mine"].returns, found.rollouts[NOTHING].returns)


def test_stages_are_told_in_order_and_to_their_end() -> None:
    told: list[tuple[str, int, int]] = []
    compare(EVERYTHING, options=QUICK, stage=lambda *stage: told.append(stage))
    assert told[:3] == [(CONSTANT, 1, 3), (CONSTANT, 2, 3), (CONSTANT, 3, 3)]
    assert told[3:8] == [("policies", done, 5) for done in range(1, 6)]
    assert told[-1] == (BOUND, 2, 2)


def test_a_baseline_that_does_not_fit_is_left_out_with_the_reason() -> None:
    found = compare(alone(GENERATOR, device("Mystery", "box")), options=ContestOptions(candidates=0))
    assert RULE_FORECAST not in found.rollouts
    assert found.bound is None
    assert found.notes[0].startswith(f"No {RULE_FORECAST} policy: Agent 'MG1' knows no prices to come")
    assert "of a kind that it does not know" in found.notes[1]


def test_no_candidates_means_no_constant_action() -> None:
    assert CONSTANT not in compare(EVERYTHING, options=ContestOptions(candidates=0)).rollouts


def test_days_split_and_traces_are_as_asked() -> None:
    options = ContestOptions(candidates=0, split="train", days=np.array([1]), traces=True)
    found = compare(EVERYTHING, options=options)
    assert found.n_day == 1
    assert (found.venue.agents, found.venue.step_h, found.venue.synthetic) == (("MG1",), 1.0, True)
    price = found.rollouts[NOTHING].traces["market.exogenous.price_usd_per_mwh"]
    # day 1 trains: 40 - 30 + 1 at hour 6
    assert price[6, 0] == pytest.approx(11.0)


@pytest.mark.parametrize("name", [RULE, BOUND])
def test_a_policy_with_a_baselines_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=f"called '{name}' like a baseline"):
        compare(EVERYTHING, {name: do_nothing}, options=QUICK)


def test_a_policy_that_does_not_fit_is_an_error_and_no_note() -> None:
    def refuse(env: object, agent_id: str) -> ConstantPolicy:
        raise ConfigError("not for me")

    with pytest.raises(ConfigError, match="not for me"):
        compare(EVERYTHING, {"mine": refuse}, options=ContestOptions(candidates=0))


def test_seeds_are_pooled_where_there_are_several() -> None:
    assert pooled("learned", ["a"]) == {}
    assert pooled("learned", ["a", "b", "c"]) == {"learned, 3 seeds": ("a", "b", "c")}


def test_the_search_begins_with_nothing_and_never_gets_worse() -> None:
    from powergrid_rl.evaluation import DayBatch

    training = DayBatch(EVERYTHING, split="train")
    nothing = training.run("nothing", do_nothing).returns.mean()
    few, many = (best_constant_action(EVERYTHING, candidates=count) for count in (1, 40))
    earned = [training.run("c", lambda env, agent, a=a: ConstantPolicy(a[agent])).returns.mean() for a in (few, many)]
    assert earned[0] == pytest.approx(nothing)
    assert earned[1] > nothing + 1.0


def test_the_same_seed_finds_the_same_action() -> None:
    one, two = (best_constant_action(EVERYTHING, candidates=6, seed=5) for _ in range(2))
    np.testing.assert_array_equal(one["MG1"], two["MG1"])


def test_trying_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="0 candidates are none"):
        best_constant_action(EVERYTHING, candidates=0)


def test_a_search_needs_something_to_begin_from(monkeypatch: pytest.MonkeyPatch) -> None:
    from heron.envs.control import ControlPlan

    monkeypatch.setattr(ControlPlan, "neutral", lambda self, agent: None)
    found = compare(EVERYTHING, options=ContestOptions(candidates=2))
    assert any("no action that does nothing to begin a search from" in note for note in found.notes)
    assert NOTHING not in found.rollouts

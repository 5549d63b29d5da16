"""Plays one policy through episodes, in lockstep and on events."""

from __future__ import annotations

import hashlib

import numpy as np

from heron.core.clock import nanoseconds
from heron.core.policy import Policy
from heron.envs.core import EnvironmentCore
from heron.envs.execution import Execution
from heron.envs.step_result import StepResult
from heron.scheduling import EventLog
from heron.types import FloatArray
from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids
from powergrid_rl.evaluation.rollout import require_judgeable
from powergrid_rl.gap.episode import Episode, Outcome
from powergrid_rl.gap.plan import GapPlan
from powergrid_rl.gap.scenario import Scenario


class Driver:
    """The environments of one process, used again and again, and the policy that acts in them.

    There are two, since an environment that has run on events does not go back into lockstep. Each is built when it is
    first needed. Policies are made anew for every episode: nothing that one remembers outlives it.

    Parameters
    ----------
    plan
        What is studied.

    Raises
    ------
    UnknownNameError, CheckpointError
        If there is no such policy.
    """

    def __init__(self, plan: GapPlan) -> None:
        self._plan = plan
        self._make = plan.policy.maker()
        self._envs: dict[bool, MultiAgentMicrogrids] = {}

    def check(self) -> None:
        """Let the policy look at the environment once and act.

        Raises
        ------
        ConfigError, CheckpointError, UnknownNameError
            If the policy is not for this environment.
        """
        core = self._env(on_events=False).core
        assert core is not None
        core.reset(seeds=[self._plan.episodes[0].seed], options={"day": self._plan.episodes[0].day})
        for agent_id, policy in self._policies(self._env(on_events=False), core).items():
            policy.act(core.observe(agent_id))

    def play(
        self, scenario: Scenario, episode: Episode, *, log: EventLog | None = None, until_s: float | None = None
    ) -> Outcome:
        """Play an episode.

        Parameters
        ----------
        scenario
            In lockstep, or with which causes on events.
        episode
            Seed and day.
        log
            Where an episode on events is written down; it is closed at the end.
        until_s
            Stop at the first decision after this instant instead of the episode's end. [s]
        """
        env = self._env(on_events=scenario.causes is not None)
        if scenario.causes is not None:
            timing = self._plan.timing.with_causes(scenario.causes, step_s=self._plan.step_s)
            env.setup_event_driven(Execution(timing=timing, log=log))
        core = env.core
        assert core is not None
        try:
            return self._play(env, core, episode, until_s)
        finally:
            if log is not None:
                log.close()

    def _play(
        self, env: MultiAgentMicrogrids, core: EnvironmentCore, episode: Episode, until_s: float | None
    ) -> Outcome:
        core.reset(seeds=[episode.seed], options={"day": episode.day})
        policies = self._policies(env, core)
        diary = _Diary(core)
        while True:
            now_ns = int(core.time_ns()[0])
            actions = {agent_id: policies[agent_id].act(core.seen(agent_id)) for agent_id in core.due}
            result = core.step(actions)
            diary.add(now_ns, actions, result)
            stopped = until_s is not None and core.time_ns()[0] >= nanoseconds(until_s)
            if stopped or bool(result.terminated[0]) or bool(result.truncated[0]):
                return diary.outcome(episode)

    def _policies(self, env: MultiAgentMicrogrids, core: EnvironmentCore) -> dict[str, Policy]:
        policies = {agent_id: self._make(env, agent_id) for agent_id in core.learners}
        for agent_id, policy in policies.items():
            policy.attach(core.agents[agent_id].action_dim)
            policy.reset([tree.generator(agent_id, "policy") for tree in core.trees])
        return policies

    def _env(self, *, on_events: bool) -> MultiAgentMicrogrids:
        if on_events not in self._envs:
            env = MultiAgentMicrogrids(self._plan.config)
            assert env.core is not None
            require_judgeable(env.core)
            self._envs[on_events] = env
        return self._envs[on_events]


class _Diary:
    """Sums and fingerprints of an episode."""

    def __init__(self, core: EnvironmentCore) -> None:
        self._learners = core.learners
        self._sums = np.zeros((3, len(core.learners)))
        self._actions, self._rewards = hashlib.sha256(), hashlib.sha256()
        self._n_action = 0

    def add(self, now_ns: int, actions: dict[str, FloatArray], result: StepResult) -> None:
        for agent_id, action in actions.items():
            self._actions.update(f"{now_ns} {agent_id} ".encode())
            self._actions.update(np.ascontiguousarray(action, dtype=np.float64).tobytes())
        self._n_action += len(actions)
        of_step = np.stack([result.reward[:, 0], result.cost[:, 0], result.safety[:, 0]])
        self._rewards.update(of_step.tobytes())
        self._sums += of_step

    def outcome(self, episode: Episode) -> Outcome:
        sums = [float(sum(row)) for row in self._sums.tolist()]
        return Outcome(
            seed=episode.seed,
            day=episode.day,
            return_usd=sums[0],
            cost_usd=sums[1],
            safety=sums[2],
            n_action=self._n_action,
            actions=self._actions.hexdigest(),
            rewards=self._rewards.hexdigest(),
        )

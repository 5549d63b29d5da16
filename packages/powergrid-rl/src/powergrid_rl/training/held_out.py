"""How a policy does on held-out episodes, for the learning curve."""

from __future__ import annotations

import numpy as np

from heron.core.policy import Policy
from heron.envs.core import EnvironmentCore
from powergrid_rl.training.environment import EnvironmentFactory
from powergrid_rl.training.policy_file import PolicyFile

_EPISODES = 64


class HeldOutEpisodes:
    """A batch of episodes that training never sees: each held-out day once, where the environment counts its days.

    They are looked at, never learned or chosen from: no checkpoint is preferred for its result here. They run in
    lockstep whatever the training's timing, so that curves can be compared.

    Parameters
    ----------
    factory
        Builds the training environments.
    """

    def __init__(self, factory: EnvironmentFactory) -> None:
        held_out = factory.in_lockstep().with_config(train=False, start="in_order", info_state=False)
        env = held_out.build()
        days = getattr(getattr(env.core, "plant", None), "exogenous", None)
        self.n_episode = int(getattr(days, "n_days", _EPISODES))
        core = held_out.build(n_env=self.n_episode).core
        assert core is not None
        self._core: EnvironmentCore = core

    def mean_return(self, policies: PolicyFile) -> float:
        """Mean over episodes of the sum over learners."""
        core = self._core
        actors: dict[str, Policy] = {agent: policies.policy(agent) for agent in core.learners}
        core.reset(seeds=range(self.n_episode))
        total = np.zeros(self.n_episode)
        going = np.ones(self.n_episode, dtype=np.bool_)
        while going.any():
            result = core.step({agent: actor.act(core.observe(agent)) for agent, actor in actors.items()})
            for agent in core.learners:
                total += np.where(going, result.rewards[agent], 0.0)
            going &= ~(result.terminated | result.truncated)
        return float(total.mean())

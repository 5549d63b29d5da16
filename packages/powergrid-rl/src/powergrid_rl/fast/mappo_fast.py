"""MAPPO in one file: every agent acts by one shared actor, one critic reads the global state and values them all.

Read from top to bottom: what is learned (`Networks`), what it is learned from (`Experience`), how good the actions
were (`advantages`), and the trainer, whose `round` samples and learns once. To try an idea, copy this file and change
`MappoFast.loss`, `advantages` or `Networks`. Shapes: t steps, e environments, a agents; everything is float32.

Source
------
C. Yu et al., The surprising effectiveness of PPO in cooperative multi-agent games, NeurIPS 2022; in the style of
S. Huang et al., CleanRL: High-quality single-file implementations of deep reinforcement learning algorithms, JMLR 2022.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from heron.envs.vector import VectorEnv
from heron.errors import ConfigError
from powergrid_rl.networks import ValueScale, perceptron
from powergrid_rl.training.environment import draw_seeds
from powergrid_rl.training.settings import TrainingSettings

_LOG_TWO_PI = math.log(2.0 * math.pi)


class Networks(nn.Module):
    """A Gaussian policy that all agents share, and a critic with one output per agent.

    The actor reads an agent's observation, which ends with a one-hot of the agent. The spread of its actions is
    learned but the same in all states. The critic's outputs are normalised; `scale` knows their real units.
    """

    def __init__(self, *, n_seen: int, n_action: int, n_state: int, n_agent: int, settings: TrainingSettings) -> None:
        super().__init__()
        shape: dict[str, Any] = {"hidden": settings.hidden, "activation": settings.activation}
        self.actor = perceptron(n_seen, n_output=n_action, last_gain=0.01, **shape)
        self.log_spread = nn.Parameter(torch.full((n_action,), settings.log_spread))
        self.critic = perceptron(n_state, n_output=n_agent, last_gain=1.0, **shape)
        self.scale = ValueScale(settings.value_memory)

    def draw(self, seen: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
        """Actions ``(..., n_action)`` for observations ``(..., n_seen)``, not cut to the Box, and log probabilities."""
        mean = self.actor(seen)
        noise = torch.randn(mean.shape, generator=random)
        return mean + self.log_spread.exp() * noise, self._log_density(noise)

    def log_probability(self, seen: Tensor, action: Tensor) -> Tensor:
        """Of actions ``(..., n_action)``, ``(...)``."""
        return self._log_density((action - self.actor(seen)) * (-self.log_spread).exp())

    def _log_density(self, noise: Tensor) -> Tensor:
        return -0.5 * (noise.square() + _LOG_TWO_PI).sum(-1) - self.log_spread.sum()

    def entropy(self) -> Tensor:
        """Of every agent's action. [nat]"""
        return (self.log_spread + 0.5 * (_LOG_TWO_PI + 1.0)).sum()

    def values(self, state: Tensor) -> Tensor:
        """Expected return from states ``(..., n_state)`` on, in scaled rewards, ``(..., a)``."""
        return self.scale.restore(self.critic(state))


@dataclass(frozen=True, slots=True, kw_only=True)
class Experience:
    """What all environments went through between two rounds of learning.

    Parameters
    ----------
    seen : (t, e, a, n_seen)
        Observations acted on.
    action : (t, e, a, n_action)
        Actions as drawn; the environment got them cut to -1 ... 1.
    log_probability : (t, e, a)
        Of the action, under the policy that drew it.
    reward : (t, e, a)
        Scaled and cut for learning. [1]
    state : (t + 1, e, n_state)
        Global state beside each observation, and after the last step.
    terminal, ended : (t, e)
        Where nothing of value follows a step, and where the next row belongs to another episode.
    last_state : dict
        By step, the states ``(e, n_state)`` in which episodes ended there.
    used : (t, e, a)
        Whether the environment used the action; it does unless timing is drawn.
    """

    seen: Tensor
    action: Tensor
    log_probability: Tensor
    reward: Tensor
    state: Tensor
    terminal: Tensor
    ended: Tensor
    last_state: dict[int, Tensor]
    used: Tensor

    @classmethod
    def empty(cls, n_step: int, n_env: int, n_agent: int, *, n_seen: int, n_action: int, n_state: int) -> Experience:
        """Room for so many steps."""
        steps = (n_step, n_env, n_agent)
        return cls(
            seen=torch.empty(*steps, n_seen),
            action=torch.empty(*steps, n_action),
            log_probability=torch.empty(*steps),
            reward=torch.empty(*steps),
            state=torch.empty(n_step + 1, n_env, n_state),
            terminal=torch.empty(n_step, n_env, dtype=torch.bool),
            ended=torch.empty(n_step, n_env, dtype=torch.bool),
            last_state={},
            used=torch.ones(*steps, dtype=torch.bool),
        )


def advantages(
    reward: Tensor, value: Tensor, next_value: Tensor, terminal: Tensor, ended: Tensor, *, gamma: float, lambda_: float
) -> Tensor:
    """Generalised advantage estimates ``(t, e, a)``; the value targets are these plus ``value``.

    Parameters
    ----------
    reward, value, next_value : (t, e, a)
        Reward of each step, value of the state before it, and of the one after it.
    terminal, ended : (t, e)
        As in `Experience`.
    gamma, lambda_
        Discount and trace decay per step. [1]

    Source
    ------
    J. Schulman et al., High-dimensional continuous control using generalized advantage estimation, ICLR 2016, eq. 16.
    """
    residual = reward + gamma * next_value * ~terminal[..., None] - value
    follows = gamma * lambda_ * ~ended[..., None]
    advantage = torch.empty_like(residual)
    running = torch.zeros_like(residual[0])
    for step in reversed(range(len(residual))):
        running = residual[step] + follows[step] * running
        advantage[step] = running
    return advantage


def standardised(advantage: Tensor, used: Tensor) -> Tensor:
    """Advantages ``(t, e, a)`` with mean 0 and spread 1 over the actions used; 0 for the others, which teach nothing.

    Those used weigh so much more that a mean over all actions is the mean over them.
    """
    if used.all():
        return (advantage - advantage.mean()) / advantage.std().clamp(min=1e-4)
    some = advantage[used]
    weight = used.numel() / max(1, some.numel())
    found = torch.zeros_like(advantage)
    if some.numel() > 1:
        found[used] = weight * (some - some.mean()) / some.std().clamp(min=1e-4)
    return found


class MappoFast:
    """The trainer: networks, optimiser and environments, which stack observations and give their state.

    `n_step` counts environment steps. It starts the environments anew and seeds them from the settings.
    """

    def __init__(self, env: VectorEnv, settings: TrainingSettings) -> None:
        if not (env.stacked and env.info_state):
            message = "MAPPO needs stacked observations, and the global state for its critic."
            raise ConfigError(message, remedy='VectorGridEnv({**config, "info_state": True}, n_env=64, stacked=True)')
        torch.set_num_threads(1)
        torch.manual_seed(settings.seed)
        self.env, self.settings = env, settings
        seen, infos = env.reset(seed=draw_seeds([settings.seed], env.n_env))
        self._now = torch.from_numpy(seen), torch.from_numpy(infos["state"])
        n_seen, n_state = (part.shape[-1] for part in self._now)
        n_action = env.action_spaces[env.possible_agents[0]].shape[0]
        self._sizes = {"n_seen": n_seen, "n_action": n_action, "n_state": n_state}
        self.networks = Networks(**self._sizes, n_agent=len(env.possible_agents), settings=settings)
        self.optimiser = torch.optim.Adam(self.networks.parameters(), eps=1e-7, fused=True)
        self.random = torch.Generator().manual_seed(settings.seed)
        self.n_step = 0
        self._return = torch.zeros(env.n_env)

    def round(self, used: float) -> dict[str, float]:
        """Sample, then learn from it; gives the log's fields, for the share of the run that has passed. [1]"""
        settings, passed = self.settings, min(1.0, used)
        rate = settings.learning_rate + passed * (settings.last_learning_rate - settings.learning_rate)
        bonus = settings.entropy + passed * (settings.last_entropy - settings.entropy)
        experience, training_return = self.sample()
        torch.set_num_threads(settings.n_thread)
        explained = self.learn(experience, rate=rate, bonus=bonus)
        torch.set_num_threads(1)  # sampling takes many small steps, which threads make slower
        return {
            "training_return": training_return,
            "entropy": float(self.networks.entropy().detach()),
            "explained_variance": explained,
            "learning_rate": rate,
        }

    @torch.no_grad()
    def sample(self) -> tuple[Experience, float]:
        """Experience of all environments, and the mean return of the episodes that ended. [USD]"""
        env, settings = self.env, self.settings
        into = Experience.empty(settings.n_step, env.n_env, len(env.possible_agents), **self._sizes)
        finished: list[Tensor] = []
        for step in range(settings.n_step):
            into.seen[step], into.state[step] = self._now
            into.action[step], into.log_probability[step] = self.networks.draw(self._now[0], self.random)
            seen, reward, terminated, truncated, infos = env.step(into.action[step].clamp(-1.0, 1.0).numpy())
            self._now = torch.from_numpy(seen), torch.from_numpy(infos["state"])
            into.reward[step] = torch.from_numpy(reward)
            if "action_used" in infos:
                into.used[step] = torch.from_numpy(infos["action_used"])
            ended = torch.from_numpy(terminated | truncated)
            into.ended[step] = ended
            into.terminal[step] = torch.from_numpy(terminated) if settings.value_after_limit else ended
            self._return += into.reward[step].sum(-1)
            if ended.any():
                into.last_state[step] = torch.from_numpy(infos["final_state"])
                finished.append(self._return[ended])
                self._return[ended] = 0.0
        into.state[-1] = self._now[1]
        into.reward.div_(settings.reward_scale).clamp_(-settings.reward_limit, settings.reward_limit)
        self.n_step += into.ended.numel()
        return into, float(torch.cat(finished).mean()) if finished else math.nan

    def learn(self, experience: Experience, *, rate: float, bonus: float) -> float:
        """Improve actor and critic at a learning rate and a weight of the entropy; gives what `prepare` gives. [1]"""
        rows, explained = self.prepare(experience)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        for minibatch in self.minibatches(experience.ended.numel()):
            loss = self.loss(*(column.index_select(0, minibatch) for column in rows), bonus=bonus)
            self.optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(self.networks.parameters(), self.settings.gradient_limit)
            self.optimiser.step()
        return explained

    @torch.no_grad()
    def prepare(self, experience: Experience) -> tuple[tuple[Tensor, ...], float]:
        """Columns that `loss` takes, a row per environment step; share of the targets' variance that was explained."""
        networks, settings = self.networks, self.settings
        value = networks.values(experience.state)
        next_value = value[1:].clone()
        for step, state in experience.last_state.items():
            ended = experience.ended[step]
            next_value[step, ended] = networks.values(state[ended])
        value = value[:-1]
        advantage = advantages(
            experience.reward, value, next_value, experience.terminal, experience.ended,
            gamma=settings.gamma, lambda_=settings.lambda_,
        )  # fmt: skip
        target = advantage + value
        explained = 1.0 - float(advantage.var() / target.var().clamp(min=1e-8))
        networks.scale.update(target, networks.critic[-1])
        columns = (
            experience.seen,
            experience.state[:-1],
            experience.action,
            experience.log_probability,
            standardised(advantage, experience.used),
            networks.scale.normalise(target),
        )
        return tuple(column.flatten(0, 1) for column in columns), explained

    def minibatches(self, n_row: int) -> Iterator[Tensor]:
        """Numbers of rows, every row once per epoch in random order."""
        n_minibatch = max(1, round(n_row * len(self.env.possible_agents) / self.settings.minibatch))
        for _ in range(self.settings.n_epoch):
            yield from torch.randperm(n_row, generator=self.random).tensor_split(n_minibatch)

    def loss(
        self, seen: Tensor, state: Tensor, action: Tensor, before: Tensor, advantage: Tensor, target: Tensor,
        *, bonus: float,
    ) -> Tensor:  # fmt: skip
        """PPO's clipped loss of the actor, and the critic's squared error.

        Parameters
        ----------
        seen, action, state : (row, a, ...), (row, n_state)
            What the agents saw and did, and the global state beside it.
        before, advantage, target : (row, a)
            Log probability of the action when it was drawn, standardised advantage, normalised value target.
        bonus
            Weight of the entropy. [1]
        """
        ratio = (self.networks.log_probability(seen, action) - before).exp()
        limit = self.settings.clip
        gain = torch.minimum(ratio * advantage, ratio.clamp(1.0 - limit, 1.0 + limit) * advantage).mean()
        missed = (self.networks.critic(state) - target).square().mean()
        return -gain + self.settings.value_weight * missed - bonus * self.networks.entropy()

    def save_state(self) -> dict[str, Any]:
        """Everything needed to go on as if never stopped; copies, which learning on does not change."""
        return copy.deepcopy({
            "networks": self.networks.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "random": self.random.get_state(),
            "env": self.env.save_state(),
            "return": self._return,
            "n_step": self.n_step,
        })  # fmt: skip

    def restore_state(self, state: dict[str, Any]) -> None:
        """Take back what `save_state` gave."""
        self.networks.load_state_dict(state["networks"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.random.set_state(state["random"])
        seen = self.env.restore_state(state["env"])
        self._now = torch.from_numpy(seen), torch.from_numpy(self.env.state())
        self._return = state["return"].clone()
        self.n_step = state["n_step"]

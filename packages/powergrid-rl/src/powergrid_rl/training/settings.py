"""What a training run is set to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from heron.errors import ConfigError
from powergrid_rl.training.teams import Sharing


class Algorithm(str, Enum):
    """Training algorithms.

    ``mappo`` has a critic that reads the global state, ``ippo`` one that reads its agent's observation; both learn by
    RLlib. ``mappo-fast`` is MAPPO in one file, without Ray.
    """

    MAPPO = "mappo"
    MAPPO_FAST = "mappo-fast"
    IPPO = "ippo"


class Route(str, Enum):
    """How experience gets from the environment to the learner.

    ``arrays``: all environments as one batched core; ``episodes``: RLlib's own runners, a PettingZoo environment each.
    """

    ARRAYS = "arrays"
    EPISODES = "episodes"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """Algorithm, networks and sampling of a run; the defaults suit a day of 24 hourly steps.

    Parameters
    ----------
    algorithm, sharing, route
        As the enumerations say.
    seed
        Seed of weights, exploration and environments; the same seed gives the same run in a single process.
    n_worker
        Processes that sample; 0 samples in this one.
    n_thread
        Threads of the learner; sampling has one. Two make learning 1.6 times faster on two idle cores, and several
        times slower where another program wants them too.
    n_env
        Environments in each process.
    n_step
        Steps that each environment takes between two rounds of learning.
    n_epoch, minibatch
        How often a step is learned from, and agents' steps in a minibatch.
    learning_rate, last_learning_rate
        At the beginning and at the end; in a straight line between.
    entropy, last_entropy
        Weight of the entropy bonus at the beginning and at the end. [1]
    gamma, lambda_, clip
        Discount, trace decay and the probability ratio's limit. [1]
    gradient_limit
        Norm to which gradients are cut. [1]
    value_weight
        Weight of the critic's loss. [1]
    reward_scale, reward_limit
        The learner sees rewards divided by the scale [USD] and cut at ± the limit. [1]
    value_memory
        Weight of the past in the running scale of values. [1]
    value_after_limit
        Whether the time limit only interrupts a task that goes on.
    hidden, activation
        Widths of the hidden layers of actor and critic, and ``"tanh"`` or ``"relu"``.
    log_spread
        Logarithm of the first spread of actions.
    timing
        Timing scheme around which delays, losses and ticks are drawn for every training episode, ``"setup"`` for the
        configuration's own; none trains in lockstep.
    timing_factor
        How far delays and losses go beyond the scheme; see `heron.envs.timing_ranges`. [1]
    """

    algorithm: Algorithm = Algorithm.MAPPO
    sharing: Sharing = Sharing.SHARED
    route: Route = Route.ARRAYS
    seed: int = 0
    n_worker: int = 0
    n_thread: int = 1
    n_env: int = 256
    n_step: int = 24
    n_epoch: int = 4
    minibatch: int = 1536
    learning_rate: float = 1e-3
    last_learning_rate: float = 1e-4
    entropy: float = 0.0
    last_entropy: float = 0.0
    gamma: float = 0.99
    lambda_: float = 0.95
    clip: float = 0.2
    gradient_limit: float = 1.0
    value_weight: float = 0.5
    reward_scale: float = 10.0
    reward_limit: float = 20.0
    value_memory: float = 0.97
    value_after_limit: bool = False
    hidden: tuple[int, ...] = (128, 128)
    activation: str = "tanh"
    log_spread: float = -0.5
    timing: str | None = None
    timing_factor: float = 2.0

    def __post_init__(self) -> None:
        counts = {
            "n_thread": self.n_thread,
            "n_env": self.n_env,
            "n_step": self.n_step,
            "n_epoch": self.n_epoch,
            "minibatch": self.minibatch,
        }
        wrong = [f"{name} is {count}, not positive" for name, count in counts.items() if count < 1]
        wrong += [
            f"{name} is {value}, not from 0 to 1" for name, value in self._shares().items() if not 0 <= value <= 1
        ]
        if self.seed < 0 or self.n_worker < 0:
            wrong.append(f"seed {self.seed} and n_worker {self.n_worker} must not be negative")
        if self.algorithm is Algorithm.MAPPO_FAST:
            wrong += self._beyond_one_file()
        if self.timing is not None and self.route is not Route.ARRAYS:
            wrong.append("timing is drawn for arrays; on the episode route set event_driven in the configuration")
        if not 0.0 <= self.timing_factor < math.inf:
            wrong.append(f"timing_factor is {self.timing_factor}, not from 0 on")
        if self.activation not in ("tanh", "relu"):
            wrong.append(f"activation is {self.activation!r}, not 'tanh' or 'relu'")
        if not self.reward_scale > 0.0 or not self.reward_limit > 0.0:
            wrong.append(f"reward_scale {self.reward_scale} and reward_limit {self.reward_limit} must be positive")
        if wrong:
            raise ConfigError(f"Training settings do not fit: {'; '.join(wrong)}.")

    @property
    def n_step_round(self) -> int:
        """Environment steps between two rounds of learning."""
        return self.n_step * self.n_env * max(1, self.n_worker)

    def _beyond_one_file(self) -> list[str]:
        wrong = []
        if self.sharing is not Sharing.SHARED:
            wrong.append(f"mappo-fast trains one policy for all, not {self.sharing.value}; mappo and ippo can")
        if self.n_worker or self.route is not Route.ARRAYS:
            wrong.append("mappo-fast samples arrays in this process; workers and other routes are RLlib's")
        return wrong

    def _shares(self) -> dict[str, float]:
        return {"gamma": self.gamma, "lambda_": self.lambda_, "value_memory": self.value_memory}


EPISODE_ROUTE: Mapping[str, int] = {"n_env": 8, "n_step": 96, "minibatch": 768}
"""Sizes that suit the episode route, where a step costs a hundred times as much."""
TEST_SIZE: Mapping[str, int] = {"n_env": 8, "n_step": 24, "minibatch": 576}
"""Sizes of a run that only shows that everything works."""

"""Environments: the core, how it observes, and its PettingZoo, vector and Gymnasium faces."""

from heron.envs.core import EnvironmentCore as EnvironmentCore
from heron.envs.core_options import CoreOptions as CoreOptions
from heron.envs.delayed import DelayedCore as DelayedCore
from heron.envs.delayed import timing_ranges as timing_ranges
from heron.envs.event_driven import EventDrivenCore as EventDrivenCore
from heron.envs.exchange import Exchange as Exchange
from heron.envs.execution import Execution as Execution
from heron.envs.gymnasium_env import CentralControlEnv as CentralControlEnv
from heron.envs.gymnasium_vector import CentralControlVectorEnv as CentralControlVectorEnv
from heron.envs.gymnasium_vector import SharedPolicyVectorEnv as SharedPolicyVectorEnv
from heron.envs.learners import choose_learners as choose_learners
from heron.envs.observer import Observer as Observer
from heron.envs.observer import ObserverOptions as ObserverOptions
from heron.envs.observer import Vectors as Vectors
from heron.envs.pettingzoo import PettingZooParallelEnv as PettingZooParallelEnv
from heron.envs.step_result import StepResult as StepResult
from heron.envs.step_result import StepTiming as StepTiming
from heron.envs.synchronous import SynchronousCore as SynchronousCore
from heron.envs.vector import VectorEnv as VectorEnv

"""State, visibility, actions, observations, policies and random streams."""

from heron.core.action import Action as Action
from heron.core.feature import FeatureProvider as FeatureProvider
from heron.core.feature import quantity as quantity
from heron.core.jitter import JitterType as JitterType
from heron.core.jitter import jittered_ns as jittered_ns
from heron.core.observation import Observation as Observation
from heron.core.policy import ConstantPolicy as ConstantPolicy
from heron.core.policy import Policy as Policy
from heron.core.policy import RandomPolicy as RandomPolicy
from heron.core.quantity import Quantity as Quantity
from heron.core.random import SeedTree as SeedTree
from heron.core.state import CoordinatorAgentState as CoordinatorAgentState
from heron.core.state import FieldAgentState as FieldAgentState
from heron.core.state import State as State
from heron.core.state import SystemAgentState as SystemAgentState
from heron.core.table import Snapshot as Snapshot
from heron.core.table import StateTable as StateTable
from heron.core.table import TableBuilder as TableBuilder
from heron.core.visibility import Visibility as Visibility

"""Field, coordinator and system agents, and the proxy that shows them the world."""

from heron.agents.account import Account as Account
from heron.agents.agent import Agent as Agent
from heron.agents.coordinator import CoordinatorAgent as CoordinatorAgent
from heron.agents.field_agent import FieldAgent as FieldAgent
from heron.agents.hierarchical import HierarchicalAgent as HierarchicalAgent
from heron.agents.proxy import ProxyAgent as ProxyAgent
from heron.agents.roster import roster as roster
from heron.agents.system import SystemAgent as SystemAgent

"""Environments on power networks."""

from powergrid.envs.multi_agent_microgrids import MultiAgentMicrogrids as MultiAgentMicrogrids
from powergrid.envs.networked_grid_env import NetworkedGridEnv as NetworkedGridEnv
from powergrid.envs.vector_grid_env import VectorGridEnv as VectorGridEnv

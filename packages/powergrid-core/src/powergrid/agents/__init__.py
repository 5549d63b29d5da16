"""Agents of power systems."""

from powergrid.agents.device_agent import DeviceAgent as DeviceAgent
from powergrid.agents.power_grid_agent import PowerGridAgent as PowerGridAgent
from powergrid.agents.proxy_agent import ProxyAgent as ProxyAgent
from powergrid.agents.system_operator import SystemOperator as SystemOperator

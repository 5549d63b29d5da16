"""The proxy under its documented name in PowerGrid."""

from heron.agents.proxy import ProxyAgent as ProxyAgent

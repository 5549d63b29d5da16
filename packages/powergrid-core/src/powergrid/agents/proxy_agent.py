"""The proxy under its documented name in PowerGrid."""

from __future__ import annotations

from heron.agents.proxy import ProxyAgent as ProxyAgent

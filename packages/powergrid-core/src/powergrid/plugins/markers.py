"""Markers that connect a plug-in's functions with the hooks."""

from __future__ import annotations

import pluggy

PROJECT = "powergrid"
"""Name of the pluggy project and of the entry-point group."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

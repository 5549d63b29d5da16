"""PowerGrid rl plug-in package."""

from powergrid_rl.__about__ import __version__ as __version__

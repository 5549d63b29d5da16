"""Cases that come with pandapower, as they are published."""

from __future__ import annotations

import pandapower.networks
from pandapower.auxiliary import pandapowerNet

from heron.errors import suggest
from powergrid.errors import NetworkError


def published_case(name: str) -> pandapowerNet:
    """Net of one of pandapower's ``case...`` functions, unchanged.

    Parameters
    ----------
    name
        ``"case118"``, ``"case33bw"`` and so on.

    Raises
    ------
    NetworkError
        pandapower has no such case.
    """
    known = [case for case in dir(pandapower.networks) if case.startswith("case")]
    if name not in known:
        raise NetworkError(f"pandapower has no case {name!r}.", remedy=suggest(name, known))
    return getattr(pandapower.networks, name)()

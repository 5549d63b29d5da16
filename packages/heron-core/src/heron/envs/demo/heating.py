"""The demo environment: houses that learn to heat their rooms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from heron.agents.roster import roster
from heron.envs.core_options import CoreOptions
from heron.envs.demo.house import House, Supplier
from heron.envs.demo.room import Room, RoomSpec
from heron.envs.demo.street import Street
from heron.envs.exchange import Exchange
from heron.envs.pettingzoo import PettingZooParallelEnv
from heron.envs.synchronous import SynchronousCore
from heron.protocols.base import Protocol
from heron.protocols.vertical import SetpointProtocol

HOUR_S = 3600.0
LOSSES_PER_H = (0.1, 0.15, 0.08)


def build_houses(
    n_house: int = 2, n_room: int = 2, *, protocol: Callable[[], Protocol] = SetpointProtocol
) -> list[House]:
    """Houses ``house1, house2, …`` of rooms ``house1.room1, …``; each room loses heat in its own way."""
    houses: list[House] = []
    for number in range(1, n_house + 1):
        rooms = {
            f"room{place + 1}": Room(
                f"house{number}.room{place + 1}", spec=RoomSpec(loss_per_h=LOSSES_PER_H[(number + place) % 3])
            )
            for place in range(n_room)
        }
        houses.append(House(f"house{number}", rooms, protocol=protocol()))
    return houses


def heating_core(
    n_env: int = 1,
    *,
    n_house: int = 2,
    n_room: int = 2,
    learners: str | Sequence[str] = "coordinators",
    protocol: Callable[[], Protocol] = SetpointProtocol,
    options: CoreOptions | None = None,
    exchanges: Sequence[Exchange] = (),
) -> SynchronousCore:
    """Core of the demo world for any number of environments.

    Parameters
    ----------
    n_env, n_house, n_room
        Numbers of environments, of houses in each, and of rooms in each house.
    learners
        Whose actions come from outside.
    protocol
        Makes the protocol of each house.
    options
        How the environments run; steps of an hour, a day long, when not given.
    exchanges
        What the houses tell each other.
    """
    houses = build_houses(n_house, n_room, protocol=protocol)
    supplier = Supplier("supplier", {house.agent_id: house for house in houses})
    day = options or CoreOptions(step_s=HOUR_S, max_steps=24, penalty=1.0)
    return SynchronousCore(
        Street(houses), roster([supplier]), learners=learners, n_env=n_env, options=day, exchanges=exchanges
    )


class HeatingEnv(PettingZooParallelEnv):
    """Houses that learn to keep their rooms comfortable at little cost.

    The supplier announces the tariff to the houses; a house sees its own rooms, the weather and, in its
    inbox, the last announcement. Nothing in it is a power system: heron knows none.

    Parameters
    ----------
    n_house, n_room, learners, protocol, options, exchanges
        As in `heating_core`.
    """

    def __init__(
        self,
        *,
        n_house: int = 2,
        n_room: int = 2,
        learners: str | Sequence[str] = "coordinators",
        protocol: Callable[[], Protocol] = SetpointProtocol,
        options: CoreOptions | None = None,
        exchanges: Sequence[Exchange] = (),
    ) -> None:
        super().__init__()
        core = heating_core(
            1,
            n_house=n_house,
            n_room=n_room,
            learners=learners,
            protocol=protocol,
            options=options,
            exchanges=exchanges,
        )
        self.register_agent(core.agents["supplier"])
        self._start(core)

"""What peers tell each other on events: rounds whose messages take time and may be lost."""

from __future__ import annotations

from collections.abc import Sequence

from heron.core.clock import in_seconds, nanoseconds
from heron.envs.control_loop import ControlLoop
from heron.envs.exchange import Exchange, Exchanges
from heron.envs.mail import Arrival, Mail
from heron.errors import ConfigError
from heron.protocols.peers import Letter
from heron.scheduling.event import Event, EventKind
from heron.scheduling.scheduler import EventScheduler
from heron.scheduling.tick_config import TickConfig

_CHANNEL = "peers "
_AT_ONCE = TickConfig.deterministic(1.0)


class PeerRounds:
    """Lets each exchange have its rounds, stage by stage.

    Participants that are no agents, such as a market, answer at once and send without a delay of their own.

    Parameters
    ----------
    exchanges
        The environment's exchanges.
    scheduler, mail, loop
        Its events, messages, and who acts when.
    step_s
        Length of a control step. [s]

    Raises
    ------
    ConfigError
        If a round would not be over when the next begins.
    """

    def __init__(
        self, exchanges: Exchanges, scheduler: EventScheduler, *, mail: Mail, loop: ControlLoop, step_s: float
    ) -> None:
        self._exchanges, self._scheduler, self._mail, self._loop = exchanges, scheduler, mail, loop
        self._of = {_channel(number): one for number, one in enumerate(exchanges.all)}
        self._interval_ns = {
            channel: nanoseconds(step_s if one.interval_s is None else one.interval_s)
            for channel, one in self._of.items()
        }
        for channel, one in self._of.items():
            _require_time(one, self._interval_ns[channel])
        scheduler.on(EventKind.ROUND, self._on_round)

    @property
    def channels(self) -> Sequence[str]:
        """Channel of each exchange."""
        return tuple(self._of)

    def participants(self) -> list[str]:
        """Everyone who takes part in any exchange, agents or not."""
        return list(dict.fromkeys(name for one in self._of.values() for name in one.protocol.participants))

    def begin(self) -> None:
        """Begin an episode: the first round of each exchange is now."""
        for channel in self._of:
            self._schedule(channel, 0, self._scheduler.now_ns)

    def read(self, arrival: Arrival) -> None:
        """Let a participant read a message that is there, and answer."""
        one = self._of[arrival.channel]
        answers = one.protocol.receive(arrival.receiver, arrival.sender, arrival.said)
        age_s = in_seconds(self._scheduler.now_ns - arrival.sent_ns)
        self._conclude(one, arrival.receiver, age_s=age_s)
        self._send(arrival.channel, arrival.receiver, answers)

    def _on_round(self, event: Event) -> None:
        channel, number, began_ns = event.payload
        one = self._of[channel]
        stages = one.protocol.stages
        if number == 0:
            self._schedule(channel, 0, event.time_ns + self._interval_ns[channel])
        if number + 1 < len(stages):
            after_ns = began_ns + nanoseconds(stages[number + 1].after_s)
            self._scheduler.schedule(
                EventKind.ROUND, at_ns=max(after_ns, event.time_ns), payload=(channel, number + 1, began_ns)
            )
        members = one.protocol.members
        letters: list[tuple[str, list[Letter]]] = []
        for agent_id in stages[number].participants:
            event.agent = agent_id  # who is named where this fails
            given = one.give(agent_id, self._loop.view(agent_id)) if agent_id in members else {}
            letters.append((agent_id, one.protocol.compose(agent_id, given)))
            self._conclude(one, agent_id, age_s=None)  # it has heard nothing
        for agent_id, written in letters:
            self._send(channel, agent_id, written)

    def _schedule(self, channel: str, number: int, at_ns: int) -> None:
        self._scheduler.schedule(EventKind.ROUND, at_ns=at_ns, payload=(channel, number, at_ns))

    def _send(self, channel: str, sender: str, letters: Sequence[Letter]) -> None:
        ticks = self._loop.ticks.get(sender, _AT_ONCE)
        for receiver, payload in letters:
            self._mail.send(sender, receiver, payload, leaves_in_ns=0, ticks=ticks, channel=channel)

    def _conclude(self, one: Exchange, agent_id: str, *, age_s: float | None) -> None:
        if agent_id in one.protocol.members:
            self._loop.age()
            self._exchanges.conclude(one.protocol, agent_id, age_s=age_s)


def _require_time(one: Exchange, interval_ns: int) -> None:
    last_s = max(stage.after_s for stage in one.protocol.stages)
    if nanoseconds(last_s) > interval_ns:
        raise ConfigError(
            f"A round of a {type(one.protocol).__name__} goes on for {last_s:g} s and the next begins after "
            f"{in_seconds(interval_ns):g} s.",
            remedy="Give the exchange a longer interval_s, or let the stages of a round follow faster.",
        )


def _channel(number: int) -> str:
    return f"{_CHANNEL}{number}"

"""Whether agents of a run talk through a broker, and through which."""

from __future__ import annotations

from collections.abc import Mapping

from heron.envs.execution import Execution
from heron.envs.incidents import COMMUNICATION_OUTAGE
from heron.errors import ConfigError
from heron.messaging.broker import MessageBroker
from heron.messaging.registry import broker_registry
from heron.scheduling.tick_config import TickConfig


def choose_broker(execution: Execution, clocks: Mapping[str, TickConfig]) -> MessageBroker | None:
    """Broker of a run; None where agents talk in memory within the instant.

    Parameters
    ----------
    execution
        What the run is to be like.
    clocks
        Clock of every agent.

    Raises
    ------
    ConfigError
        If clocks have message delays that nothing would bring about, or a plug-in's broker is none.
    UnknownNameError
        If there is no broker of the name.
    """
    slow = [agent_id for agent_id, clock in clocks.items() if clock.msg_delay]
    if execution.distributed is False and slow:
        raise ConfigError(
            f"Clocks of {slow} have message delays, but agents talk in memory within the instant.",
            remedy="Leave distributed out of the execution, or set it to True.",
        )
    talks = execution.distributed
    if talks is None:
        talks = bool(slow) or _asks_for_messages(execution)
    if not talks:
        return None
    if isinstance(execution.broker, MessageBroker):
        return execution.broker
    made = broker_registry()[execution.broker]()
    if not isinstance(made, MessageBroker):
        raise ConfigError(
            f"The message broker {execution.broker!r} is a {type(made).__name__}, no MessageBroker.",
            remedy="Let the plug-in's factory return a subclass of heron.messaging.MessageBroker.",
        )
    return made


def _asks_for_messages(execution: Execution) -> bool:
    disturbances = execution.disturbances
    cut_off = disturbances is not None and COMMUNICATION_OUTAGE in disturbances.kinds
    return cut_off or bool(execution.timing.loss) or execution.channel is not None

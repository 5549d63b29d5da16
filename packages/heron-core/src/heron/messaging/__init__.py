"""Messages between agents, the channels they travel on, and the broker between."""

from heron.messaging.broker import ChannelCounters as ChannelCounters
from heron.messaging.broker import MessageBroker as MessageBroker
from heron.messaging.channel import Channel as Channel
from heron.messaging.channel import ChannelSpec as ChannelSpec
from heron.messaging.channel import LinkStreams as LinkStreams
from heron.messaging.hooks import BrokerFactory as BrokerFactory
from heron.messaging.hooks import hookimpl as hookimpl
from heron.messaging.in_memory import InMemoryBroker as InMemoryBroker
from heron.messaging.message import Message as Message
from heron.messaging.message import Payload as Payload
from heron.messaging.registry import broker_registry as broker_registry
from heron.messaging.registry import plugin_host as plugin_host

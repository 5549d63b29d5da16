"""Simulated time: clocks of agents, events and the scheduler that runs them."""

from heron.core.jitter import JitterType as JitterType
from heron.scheduling.event import Event as Event
from heron.scheduling.event import EventKind as EventKind
from heron.scheduling.event import Priority as Priority
from heron.scheduling.scheduler import EventScheduler as EventScheduler
from heron.scheduling.tick_config import TickConfig as TickConfig
from heron.scheduling.timing_scheme import CAUSES as CAUSES
from heron.scheduling.timing_scheme import TimingScheme as TimingScheme

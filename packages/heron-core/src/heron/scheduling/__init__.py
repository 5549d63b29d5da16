"""Simulated time: clocks of agents, events and the scheduler that runs them."""

from heron.core.jitter import JitterType as JitterType
from heron.scheduling.condition import Condition as Condition
from heron.scheduling.condition import ConditionWatch as ConditionWatch
from heron.scheduling.disturbance import Disturbance as Disturbance
from heron.scheduling.disturbance import OccurringDisturbance as OccurringDisturbance
from heron.scheduling.disturbance import PoissonDisturbance as PoissonDisturbance
from heron.scheduling.disturbance_schedule import DisturbanceSchedule as DisturbanceSchedule
from heron.scheduling.event import Event as Event
from heron.scheduling.event import EventKind as EventKind
from heron.scheduling.event import Priority as Priority
from heron.scheduling.log_difference import Difference as Difference
from heron.scheduling.log_difference import diff_headers as diff_headers
from heron.scheduling.log_difference import diff_logs as diff_logs
from heron.scheduling.log_export import export_parquet as export_parquet
from heron.scheduling.recorded_log import CutOffLogWarning as CutOffLogWarning
from heron.scheduling.recorded_log import EventRecord as EventRecord
from heron.scheduling.recorded_log import Log as Log
from heron.scheduling.recorded_log import LoggedState as LoggedState
from heron.scheduling.recorded_log import read_log as read_log
from heron.scheduling.recorded_log import state_at as state_at
from heron.scheduling.scheduler import EventScheduler as EventScheduler
from heron.scheduling.sensors import SensorFaults as SensorFaults
from heron.scheduling.tick_config import TickConfig as TickConfig
from heron.scheduling.timing_scheme import CAUSES as CAUSES
from heron.scheduling.timing_scheme import TimingScheme as TimingScheme
from heron.scheduling.trace import EventLog as EventLog

"""A schedule for known days that keeps the network: the best that is known to be possible."""

from powergrid_rl.schedule.network_schedule import NetworkSchedule as NetworkSchedule
from powergrid_rl.schedule.network_schedule import network_schedule as network_schedule

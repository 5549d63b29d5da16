"""An electrolyser for PowerGrid."""

from powergrid_topic.electrolyser import Electrolyser as Electrolyser
from powergrid_topic.electrolyser import HydrogenOutput as HydrogenOutput

"""A world of rooms and heaters: heron without a power system."""

from heron.envs.demo.climate import HeaterOutput as HeaterOutput
from heron.envs.demo.climate import HeaterWear as HeaterWear
from heron.envs.demo.climate import HouseClimate as HouseClimate
from heron.envs.demo.climate import RoomClimate as RoomClimate
from heron.envs.demo.heating import HeatingEnv as HeatingEnv
from heron.envs.demo.heating import build_houses as build_houses
from heron.envs.demo.heating import heating_core as heating_core
from heron.envs.demo.house import AnnounceTariff as AnnounceTariff
from heron.envs.demo.house import House as House
from heron.envs.demo.house import Supplier as Supplier
from heron.envs.demo.room import Room as Room
from heron.envs.demo.room import RoomSpec as RoomSpec
from heron.envs.demo.room import next_temperature as next_temperature
from heron.envs.demo.street import Street as Street

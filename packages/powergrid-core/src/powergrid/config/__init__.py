"""Configuration: its schema, its reader, and the older spellings it still understands."""

from powergrid.config.aliases import canonical as canonical
from powergrid.config.aliases import factor as factor
from powergrid.config.aliases import translate as translate
from powergrid.config.feeder_settings import builder_settings as builder_settings
from powergrid.config.finding import Finding as Finding
from powergrid.config.finding import InvalidConfigError as InvalidConfigError
from powergrid.config.parameters import build_parameters as build_parameters
from powergrid.config.read import read_config as read_config
from powergrid.config.read import read_device_config as read_device_config
from powergrid.config.read import read_microgrid_config as read_microgrid_config
from powergrid.config.schema import DeviceConfig as DeviceConfig
from powergrid.config.schema import DsoConfig as DsoConfig
from powergrid.config.schema import EnvConfig as EnvConfig
from powergrid.config.schema import MicrogridConfig as MicrogridConfig
from powergrid.config.schema import TransformerConfig as TransformerConfig

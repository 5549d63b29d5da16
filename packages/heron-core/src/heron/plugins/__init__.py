"""Host for plug-ins that are found through entry points, and the registries they fill."""

from heron.plugins.contribution import Contribution as Contribution
from heron.plugins.host import PluginHost as PluginHost
from heron.plugins.origin import PluginOrigin as PluginOrigin
from heron.plugins.registry import Registry as Registry
from heron.plugins.report import PluginReport as PluginReport
from heron.plugins.report import PluginWarning as PluginWarning

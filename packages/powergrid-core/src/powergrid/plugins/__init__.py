"""Hooks through which devices, networks, data sets, setups and more enter PowerGrid."""

from powergrid.plugins.devices import register_device as register_device
from powergrid.plugins.devices import unregister_device as unregister_device
from powergrid.plugins.host import load_plugins as load_plugins
from powergrid.plugins.host import plugin_host as plugin_host
from powergrid.plugins.markers import hookimpl as hookimpl
from powergrid.plugins.payloads import Benchmark as Benchmark
from powergrid.plugins.payloads import DatasetLoader as DatasetLoader
from powergrid.plugins.payloads import DeviceKind as DeviceKind
from powergrid.plugins.payloads import NetworkBuilder as NetworkBuilder
from powergrid.plugins.payloads import PolicyFactory as PolicyFactory
from powergrid.plugins.payloads import SolverFactory as SolverFactory
from powergrid.plugins.payloads import Trainer as Trainer
from powergrid.plugins.registries import DeviceRegistry as DeviceRegistry
from powergrid.plugins.registries import benchmark_registry as benchmark_registry
from powergrid.plugins.registries import command_registry as command_registry
from powergrid.plugins.registries import dataset_registry as dataset_registry
from powergrid.plugins.registries import device_registry as device_registry
from powergrid.plugins.registries import network_registry as network_registry
from powergrid.plugins.registries import policy_registry as policy_registry
from powergrid.plugins.registries import setup_registry as setup_registry
from powergrid.plugins.registries import solver_registry as solver_registry
from powergrid.plugins.registries import trainer_registry as trainer_registry

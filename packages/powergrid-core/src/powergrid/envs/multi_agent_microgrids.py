"""Microgrids on a distribution feeder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from heron.agents.agent import Agent
from powergrid.agents.power_grid_agent import PowerGridAgent
from powergrid.agents.system_operator import SystemOperator
from powergrid.config.feeder_settings import builder_settings
from powergrid.config.schema import DsoConfig, MicrogridConfig
from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid.networks.attachment import ImportTransformer, attach_feeder
from powergrid.networks.bus_lookup import find_bus
from powergrid.plant.area import Area
from powergrid.plugins.registries import network_registry
from powergrid.setups.defaults import with_default_microgrids


class MultiAgentMicrogrids(NetworkedGridEnv):
    """Microgrids, each with its own feeder and agent, on the feeder of a distribution system operator.

    Parameters
    ----------
    config
        Configuration, usually from `load_setup`; without ``microgrid_configs`` those of ``ieee34_ieee13``.
    n_env
        As in `NetworkedGridEnv`.
    """

    def _complete(self, config: Mapping[str, Any]) -> Mapping[str, Any]:
        return with_default_microgrids(config)

    def _build_net(self) -> Any:
        self._transformers: dict[str, str] = {}
        dso = self.config.dso_config
        agents = {m.name: self._build_agent(m) for m in self.config.microgrid_configs}
        if dso is None:
            net = next(iter(agents.values())).net
        else:
            net = _build_feeder(dso)
            for microgrid in self.config.microgrid_configs:
                net = self._attach(net, agents[microgrid.name], microgrid)
        for agent in agents.values():
            agent.net = net
            self.register_agent(agent)
        if dso is not None:
            subordinates: dict[str, Agent] = dict(agents)
            self.register_agent(SystemOperator(dso.name, subordinates=subordinates))
        return net

    def _areas(self) -> list[Area]:
        areas = [
            replace(area, zones=(area.name,), transformer=self._transformer(area.name)) for area in super()._areas()
        ]
        dso = self.config.dso_config
        if dso is not None:
            load = self._load_column(dso.load_area) if dso.load_area else None
            areas.append(Area(name=dso.name, zones=(dso.name,), load_column=load))
        return areas

    def _build_agent(self, microgrid: MicrogridConfig) -> PowerGridAgent:
        shared = microgrid.shared_action_fields
        fields = self.config.shared_action_fields if shared is None else shared
        return PowerGridAgent(
            net=_build_feeder(microgrid), grid_config=replace(microgrid, shared_action_fields=tuple(fields))
        )

    def _attach(self, net: Any, agent: PowerGridAgent, microgrid: MicrogridConfig) -> Any:
        assert microgrid.connection_bus is not None
        above = net.bus.vn_kv.at[find_bus(net, microgrid.connection_bus)]
        head = agent.net.bus.vn_kv.at[int(agent.net.ext_grid.bus.iloc[0])]
        rating = microgrid.transformer
        transformer = ImportTransformer(
            sn_mva=rating.sn_mva,
            vkr_percent=100.0 * rating.r_pu,
            vkx_percent=100.0 * rating.x_pu,
            hv_kv=float(above),
            lv_kv=float(head),
        )
        attached = attach_feeder(net, agent.net, connection_bus=microgrid.connection_bus, transformer=transformer)
        self._transformers[microgrid.name] = attached.transformer_name
        return attached.net

    def _transformer(self, area: str) -> int | None:
        name = self._transformers.get(area)
        if name is None:
            return None
        return int(self.net.trafo.index[self.net.trafo.name == name][0])


def _build_feeder(feeder: DsoConfig | MicrogridConfig) -> Any:
    return network_registry()[feeder.network](feeder.name, **builder_settings(feeder))

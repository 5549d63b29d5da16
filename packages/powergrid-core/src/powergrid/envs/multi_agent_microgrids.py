"""Microgrids on a distribution feeder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from heron.agents.agent import Agent
from heron.errors import ConfigError
from powergrid.agents.power_grid_agent import PowerGridAgent
from powergrid.agents.system_operator import SystemOperator
from powergrid.config.feeder_settings import builder_settings
from powergrid.config.record import default_values
from powergrid.config.schema import DsoConfig, MicrogridConfig
from powergrid.envs.networked_grid_env import NetworkedGridEnv
from powergrid.networks.attachment import FeederAttachment, attach_feeders
from powergrid.networks.import_transformer import ImportTransformer
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

    @classmethod
    def from_agents(
        cls, net: Any, agents: Sequence[Agent], config: Mapping[str, Any] | None = None, *, n_env: int = 1
    ) -> NetworkedGridEnv:
        """Not for this class, which builds its agents from its configuration."""
        raise ConfigError(f"{cls.__name__} builds its own agents.", remedy="Use NetworkedGridEnv.from_agents.")

    def _build_net(self) -> Any:
        self._transformers: dict[str, str] = {}
        dso, microgrids = self.config.dso_config, self.config.microgrid_configs
        if dso is None:
            _check_alone(microgrids)
        agents = {microgrid.name: self._build_agent(microgrid) for microgrid in microgrids}
        if dso is None:
            net = agents[microgrids[0].name].net
        else:
            attached = attach_feeders(_build_feeder(dso), [_attachment(agents[m.name].net, m) for m in microgrids])
            for microgrid, feeder in zip(microgrids, attached.feeders, strict=True):
                self._transformers[microgrid.name] = feeder.transformer_name
            net = attached.net
        for agent in agents.values():
            agent.net = net
            self.register_agent(agent)
        if dso is not None:
            self.register_agent(SystemOperator(dso.name, subordinates=dict(agents)))
        return net

    def _areas(self) -> list[Area]:
        trafo = self.net.trafo
        index = dict(zip(trafo.name.tolist(), trafo.index.tolist(), strict=True))
        feeding = {area: index[transformer] for area, transformer in self._transformers.items()}
        return [replace(area, transformer=feeding.get(area.name)) for area in super()._areas()]

    def _build_agent(self, microgrid: MicrogridConfig) -> PowerGridAgent:
        return PowerGridAgent(net=_build_feeder(microgrid), grid_config=self._with_shared_fields(microgrid))


def _check_alone(microgrids: Sequence[MicrogridConfig]) -> None:
    """Without an operator's feeder there is one microgrid, and nothing that it hangs on."""
    if len(microgrids) != 1:
        names = [microgrid.name for microgrid in microgrids]
        raise ConfigError(
            f"Without dso_config one microgrid stands alone; microgrid_configs has {len(names)}: {names}.",
            remedy="Give dso_config for the feeder that they hang on.",
        )
    default = default_values(MicrogridConfig)
    for key in ("connection_bus", "transformer"):
        if getattr(microgrids[0], key) != default[key]:
            raise ConfigError(
                f"{microgrids[0].name!r} has a {key}, but there is no dso_config for a feeder it could hang on.",
                remedy=f"Add dso_config, or leave {key} out.",
            )


def _attachment(feeder: Any, microgrid: MicrogridConfig) -> FeederAttachment:
    assert microgrid.connection_bus is not None
    rating = microgrid.transformer
    transformer = ImportTransformer(
        sn_mva=rating.sn_mva, vkr_percent=100.0 * rating.r_pu, vkx_percent=100.0 * rating.x_pu
    )
    return FeederAttachment(feeder=feeder, connection_bus=microgrid.connection_bus, transformer=transformer)


def _build_feeder(feeder: DsoConfig | MicrogridConfig) -> Any:
    return network_registry()[feeder.network](feeder.name, **builder_settings(feeder))

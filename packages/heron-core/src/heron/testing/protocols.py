"""Protocols treat every environment by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from heron.core.observation import Observation
from heron.plant.interface import SetpointBlock
from heron.protocols.base import Protocol, Subordinates, takes_observations
from heron.testing.violation import ContractViolation
from heron.types import FloatArray


def check_protocol_elementwise(
    protocol: Protocol,
    subordinates: Subordinates,
    *,
    observations: Mapping[str, Observation] | None = None,
    n_env: int = 7,
    seed: int = 0,
) -> None:
    """Directives for several environments are those for each of them alone, bit for bit.

    Parameters
    ----------
    protocol, subordinates
        The protocol and those it directs, by short name.
    observations
        What the deciding agent saw in all ``n_env`` environments, for a protocol that looks.
    n_env, seed
        Environments, and seed of the random actions.

    Raises
    ------
    ContractViolation
        Naming the subordinate whose directive depends on the other environments.
    """
    dim = protocol.action_dim(subordinates)
    actions = np.random.default_rng(seed).uniform(-1.0, 1.0, (n_env, dim))
    together = _coordinate(protocol, actions, subordinates, observations)
    for env in range(n_env):
        seen = None if observations is None else {name: _of_env(one, env) for name, one in observations.items()}
        alone = _coordinate(protocol, actions[env : env + 1], subordinates, seen)
        if set(alone) != set(together):
            raise ContractViolation(f"Alone {sorted(alone)} get a directive, together {sorted(together)}.")
        for name, directive in together.items():
            for part, values in _parts(directive).items():
                _require_same(values, _parts(alone[name]).get(part), env, n_env, f"{part} of {name!r}")


def check_routing_equals_coordinate(
    protocol: Protocol, subordinates: Subordinates, *, n_env: int = 7, seed: int = 0
) -> None:
    """A protocol that compiles sets, as one gather, what its directives say.

    Raises
    ------
    ContractViolation
        If it does not compile, or naming the setpoint that differs.
    """
    first, blocks = 0, {}
    for agent in subordinates.values():
        fields = agent.setpoint_fields()
        blocks[agent.agent_id] = SetpointBlock(fields, np.arange(first, first + len(fields)))
        first += len(fields)
    routing = protocol.compile(subordinates, blocks)
    if routing is None:
        raise ContractViolation(f"{type(protocol).__name__} does not compile.")
    actions = np.random.default_rng(seed).uniform(-1.0, 1.0, (n_env, protocol.action_dim(subordinates)))
    setpoints = np.full((first, n_env), np.nan)
    setpoints[routing.rows] = routing.offset + routing.scale * actions.T[routing.index]
    for name, directive in _coordinate(protocol, actions, subordinates, None).items():
        block = blocks[subordinates[name].agent_id]
        for place, field in enumerate(block.fields):
            told = 0.5 * (field.low + field.high) + 0.5 * (field.high - field.low) * directive[:, place]
            if not np.array_equal(setpoints[block.rows[place]], told):
                raise ContractViolation(
                    f"{name}.{field.name} is {setpoints[block.rows[place]]} compiled and {told} by its directive."
                )


def _coordinate(
    protocol: Protocol,
    action: FloatArray,
    subordinates: Subordinates,
    observations: Mapping[str, Observation] | None,
) -> dict[str, Any]:
    if takes_observations(protocol):
        return protocol.coordinate(action, subordinates, observations=observations)
    return protocol.coordinate(action, subordinates)


def _parts(directive: Any) -> dict[str, Any]:
    return dict(directive) if isinstance(directive, Mapping) else {"action": directive}


def _require_same(together: Any, alone: Any, env: int, n_env: int, what: str) -> None:
    several, one = np.asarray(together), np.asarray(alone)
    if len(several) != n_env or len(one) != 1:
        raise ContractViolation(
            f"The {what} has shape {several.shape} for {n_env} environments and {one.shape} for one; "
            "environments come first."
        )
    if not np.array_equal(several[env], one[0]):
        raise ContractViolation(
            f"The {what} in environment {env} depends on the others: {one[0]} alone, {several[env]} among {n_env}."
        )


def _of_env(observation: Observation, env: int) -> Observation:
    column = slice(env, env + 1)
    return Observation(
        agent_id=observation.agent_id,
        names=observation.names,
        values=observation.values[column],
        physical=observation.physical[:, column],
        time_s=observation.time_s[column],
    )

"""Protocols between peers treat every environment by itself, and write to the same in all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from heron.protocols.peers import HorizontalProtocol
from heron.testing.violation import ContractViolation
from heron.types import FloatArray

Values = Mapping[str, Mapping[str, FloatArray]]
Said = tuple[str, str, Mapping[str, FloatArray]]


def check_peers_elementwise(
    build: Callable[[], HorizontalProtocol], *, rounds: int = 3, n_env: int = 7, seed: int = 0
) -> None:
    """Messages and outcomes in several environments are those in each of them alone, bit for bit.

    Parameters
    ----------
    build
        Makes the protocol.
    rounds
        Rounds, in each of which every member gives random values within the scale of what the protocol takes.
    n_env, seed
        Environments, and seed of the values.

    Raises
    ------
    ContractViolation
        Naming the message or outcome that depends on the other environments.
    """
    rng = np.random.default_rng(seed)
    protocol = build()
    values = [
        {
            member: {one.name: one.offset + one.scale * rng.standard_normal(n_env) for one in protocol.takes}
            for member in protocol.members
        }
        for _ in range(rounds)
    ]
    together = _run(protocol, values, n_env)
    for env in range(n_env):
        own = [{m: {k: v[env : env + 1] for k, v in one.items()} for m, one in given.items()} for given in values]
        alone = _run(build(), own, 1)
        if len(alone) != len(together):
            raise ContractViolation(
                f"Environment {env} has {len(alone)} messages and outcomes alone and {len(together)} among {n_env}: "
                "whom a participant writes to must not depend on values."
            )
        for one, several in zip(alone, together, strict=True):
            _require_same(one, several, env, n_env)


def _run(protocol: HorizontalProtocol, values: list[dict[str, dict[str, FloatArray]]], n_env: int) -> list[Said]:
    """All messages of some rounds that arrive at once, and the outcomes after each round."""
    protocol.begin(n_env)
    said: list[Said] = []
    for given in values:
        for stage in protocol.stages:
            letters = [
                (agent_id, *letter)
                for agent_id in stage.participants
                for letter in protocol.compose(agent_id, given.get(agent_id, {}))
            ]
            for sender, receiver, payload in letters:  # grows while it is read
                said.append((sender, receiver, {name: np.array(value) for name, value in payload.items()}))
                letters += [(receiver, *answer) for answer in protocol.receive(receiver, sender, payload)]
        said += [
            (member, member, {name: np.array(value) for name, value in protocol.outcome(member).items()})
            for member in protocol.members
        ]
    return said


def _require_same(one: Said, several: Said, env: int, n_env: int) -> None:
    sender, receiver, payload = several
    what = f"The outcome of {sender!r}" if sender == receiver else f"The message of {sender!r} to {receiver!r}"
    if one[:2] != several[:2] or one[2].keys() != payload.keys():
        raise ContractViolation(
            f"{what} with {sorted(payload)} is one of {one[0]!r} to {one[1]!r} with {sorted(one[2])} in environment "
            f"{env} alone."
        )
    for name, value in payload.items():
        if value.shape != (n_env,) or one[2][name].shape != (1,):
            raise ContractViolation(f"{what} has {name!r} of shape {value.shape} for {n_env} environments.")
        if value[env] != one[2][name][0]:
            raise ContractViolation(
                f"{what} depends on other environments: {name!r} in {env} is {one[2][name][0]} alone and {value[env]} "
                f"among {n_env}."
            )

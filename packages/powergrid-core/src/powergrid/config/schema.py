"""What a configuration may say: one frozen record per level, with every key, default and check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from powergrid.config.checks import between, identifier, not_empty, not_negative, one_of, positive
from powergrid.config.disturbances import DisturbanceConfig
from powergrid.config.finding import Finding
from powergrid.config.record import Record, Rule, checked
from powergrid.config.timing import TimingConfig
from powergrid.config.variability import VariabilityConfig

SERIES = ("load", "solar", "wind", "price")
"""Families of exogenous series; a column is ``<family>/<area, hub or node>``."""


def _check_forecast(steps: Mapping[str, int]) -> str:
    unknown = [family for family in steps if family not in SERIES]
    if unknown:
        return f"names {', '.join(map(repr, unknown))}; series are {', '.join(SERIES)}."
    return "" if all(count >= 0 for count in steps.values()) else f"must count steps from 0 on, not {dict(steps)!r}."


def _check_start(start: str | int) -> str:
    if isinstance(start, int):
        return "" if start >= 0 else f"must be a day of the split counted from 0, not {start!r}."
    return one_of("random_day", "in_order")(start)


def _check_start_hour(start_hour: float) -> str:
    return "" if 0.0 <= start_hour < 24.0 else f"must be from 0 to below 24, not {start_hour!r}."


def _check_learners(learners: str | tuple[str, ...]) -> str:
    return one_of("coordinators", "devices")(learners) if isinstance(learners, str) else ""


def _check_dataset(dataset: Any) -> str:
    # Arrays are judged where the table is made of them; here only what can be no data set at all is refused.
    if isinstance(dataset, (str, Mapping)):
        return not_empty(dataset)
    if hasattr(dataset, "columns") and hasattr(dataset, "splits"):
        return ""
    return f"must be a name, a TimeSeriesTable or arrays by split, not {type(dataset).__name__}."


def _check_names(members: Iterable[DeviceConfig | MicrogridConfig]) -> str:
    repeated = [name for name, count in Counter(member.name for member in members).items() if count > 1]
    return f"uses {', '.join(map(repr, repeated))} more than once." if repeated else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceConfig(Record):
    """One device of a microgrid.

    Parameters
    ----------
    type
        Name of a device kind, such as ``"Generator"``.
    name
        Id of the device; unique in its microgrid.
    device_state_config
        Parameters of the kind by name, ``bus`` among them; `build_parameters` makes the kind's record of them.
    """

    type: str = field(metadata=checked(not_empty))
    name: str = field(metadata=checked(identifier))
    device_state_config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerConfig(Record):
    """Transformer between a microgrid's feeder and the bus it hangs on.

    Parameters
    ----------
    sn_mva
        Rated apparent power. [MVA]
    r_pu, x_pu
        Series resistance and leakage reactance on the transformer's own rating. [pu]
    """

    sn_mva: float = field(default=0.5, metadata=checked(positive))
    r_pu: float = field(default=0.01, metadata=checked(not_negative))
    x_pu: float = field(default=0.05, metadata=checked(positive))


@dataclass(frozen=True, slots=True, kw_only=True)
class DsoConfig(Record):
    """Feeder of the distribution system operator, which the microgrids hang on.

    Parameters
    ----------
    name
        Start of the names of its buses and elements.
    network
        Name of a registered network.
    load_area
        Load series that its loads follow, such as ``"SCE"`` for the column ``load/SCE``; none keeps them nominal.
    load_scale, capacitor_scale
        Factors on the nominal loads and on the capacitors. [1]
    slack_vm_pu
        Voltage at the feeder's head; none takes the network's own. [pu]
    regulator_taps
        Fixed tap positions by regulator; those not named keep the network's own. [steps]
    """

    name: str = field(default="DSO", metadata=checked(identifier))
    network: str = field(default="ieee34", metadata=checked(not_empty))
    load_area: str | None = field(default=None, metadata=checked(not_empty))
    load_scale: float = field(default=1.0, metadata=checked(not_negative))
    capacitor_scale: float = field(default=1.0, metadata=checked(not_negative))
    slack_vm_pu: float | None = field(default=None, metadata=checked(between(0.8, 1.2)))
    regulator_taps: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MicrogridConfig(Record):
    """One microgrid: a feeder of its own, its place on the operator's feeder, and its devices.

    Parameters
    ----------
    name
        Id of the microgrid's agent, and start of the names of its buses and elements.
    network
        Name of a registered network.
    connection_bus
        Bus of the operator's feeder that the microgrid hangs on; none where it stands alone.
    base_power
        Power that the microgrid's own quantities are scaled by. [MVA]
    load_area
        Load series that its loads follow; none keeps them nominal.
    load_scale, capacitor_scale
        Factors on the nominal loads and on the capacitors. [1]
    slack_vm_pu
        Voltage at the head of a microgrid that stands alone; none takes the network's own. [pu]
    regulator_taps
        Fixed tap positions by regulator; those not named keep the network's own. [steps]
    transformer
        Transformer to the operator's feeder.
    devices
        Its devices, in the order of its actions.
    shared_action_fields
        Action fields that all devices having them share as one component; none takes the environment's.
    """

    name: str = field(metadata=checked(identifier))
    network: str = field(default="ieee13", metadata=checked(not_empty))
    connection_bus: str | None = field(default=None, metadata=checked(not_empty))
    base_power: float = field(default=1.0, metadata=checked(positive))
    load_area: str | None = field(default=None, metadata=checked(not_empty))
    load_scale: float = field(default=1.0, metadata=checked(not_negative))
    capacitor_scale: float = field(default=1.0, metadata=checked(not_negative))
    slack_vm_pu: float | None = field(default=None, metadata=checked(between(0.8, 1.2)))
    regulator_taps: Mapping[str, int] = field(default_factory=dict)
    transformer: TransformerConfig = field(default_factory=TransformerConfig)
    devices: tuple[DeviceConfig, ...] = field(default=(), metadata=checked(_check_names))
    shared_action_fields: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvConfig(Record):
    """A whole environment.

    Parameters
    ----------
    env_id
        Name of the environment in logs and results.
    train
        Episodes from the training days; false takes the test days.
    centralized
        Agents talk in memory within the instant; false lets them talk through the message broker, on events.
    message_broker
        Name of a registered broker; ``"in_memory"`` when not given.
    event_driven
        Agents act on their own ticks.
    timing_jitter
        Spread of all ticks and delays in event-driven execution, as a fraction of each; 0 leaves the timing's own. [1]
    timing
        Clocks and links in event-driven execution; without, everyone decides at every control step, at once.
    disturbances
        What goes wrong in event-driven execution.
    max_episode_steps
        Steps of an episode.
    step_s
        Length of a step, the interval between decisions in lockstep. [s]
    plant_step_s
        Length of the intervals in which devices and power flow advance, a whole fraction of ``step_s``; as long when
        not given. [s]
    penalty
        Weight of the safety scalar in the reward. [USD]
    reward_discount
        Discount per ``step_s`` within a reward that adds up over several plant intervals; 1 adds them as they are. [1]
    share_reward
        Every agent gets the mean over agents.
    dataset
        Name of a registered data set, a `TimeSeriesTable`, or what `as_table` takes: ``{"train": arrays, "test": …}``.
    dataset_path
        File with the time series, instead of ``dataset``.
    solver
        Name of a registered power-flow solver, or ``"auto"`` for the one that fits the net and logs why.
    learners
        Whose actions come from outside: ``"coordinators"``, ``"devices"`` or a list of agent ids.
    forecast_steps
        How many of the following values are observed, by series family. [steps]
    action_units
        ``"normalized"``: actions in -1 to 1; ``"physical"``: in each field's own unit.
    observation_units
        ``"scaled"``: as each row's display scale says, clipped; ``"physical"``: raw numbers.
    observability
        ``"declared"``: what the visibility of each row allows; ``"full"``: everything, for ablations.
    agent_one_hot
        Observations end with a one-hot of the agent.
    info_state
        ``info[agent]["state"]`` holds the full state.
    terminate_on_divergence
        An episode ends when its power flow does not converge.
    settle_storage
        The last step of an episode pays for the change of stored energy at the episode's mean price.
    start
        Day that an episode starts on: ``"random_day"``, ``"in_order"``, or the day's number in the split.
    start_hour
        Local hour of that day at which it starts. [h]
    variability
        How sun and load change within seconds, on top of the series; none for not at all.
    shared_action_fields
        Action fields that all devices of an agent share as one component, for microgrids that do not say.
    dso_config
        The operator's feeder; none where a single microgrid stands alone.
    microgrid_configs
        The microgrids, in the order of the agents.
    """

    env_id: str = field(default="powergrid", metadata=checked(not_empty))
    train: bool = True
    centralized: bool = True
    message_broker: str | None = field(default=None, metadata=checked(not_empty))
    event_driven: bool = False
    timing_jitter: float = field(default=0.0, metadata=checked(between(0.0, 1.0)))
    timing: TimingConfig | None = None
    disturbances: tuple[DisturbanceConfig, ...] = ()
    max_episode_steps: int = field(default=24, metadata=checked(positive))
    step_s: float = field(default=3600.0, metadata=checked(positive))
    plant_step_s: float | None = field(default=None, metadata=checked(positive))
    penalty: float = field(default=10.0, metadata=checked(not_negative))
    reward_discount: float = field(default=1.0, metadata=checked(positive, between(0.0, 1.0)))
    share_reward: bool = False
    dataset: Any = field(default=None, metadata=checked(_check_dataset))
    dataset_path: Path | None = None
    solver: str = field(default="auto", metadata=checked(not_empty))
    learners: str | tuple[str, ...] = field(default="coordinators", metadata=checked(_check_learners))
    forecast_steps: Mapping[str, int] = field(default_factory=dict, metadata=checked(_check_forecast))
    action_units: str = field(default="normalized", metadata=checked(one_of("normalized", "physical")))
    observation_units: str = field(default="scaled", metadata=checked(one_of("scaled", "physical")))
    observability: str = field(default="declared", metadata=checked(one_of("declared", "full")))
    agent_one_hot: bool = False
    info_state: bool = False
    terminate_on_divergence: bool = False
    settle_storage: bool = False
    start: str | int = field(default="random_day", metadata=checked(_check_start))
    start_hour: float = field(default=0.0, metadata=checked(_check_start_hour))
    variability: VariabilityConfig | None = None
    shared_action_fields: tuple[str, ...] = ()
    dso_config: DsoConfig | None = None
    microgrid_configs: tuple[MicrogridConfig, ...] = field(default=(), metadata=checked(_check_names))

    @classmethod
    def rules(cls) -> tuple[Rule, ...]:
        """What single keys cannot tell: one source of data, and a place for every microgrid."""
        return (
            Rule(fields=("step_s", "plant_step_s"), check=_plant_steps),
            Rule(fields=("timing_jitter", "event_driven", "centralized"), check=_jitter_of_events),
            Rule(fields=("disturbances", "event_driven", "centralized"), check=_disturbances_of_events),
            Rule(fields=("dataset", "dataset_path"), check=_one_source),
            Rule(fields=("dso_config", "microgrid_configs"), check=_places),
        )


def _plant_steps(step_s: float, plant_step_s: float | None) -> Iterator[Finding]:
    ratio = 1.0 if plant_step_s is None else step_s / plant_step_s
    if ratio < 1.0 or abs(ratio - round(ratio)) > 1e-9 * ratio:
        message = f"is {plant_step_s:g} s, which does not divide steps of {step_s:g} s."
        yield Finding(path="plant_step_s", message=message, remedy="Let it be step_s divided by a whole number.")


def _jitter_of_events(timing_jitter: float, event_driven: bool, centralized: bool) -> Iterator[Finding]:
    if timing_jitter and centralized and not event_driven:
        message = f"is {timing_jitter!r}, but in lockstep nothing can jitter."
        yield Finding(path="timing_jitter", message=message, remedy="Set event_driven: true.")


def _disturbances_of_events(
    disturbances: tuple[DisturbanceConfig, ...], event_driven: bool, centralized: bool
) -> Iterator[Finding]:
    if disturbances and centralized and not event_driven:
        message = "are given, but in lockstep nothing goes wrong."
        yield Finding(path="disturbances", message=message, remedy="Set event_driven: true.")


def _one_source(dataset: Any, dataset_path: Path | None) -> Iterator[Finding]:
    if dataset is not None and dataset_path is not None:
        message = "is given beside dataset; only one of them can be read."
        yield Finding(path="dataset_path", message=message, remedy="Set the other one to null.")


def _places(operator: DsoConfig | None, microgrids: tuple[MicrogridConfig, ...]) -> Iterator[Finding]:
    # Without an operator's feeder the places are the business of whoever builds the net.
    if operator is not None:
        for index, microgrid in enumerate(microgrids):
            yield from (finding.under(f"microgrid_configs[{index}]") for finding in _on_feeder(microgrid, operator))


def _on_feeder(microgrid: MicrogridConfig, operator: DsoConfig) -> Iterator[Finding]:
    if microgrid.connection_bus is None:
        message = f"is missing: {microgrid.name} hangs on a bus of {operator.name}."
        yield Finding(path="connection_bus", message=message)
    if microgrid.slack_vm_pu is not None:
        message = f"is given, but the head of {microgrid.name} is fed by {operator.name}."
        yield Finding(path="slack_vm_pu", message=message, remedy="Set dso_config.slack_vm_pu instead.")
    if microgrid.name == operator.name:
        yield Finding(path="name", message=f"{microgrid.name!r} is the name of the operator's feeder too.")

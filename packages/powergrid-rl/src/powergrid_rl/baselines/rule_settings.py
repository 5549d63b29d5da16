"""Constants of the rule-based controller."""

from __future__ import annotations

from dataclasses import dataclass

from heron.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSettings:
    """Constants of the rule, as fractions of the microgrid's nominal load where powers are meant.

    The defaults are rounded from a tuning on training days of real CAISO years, and suit no day in particular.

    Parameters
    ----------
    charge_hours, discharge_hours
        Hours of the local day, first included and last excluded. [h]
    use_forecast
        Go by the known prices instead: charge in the cheapest of the present and the known steps, discharge in the
        dearest.
    cheap_share
        Share of these steps that counts as cheapest, and as dearest. [1]
    import_limit, export_limit
        Net power beyond which battery, then generator, then curtailment are changed. [1 of nominal load]
    reactive_gain, reactive_offset
        Reactive share = gain × (import / nominal load - offset). [1]
    transformer_share
        Share of the rating of the transformer it is fed by that may be used. [1]

    Raises
    ------
    ConfigError
        A share that is none, or hours that are not of the day.
    """

    charge_hours: tuple[float, float] = (9.0, 15.0)
    discharge_hours: tuple[float, float] = (17.0, 22.0)
    use_forecast: bool = False
    cheap_share: float = 0.2
    import_limit: float = 0.74
    export_limit: float = 0.69
    reactive_gain: float = 1.6
    reactive_offset: float = 0.05
    transformer_share: float = 0.95

    def __post_init__(self) -> None:
        hours = (*self.charge_hours, *self.discharge_hours)
        if not all(0.0 <= hour <= 24.0 for hour in hours):
            raise ConfigError(f"The rule's hours {hours} are not all from 0 to 24.")
        if not 0.0 < self.cheap_share <= 0.5:
            raise ConfigError(f"cheap_share is {self.cheap_share!r}; it must be above 0 and at most 0.5.")
        if not 0.0 < self.transformer_share <= 1.0:
            raise ConfigError(f"transformer_share is {self.transformer_share!r}; it must be above 0 and at most 1.")

"""Objects by name, as all plug-ins together provide them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from heron.errors import HeronError, PluginError, UnknownNameError, suggest
from heron.plugins.contribution import Contribution
from heron.plugins.origin import PluginOrigin
from heron.plugins.report import PluginReport

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """Read-only mapping from names to what plug-ins registered under them.

    Parameters
    ----------
    subject
        What the names stand for, as messages call it: ``"device type"``.
    contributions
        Answers of the plug-ins.
    error
        Raised for an unknown name.
    known
        Distribution to install for names that the project's own packages bring, installed or not.
    report
        Record that gets duplicates, and that knows which packages failed to load.

    Notes
    -----
    A name that two plug-ins claim is reported once and is an error where it is looked up: neither silently wins.
    """

    def __init__(
        self,
        subject: str,
        contributions: Iterable[Contribution],
        *,
        error: type[HeronError] = UnknownNameError,
        known: Mapping[str, str] | None = None,
        report: PluginReport | None = None,
    ) -> None:
        self._subject = subject
        self._error = error
        self._known = dict(known or {})
        self._report = report if report is not None else PluginReport()
        self._claims: dict[str, list[tuple[PluginOrigin, T]]] = {}
        for contribution in contributions:
            for name, entry in contribution.entries.items():
                self._claims.setdefault(name, []).append((contribution.origin, entry))
        for name in self:
            if len(self._claims[name]) > 1:
                self._report.add(self._claims[name][1][0], self._conflict(name))

    def __getitem__(self, name: str) -> T:
        if name not in self._claims:
            raise self._unknown(name)
        if len(self._claims[name]) > 1:
            raise self._conflict(name)
        return self._claims[name][0][1]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._claims))

    def __len__(self) -> int:
        return len(self._claims)

    def __contains__(self, name: object) -> bool:
        return name in self._claims

    def __repr__(self) -> str:
        return f"<{self._subject} registry: {', '.join(self) or 'empty'}>"

    def get(self, name: str, default: T | None = None) -> T | None:  # type: ignore[override]
        """Entry of a name, or the default where nothing registers it."""
        return self[name] if name in self._claims else default

    def origin(self, name: str) -> PluginOrigin:
        """Plug-in that registered a name."""
        if name not in self._claims:
            raise self._unknown(name)
        return self._claims[name][0][0]

    def _conflict(self, name: str) -> PluginError:
        claimants = " and ".join(str(origin) for origin, _ in self._claims[name])
        return PluginError(
            f"{self._subject} {name!r} is registered twice, by {claimants}.", remedy="Rename one or uninstall one."
        )

    def _unknown(self, name: str) -> HeronError:
        if name in self._known:
            return self._not_installed(name, self._known[name])
        there = f"there are {', '.join(self)}" if self._claims else "none is registered"
        hint = suggest(name, [*self._claims, *self._known])
        absent = [known for known in self._known if known not in self._claims and f"{known!r}?" in hint]
        installing = "".join(f" It comes with: pip install {self._known[known]}" for known in absent)
        return self._error(f"{self._subject} {name!r} not found; {there}.{self._failures()}", remedy=hint + installing)

    def _not_installed(self, name: str, requirement: str) -> HeronError:
        broken = self._report.of_distribution(requirement.split("[")[0])
        if broken:
            return self._error(f"{self._subject} {name!r} not found: {broken[0].message}", remedy=broken[0].remedy)
        return self._error(f"{self._subject} {name!r} not found:", remedy=f"pip install {_shell_quoted(requirement)}")

    def _failures(self) -> str:
        errors = self._report.errors
        return f" Left out: {' '.join(error.message for error in errors)}" if errors else ""


def _shell_quoted(requirement: str) -> str:
    # zsh expands the brackets of an extra
    return f'"{requirement}"' if "[" in requirement else requirement

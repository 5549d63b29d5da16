"""What the figures were measured on."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

PACKAGES = (
    *("heron-core", "powergrid-core", "powergrid-devices", "powergrid-datasets", "powergrid-rl"),
    *("numpy", "scipy", "numba", "pandapower", "lightsim2grid", "power-grid-model", "torch", "ray"),
)
_CPUINFO = Path("/proc/cpuinfo")
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "POWERGRID_THREADS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A computer and what is installed on it.

    Parameters
    ----------
    cpu, system, python
        Names and versions.
    cores
        Cores that this process may use.
    load
        Programs that wanted a core in the minute before; -1 where the system does not say.
    measured_at
        Date and time with the offset from UTC.
    threads
        Environment variables that limit threads, where they are set.
    versions
        Of the packages that matter, those that are installed.
    """

    cpu: str
    system: str
    python: str
    cores: int
    load: float
    measured_at: str
    threads: Mapping[str, str]
    versions: Mapping[str, str]


def this_machine() -> Machine:
    """The computer that this runs on, now."""
    return Machine(
        cpu=cpu_name(),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        cores=usable_cores(),
        load=round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else -1.0,
        measured_at=datetime.now().astimezone().isoformat(timespec="seconds"),
        threads={name: os.environ[name] for name in _THREAD_VARIABLES if name in os.environ},
        versions={package: version for package in PACKAGES if (version := installed_version(package))},
    )


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def installed_version(distribution: str) -> str:
    """Version of a distribution; empty where it is not installed."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


def cpu_name(cpuinfo: Path = _CPUINFO) -> str:
    """Name that the processor gives itself, with family and model where the name says little."""
    if cpuinfo.is_file():
        fields = dict(_cpuinfo_field(line) for line in cpuinfo.read_text(encoding="utf-8").splitlines() if ":" in line)
        if "model name" in fields:
            kind = [f"{word} {fields[key]}" for word, key in _KINDS if key in fields]
            return f"{fields['model name']} ({', '.join(kind)})" if kind else fields["model name"]
    if platform.system() == "Darwin":
        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
        if said:
            return said
    return platform.processor() or platform.machine()


_KINDS = (("family", "cpu family"), ("model", "model"))


def _cpuinfo_field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()

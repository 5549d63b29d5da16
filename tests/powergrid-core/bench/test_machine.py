"""The machine is named as it names itself."""

from __future__ import annotations

from pathlib import Path

from powergrid.bench.machine import cpu_name, installed_version, this_machine


def test_the_processor_is_named_with_family_and_model(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: Abacus 9\n\nprocessor\t: 1\n")
    assert cpu_name(cpuinfo) == "Abacus 9 (family 25, model 17)"


def test_a_processor_without_a_name_is_named_by_its_kind(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nBogoMIPS\t: 48.00\n")
    assert cpu_name(cpuinfo)


def test_installed_packages_have_versions_and_others_do_not() -> None:
    assert installed_version("numpy")
    assert installed_version("powergrid-nobody") == ""
    machine = this_machine()
    assert "numpy" in machine.versions
    assert "" not in machine.versions.values()
    assert machine.cores >= 1

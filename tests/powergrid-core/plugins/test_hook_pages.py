"""Every hook has a page that says what the hook's docstring says, and whose example runs."""

from __future__ import annotations

import importlib.util
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from heron import messaging
from heron.errors import ConfigError
from heron.messaging import hooks as heron_specs
from heron.plugins import PluginHost, Registry
from powergrid import plugins
from powergrid.plugins import specs
from powergrid.plugins.host import new_host

SPECS = {
    **dict.fromkeys(new_host().hooks, specs),
    **dict.fromkeys(messaging.plugin_host().hooks, heron_specs),
}
HOOKS = tuple(SPECS)
Example = Callable[[str], PluginHost]


def page(repository: Path, hook: str) -> str:
    return (repository / "docs" / "plugins" / f"{hook}.md").read_text(encoding="utf-8")


def section(text: str, title: str) -> str:
    (found,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", text, flags=re.MULTILINE | re.DOTALL)
    return " ".join(found.split())


def sentences(docstring: str, *, parts: slice) -> str:
    paragraphs = inspect.cleandoc(docstring).split("\n\n")[parts]
    return " ".join(" ".join(paragraphs).replace("``", "`").split())


def returned(docstring: str) -> str:
    lines = inspect.cleandoc(docstring).split("-------\n")[1].splitlines()[1:]
    return " ".join(" ".join(lines).replace("``", "`").split())


def code(text: str, title: str) -> str:
    (found,) = re.findall(rf'^```python title="{title}"\n(.*?)^```$', text, flags=re.MULTILINE | re.DOTALL)
    return str(found)


def test_every_hook_has_a_page_and_every_page_a_hook(repository: Path) -> None:
    pages = {path.stem for path in (repository / "docs" / "plugins").glob("*_register_*.md")}
    assert pages == set(HOOKS)
    index = page(repository, "index")
    assert [hook for hook in HOOKS if f"[{hook}]({hook}.md)" not in index] == []


@pytest.mark.parametrize("hook", HOOKS)
def test_a_page_has_the_signature_of_its_hook(repository: Path, hook: str) -> None:
    expected = f"def {hook}{inspect.signature(getattr(SPECS[hook], hook))}".replace("'", "")
    assert code(page(repository, hook), "signature").strip() == expected


@pytest.mark.parametrize("hook", HOOKS)
def test_a_page_says_what_the_hooks_docstring_says(repository: Path, hook: str) -> None:
    text, docstring = page(repository, hook), getattr(SPECS[hook], hook).__doc__
    assert text.split("\n\n")[:2] == [f"# {hook}", sentences(docstring, parts=slice(1))]
    assert section(text, "When it is called") == sentences(docstring, parts=slice(1, 2))
    assert section(text, "What it returns").startswith(returned(docstring))


@pytest.fixture
def example(repository: Path, tmp_path: Path) -> Example:
    """Host whose one registered plug-in is the module of a page's example."""

    def load(hook: str) -> PluginHost:
        path = tmp_path / "plugin.py"
        path.write_text(code(page(repository, hook), "plugin.py"), encoding="utf-8")
        spec = importlib.util.spec_from_file_location(f"example_of_{hook}", path)
        assert spec is not None
        assert spec.loader is not None
        module: ModuleType = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        project = hook.split("_register_")[0]
        builtins = {"powergrid": ("powergrid.setups.plugin",), "heron": ("heron.messaging.plugin",)}[project]
        host = PluginHost(project, SPECS[hook], entry_point_group="nobody", builtins=builtins)
        host.register(module, name=hook)
        return host

    return load


def only(registry: Registry[Any], hook: str) -> Any:
    (name,) = [name for name in registry if registry.origin(name).name == hook]
    return registry[name]


def test_the_device_of_the_example_limits_its_power(example: Example) -> None:
    from powergrid.config import build_parameters
    from powergrid.plant.device import Block, DeviceInputs

    hook = "powergrid_register_devices"
    kind = only(plugins.device_registry(host=example(hook)), hook)
    boiler = kind.stack([build_parameters(kind, {"p_rated_MW": 2}, "boiler")])
    setpoint = Block({"p_mw": np.array([[-1.0, -3.0, 1.0]])})
    outputs = boiler.advance(DeviceInputs(Block({}), setpoint, Block({}), 0.5))
    assert outputs.p_mw.tolist() == [[-1.0, -2.0, 0.0]]
    # 1 MW for half an hour at 40 USD/MWh saves 20 USD, 2 MW save 40
    assert outputs.cost_usd.tolist() == [[-20.0, -40.0, 0.0]]
    assert outputs.limited["p_mw"].tolist() == [[False, True, True]]
    with pytest.raises(ConfigError, match=r"boiler: p_rated_mw must not be negative, not -1\.0"):
        build_parameters(kind, {"p_rated_mw": -1}, "boiler")


def test_the_network_of_the_example_converges(example: Example) -> None:
    import pandapower

    hook = "powergrid_register_networks"
    net = only(plugins.network_registry(host=example(hook)), hook)("MG9", load_scale=2.0)
    pandapower.runpp(net)
    # 1.0 MW + 0.4 Mvar over 0.2 + 0.4j ohm at 4.16 kV: (1.0 * 0.2 + 0.4 * 0.4) / 4.16^2 = 2.1 % drop
    assert net.res_bus.vm_pu.iloc[1] == pytest.approx(0.979, abs=2e-3)
    assert set(net.bus.zone) == {"MG9"}


def test_the_data_set_of_the_example_has_its_columns(example: Example) -> None:
    hook = "powergrid_register_datasets"
    table = only(plugins.dataset_registry(host=example(hook)), hook)()
    assert table.columns == ("load/TOWN", "solar/TOWN", "price/TOWN")
    assert table.column("solar/TOWN")[:7].tolist() == [0.0] * 7  # no sun from 0 to 6 o'clock


def test_the_setup_of_the_example_names_its_folder(example: Example, tmp_path: Path) -> None:
    hook = "powergrid_register_setups"
    assert only(plugins.setup_registry(host=example(hook)), hook) == tmp_path / "setups" / "village"


def test_the_setup_file_of_the_example_can_be_read(repository: Path, tmp_path: Path) -> None:
    from powergrid.config import read_config
    from powergrid.setups import load_setup

    (text,) = re.findall(r"^```yaml\n(.*?)^```$", page(repository, "powergrid_register_setups"), re.M | re.S)
    (tmp_path / "setup.yaml").write_text(text)
    assert read_config(load_setup(tmp_path)).microgrid_configs[0].name == "Village"


def test_the_solver_of_the_example_is_found(example: Example) -> None:
    hook = "powergrid_register_solvers"
    registry = plugins.solver_registry(host=example(hook))
    assert only(registry, hook).__name__ == "counting"
    assert {"fixed_point", "pandapower"} < set(registry)


def test_the_trainer_of_the_example_writes_into_its_folder(example: Example, tmp_path: Path) -> None:
    hook = "powergrid_register_trainers"
    train = only(plugins.trainer_registry(host=example(hook)), hook)
    report = train({"env_id": "town"}, folder=tmp_path / "run")
    assert report.read_text(encoding="utf-8") == "town: nothing was learned\n"


def test_the_policy_of_the_example_is_made(example: Example) -> None:
    from heron.core import Policy

    hook = "powergrid_register_policies"
    assert isinstance(only(plugins.policy_registry(host=example(hook)), hook)(None, "MG1"), Policy)


def test_the_benchmark_of_the_example_is_measured(example: Example) -> None:
    from powergrid.bench import Comparison, Settings

    hook = "powergrid_register_benchmarks"
    benchmark = only(plugins.benchmark_registry(host=example(hook)), hook)
    (comparison,) = benchmark(Settings(quick=True))
    assert isinstance(comparison, Comparison)
    assert comparison.title == "sorting 1,000 numbers"
    assert [(case.name, case.count) for case in comparison.cases] == [("numpy", 1000), ("Python", 1000)]
    # both sort the same numbers
    assert comparison.cases[0].run().tolist() == comparison.cases[1].run()


def test_the_command_of_the_example_runs(example: Example) -> None:
    hook = "powergrid_register_commands"
    app = only(plugins.command_registry(host=example(hook)), hook)
    assert CliRunner().invoke(app, ["Ada"]).output == "Good day, Ada.\n"


def test_the_broker_of_the_example_logs_what_it_delivers(example: Example) -> None:
    hook = "heron_register_brokers"
    registry = messaging.broker_registry(host=example(hook))
    assert set(registry) == {"in_memory", "recording"}
    broker = only(registry, hook)()
    broker.connect(["a", "b"])
    sent = broker.send("a", "b", {"level": np.array([1.0])}, now_ns=3)
    assert broker.log == []
    broker.collect("b", now_ns=3)
    assert broker.log == [sent.as_plain()]

"""What can be had without PyTorch and Ray, and what is said when they are missing."""

from __future__ import annotations

import subprocess
import sys

BLOCKED = "import sys; sys.modules['torch'] = None; sys.modules['ray'] = None\n"


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120)


def test_plugin_commands_and_trained_policies_need_neither() -> None:
    program = BLOCKED + (
        "import powergrid_rl.plugin as plugin, powergrid_rl.cli_train, powergrid_rl.training\n"
        "assert set(plugin.powergrid_register_trainers()) == {'mappo', 'ippo', 'mappo-fast'}\n"
        "assert 'train' in plugin.powergrid_register_commands()\n"
        "from powergrid_rl.training import load_policy\n"
    )
    done = run(program)
    assert done.returncode == 0, done.stderr


def test_the_plugin_and_the_command_load_nothing_heavy() -> None:
    program = (
        "import sys\nimport powergrid_rl.plugin, powergrid_rl.cli_train\n"
        "heavy = {'torch', 'ray', 'pandapower', 'numba', 'matplotlib', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = run(program)
    assert done.returncode == 0, done.stderr


def test_training_without_them_names_the_extra() -> None:
    program = BLOCKED + (
        "from powergrid_rl.training import MissingExtraError, train\n"
        "try:\n    train({}, folder='unused')\n"
        "except MissingExtraError as error:\n    print(error)\n"
    )
    done = run(program)
    assert 'pip install "powergrid-rl[rllib]"' in done.stdout, done.stderr


def test_training_in_one_file_without_torch_names_its_own_extra() -> None:
    program = BLOCKED + (
        "from powergrid_rl.training import Algorithm, MissingExtraError, TrainingSettings, train\n"
        "settings = TrainingSettings(algorithm=Algorithm.MAPPO_FAST)\n"
        "try:\n    train({}, folder='unused', settings=settings)\n"
        "except MissingExtraError as error:\n    print(error)\n"
    )
    done = run(program)
    assert 'pip install "powergrid-rl[torch]"' in done.stdout, done.stderr
    assert "ray" not in done.stdout.lower()


def test_training_in_one_file_does_without_ray() -> None:
    program = "import sys; sys.modules['ray'] = None\n" + (
        "import importlib.util\n"
        "if importlib.util.find_spec('torch') is not None:\n"
        "    import powergrid_rl.fast.session, powergrid_rl.fast.mappo_fast\n"
    )
    done = run(program)
    assert done.returncode == 0, done.stderr


def test_one_thread_is_asked_for_before_torch_is_loaded() -> None:
    program = (
        "import os, sys\nos.environ.pop('OMP_NUM_THREADS', None)\n"
        "import types; sys.modules['ray'] = types.ModuleType('ray'); sys.modules['ray.rllib'] = types.ModuleType('r')\n"
        "from powergrid_rl.training.requirements import require_rllib\n"
        "import importlib.abc\n"
        "class Watch(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'torch': print('threads', os.environ.get('OMP_NUM_THREADS')); raise ImportError('stop')\n"
        "sys.meta_path.insert(0, Watch())\n"
        "try:\n    require_rllib()\nexcept ImportError:\n    pass\n"
    )
    assert "threads 1" in run(program).stdout

"""The toy world is a module beside these tests; Ray is started once for all of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = str(Path(__file__).resolve().parent)
sys.path.insert(0, HERE)
pytest.importorskip("torch", reason="the extra rllib is not installed")
pytest.importorskip("ray.rllib", reason="the extra rllib is not installed")


@pytest.fixture(scope="session", autouse=True)
def ray_session() -> Iterator[None]:
    import ray

    from powergrid_rl.rllib.session import start_ray

    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [HERE, before]))  # Ray's other processes import toy too
    start_ray(n_worker=1)
    yield
    ray.shutdown()
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before

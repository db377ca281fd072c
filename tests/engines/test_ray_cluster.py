"""A cluster of two machines, on one: it is joined, and one of them is lost."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from functools import partial

import pytest
import ray_tasks

from paser_core.engines.engine import Workers

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="Ray has clusters of one machine there"
)


@pytest.fixture(scope="module")
def cluster():
    """A head with a GPU that is not there, and a second machine."""
    from ray.cluster_utils import Cluster

    from paser_core.engines import ray_session

    nodes = []
    with contextlib.ExitStack() as stack:
        # The machines of a cluster have what is installed there; Ray's own path is not carried to them.
        installed = {"PYTHONPATH": os.pathsep.join(sys.path)}
        with ray_session._as_before(ray_session._quiet() | installed):
            made = Cluster(
                initialize_head=True,
                head_node_args={"num_cpus": 1, "num_gpus": 1, "include_dashboard": False},
            )
            stack.callback(made.shutdown)
            nodes.append(made.add_node(num_cpus=1))
            made.wait_for_nodes()
        yield made, nodes[0]


def test_a_task_that_wants_a_gpu_gets_a_worker_for_each(cluster):
    from paser_core.engines.ray import RayEngine

    with RayEngine(Workers(cluster[0].address)) as engine:
        seen = set(engine.map(ray_tasks.gpus, range(4), gpu=True))
        assert {devices for _, devices in seen} == {"0"}
        assert len(seen) == 1  # there is one GPU, and two processors
        assert {devices for _, devices in engine.map(ray_tasks.gpus, range(4))} <= {"", None}
    assert not ray.is_initialized()


def test_a_lost_machine_costs_the_shard_under_way(cluster, tmp_path):
    from paser_core.engines.ray import RayEngine

    made, second = cluster
    with RayEngine(Workers(made.address, count=2)) as engine:
        until = time.monotonic() + 30
        while len({pid for pid, _ in engine.map(ray_tasks.gpus, range(4))}) < 2:
            assert time.monotonic() < until
        results = engine.map(partial(ray_tasks.slow, tmp_path), range(12))
        assert [next(results), next(results)] == [0, 1]
        made.remove_node(second, allow_graceful=False)
        assert list(results) == list(range(2, 12))
    again = [n for n in range(12) if len(ray_tasks.makers(tmp_path, n)) > 1]
    assert len(again) <= 1

"""Ray itself: started on this machine for a while, or joined where it runs.

A Ray of ours is quiet: it reports to nobody, asks no cloud who it is, opens no dashboard, and writes
nothing to the terminal. The processes that it starts look outside through a proxy that is not there,
because switching its report off does not keep it from asking; the workers have the proxies of the user.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from paser_core import __version__
from paser_core.engines.engine import Workers
from paser_core.errors import EngineError, PaserError, first_line

LOCAL = "local"  # the address of a Ray of ours

_ROOT = Path(__file__).resolve().parents[2]
_ANSWER = 10.0  # seconds that a cluster has to answer
_NOWHERE = "http://127.0.0.1:9"  # the port of discard: nobody listens there
_PROXIES = ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
_PASSED_BY = ("no_proxy", "NO_PROXY")
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
# What a worker must have as the process that asks has it, wherever it runs.
_CARRIED = (
    "HF_HUB_OFFLINE",
    "HF_DATASETS_OFFLINE",
    "HF_HUB_DISABLE_TELEMETRY",
    "OMP_WAIT_POLICY",
    "TOKENIZERS_PARALLELISM",
)


def carried(address: str) -> dict[str, str | None]:
    """What the environment of a worker has to have, as it is here; None: it must not be there."""
    names = (*_CARRIED, *_PROXIES, *_PASSED_BY) if address == LOCAL else _CARRIED
    return {name: os.environ.get(name) for name in names}


def settle(environment: Mapping[str, str | None], path: list[str] | None, threads: int) -> None:
    """Make a process of Ray one of ours, before it does anything.

    Args:
        environment: of :func:`carried`.
        path: where modules are looked for; None: where they are there.
        threads: of libraries, which read it when they are imported.
    """
    if path is not None:
        sys.path[:] = path
    for name, value in environment.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    os.environ.update(dict.fromkeys(_THREADS, str(threads)))


def path_of(address: str) -> list[str] | None:
    """Where workers look for modules.

    Ray adds the current folder, and nothing beside the user's data is ever imported: on this machine it is
    where this process looks for them.
    """
    return [*sys.path] if address == LOCAL else None


def travelling(error: PaserError) -> PaserError:
    """An error that can be pickled: itself, or its words."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - classes make themselves anew as they like
        return PaserError(str(error))
    return error


def other_version(version: str) -> EngineError:
    """Said where a machine of the cluster would make something else."""
    return EngineError(
        f"A machine of Ray has paser-workbench {version}, and this is {__version__}. Install the "
        "same version on every machine of the cluster."
    )


def library() -> Any:
    """Ray.

    Raises:
        EngineError: it is not installed, or cannot be imported.
    """
    try:
        import ray
    except ImportError as error:
        raise EngineError(
            f"engine is ray, and Ray cannot be imported ({first_line(error)}). Install it with "
            '`pip install -e ".[ray]"` in the clone, or set engine to local.'
        ) from error
    return ray


@contextlib.contextmanager
def session(ray: Any, asked: Workers) -> Iterator[None]:
    """Ray while there is work: one of ours, or a cluster that is joined.

    Raises:
        EngineError: it cannot be started, or there is none at that address.
    """
    local = asked.address == LOCAL
    folder = Path(tempfile.mkdtemp(prefix="paser-ray-", dir=_short_folder())) if local else None
    more: dict[str, Any] = {}
    if local:
        more = {
            "num_cpus": max(_processors(), (asked.count or 1) * asked.threads),
            "include_dashboard": False,
            "_temp_dir": str(folder),
        }
    try:
        with _as_before(_quiet() if local else {"RAY_USAGE_STATS_ENABLED": "0"}):
            try:
                _knock(asked.address)
                ray.init(
                    address=asked.address, log_to_driver=False, logging_level=logging.ERROR, **more
                )
            except (ConnectionError, RuntimeError, ValueError, OSError, TimeoutError) as error:
                raise EngineError(
                    f"engine.address is {asked.address!r}, and Ray cannot be had there: "
                    f"{first_line(error).rstrip('.')}. Start one (ray start --head), give its address, "
                    "or leave it at local."
                ) from error
        try:
            yield
        finally:
            ray.shutdown()
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _knock(address: str) -> None:
    """See that somebody listens at ``host:port``: Ray would try for minutes, and write to the terminal.

    Raises:
        OSError: nobody does.
    """
    host, colon, port = address.rpartition(":")
    if colon and port.isdigit() and "/" not in host:
        socket.create_connection((host.strip("[]"), int(port)), _ANSWER).close()


def _quiet() -> dict[str, str]:
    """The environment of the processes of a Ray of ours."""
    paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
    return {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_USAGE_STATS_REPORT_URL": _NOWHERE,  # it reports that it shall not report
        **dict.fromkeys(_PROXIES, _NOWHERE),  # it asks three clouds whether this is one of them
        **dict.fromkeys(_PASSED_BY, "localhost,127.0.0.1"),
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",  # as it is; said, so that it does not warn
        "PYTHONPATH": os.pathsep.join(p for p in paths if p),  # this package is the one they import
    }


@contextlib.contextmanager
def _as_before(environment: dict[str, str]) -> Iterator[None]:
    """Set variables for those who are started within; they and what Ray does to signals are put back."""
    before = {name: os.environ.get(name) for name in environment}
    mine = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGTERM)
    os.environ.update(environment)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if mine and handler is not None:
            signal.signal(signal.SIGTERM, handler)


def _short_folder() -> str:
    """Where Ray's sockets lie: the path of one must not have more than about 100 characters."""
    told = os.environ.get("RAY_TMPDIR")
    if told:
        return told
    short = "/tmp"
    able = sys.platform != "win32" and os.access(short, os.W_OK)
    return short if able else tempfile.gettempdir()


def _processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

"""A PostgreSQL server for the tests: the one that is named, else a throwaway one of our own.

``PASER_TEST_POSTGRES_URL`` names a server that the tests may use, e.g.
``postgresql://me:secret@127.0.0.1/postgres``. Without it a server is started from the programs that
``scripts/ensure_postgres.sh`` installs: a temporary folder, a free port of this machine, a password of
its own. ``REQUIRE_POSTGRES=1`` makes a missing one an error, as in continuous integration.
"""

from __future__ import annotations

import atexit
import functools
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

USER = "paser"
_ABSENT = (
    "no PostgreSQL is installed; run scripts/ensure_postgres.sh (Debian: apt-get install postgresql), "
    "or set PASER_TEST_POSTGRES_URL"
)


def server_url() -> str:
    """The URL of a server on which the tests may do anything; skips where there is none."""
    url = _server()
    if url is None:
        if os.environ.get("REQUIRE_POSTGRES") == "1":
            pytest.fail(_ABSENT, pytrace=False)
        pytest.skip(_ABSENT)
    return url


@functools.cache
def _server() -> str | None:
    """One for all tests of a process."""
    given = os.environ.get("PASER_TEST_POSTGRES_URL")
    if given:
        return given
    programs = _programs()
    return None if programs is None else _start(programs)


def _programs() -> Path | None:
    """The folder with ``initdb`` and ``pg_ctl``: Debian keeps it outside the PATH."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3])
    )
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return None if on_path is None else Path(on_path).resolve().parent


def _start(programs: Path) -> str:
    folder = Path(tempfile.mkdtemp(prefix="paser-postgres-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    user = _somebody()
    data, word = folder / "data", folder / "password"
    password = secrets.token_hex(16)
    word.write_text(password)
    if user:
        for path in (folder, word):
            shutil.chown(path, user["user"])

    def call(*command: str) -> None:
        log = folder / "output"
        with log.open("w") as output:
            done = subprocess.run(
                [str(programs / command[0]), *command[1:]],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd=folder,
                timeout=120,
                check=False,
                **user,
            )
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {log.read_text()}")

    call(
        "initdb",
        *("--pgdata", str(data), "--username", USER, "--pwfile", str(word)),
        *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Nothing of it has to outlive the tests: no waiting for the disk.
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} "
        "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
    )
    atexit.register(call, "pg_ctl", "stop", "-D", str(data), "-m", "immediate")
    call("pg_ctl", "start", "-w", "-D", str(data), "-l", str(folder / "log"), "-o", options)
    return f"postgresql://{USER}:{password}@127.0.0.1:{port}/postgres"


def _somebody() -> dict[str, Any]:
    """Whom the server runs as: it rejects root, so root lends it a user without rights."""
    if os.geteuid() != 0:
        return {}
    names = [entry.pw_name for entry in pwd.getpwall()]
    name = next(name for name in ("postgres", "nobody") if name in names)
    return {"user": name, "group": pwd.getpwnam(name).pw_gid, "extra_groups": []}

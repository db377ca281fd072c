"""``paser serve``: the dashboard on this machine."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from paser_core.cli.terminal import say
from paser_core.workspace import paths

if TYPE_CHECKING:
    from paser_core.cli.terminal import Commands


def add_to(commands: Commands) -> None:
    """Its options."""
    serve = commands.add_parser("serve", help="open the dashboard")
    serve.add_argument(
        "places",
        type=Path,
        nargs="+",
        metavar="RUN_OR_FOLDER",
        help="runs, studies, or folders of them; new runs go into the first folder, or into ./runs",
    )
    serve.add_argument("--port", type=int, default=8501)
    serve.add_argument("--address", default="127.0.0.1", help="default: this machine only")
    serve.add_argument("--no-browser", action="store_true", help="do not open a browser")
    serve.set_defaults(command=_serve)


def _serve(parsed: argparse.Namespace) -> int:
    from paser_core.errors import ConfigError, RunError
    from paser_core.runs import default_new_runs_folder, discover
    from paser_core.study.discovery import is_study, studies_at

    started_in = Path.cwd()
    places = [place.expanduser().resolve() for place in parsed.places]
    _check_places(places)
    new_runs = default_new_runs_folder([p for p in places if not is_study(p)], started_in)
    if not any(discover(place) or studies_at(place) for place in places):
        say(f"There is no run yet. The page New run makes one in {new_runs}.")
    # Found, not imported: importing it would run the page.
    spec = importlib.util.find_spec("streamlit_app")
    if spec is None or spec.origin is None:
        raise RunError(
            "The dashboard is not installed: there is no streamlit_app module. Install the project "
            "with `pip install -e .`, or start this from its root."
        )
    app = Path(spec.origin).resolve()
    taken = _taken(parsed.address, parsed.port)
    if taken is not None:
        raise ConfigError(
            f"--address {parsed.address} --port {parsed.port} cannot be used ({taken}). Choose "
            "another port, e.g. --port 8502."
        )
    hosts = ["127.0.0.1", "localhost", parsed.address]
    options = [
        # Also where .streamlit/config.toml did not come along, as in an installed package.
        "--browser.gatherUsageStats=false",
        "--client.showErrorDetails=none",
        f"--server.address={parsed.address}",
        f"--server.port={parsed.port}",
        f"--server.headless={'true' if parsed.no_browser or not _has_screen() else 'false'}",
        *(f"--server.allowedHosts={host}" for host in dict.fromkeys(hosts) if host != "0.0.0.0"),
    ]
    if parsed.address == "0.0.0.0":
        options = [o for o in options if "allowedHosts" not in o]
    command = [sys.executable, "-m", "dashboard", str(app), *options]
    os.environ["PASER_RUNS"] = os.pathsep.join(map(str, places))
    os.environ["PASER_NEW_RUNS"] = str(new_runs)
    os.environ["PASER_STARTED_IN"] = str(started_in)  # relative paths on a page start there
    # Streamlit reads .streamlit/config.toml from the current directory: start it beside the app.
    os.chdir(app.parent)
    os.execv(sys.executable, command)


def _check_places(places: Sequence[Path]) -> None:
    """Every place is a folder. One that does not exist is for new runs, unless all are missing."""
    from paser_core.errors import RunError

    for place in places:
        if paths.is_file(place):
            raise RunError(f"{place} is a file. Give a run folder, or a folder of runs.")
        if os.pathsep in str(place):
            raise RunError(
                f"{place}: a folder with '{os.pathsep}' in its name cannot be served. Rename it."
            )
    if not any(paths.is_folder(place) for place in places):
        raise RunError(
            f"{places[0]}: there is no such folder. Give a run or a folder of runs; make a run with: "
            "paser run CONFIG --out RUN"
        )


def _taken(address: str, port: int) -> str | None:
    """Why the dashboard cannot listen there; None if it can."""
    import socket

    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the server does: a port that was left a moment ago is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except (OSError, OverflowError) as error:
            return getattr(error, "strerror", None) or str(error)
    return None


def _has_screen() -> bool:
    return sys.platform != "linux" or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )

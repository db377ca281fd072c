"""``paser``: make runs, select from them, show them.

Exit codes: 0 done, 2 a user's mistake (one message, no traceback), 1 a defect (with traceback),
130 interrupted (start the same command again; it resumes).
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paser_core import __version__
from paser_core.errors import PaserError

if TYPE_CHECKING:
    from paser_core.config import RunConfig
    from paser_core.pipeline import Loaders

_ENVIRONMENT = {
    "OMP_WAIT_POLICY": "passive",  # threads that spin while they wait slow a busy machine tenfold
    "TOKENIZERS_PARALLELISM": "false",  # its threads and ours would fight for the same cores
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",  # a run shows one bar, its own
}
EXIT_DONE, EXIT_DEFECT, EXIT_MISTAKE, EXIT_INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the console script; returns the exit code."""
    parsed = _parser().parse_args(arguments)
    # Before torch and the tokenizers are imported; a value that is set already is respected.
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    try:
        return int(parsed.command(parsed))
    except PaserError as error:
        print(f"paser: {error}", file=sys.stderr)  # noqa: T201
        return EXIT_MISTAKE
    except KeyboardInterrupt:
        print("paser: interrupted; the same command resumes.", file=sys.stderr)  # noqa: T201
        return EXIT_INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="paser",
        description="Select recovery data for compressed language models, and question the answer.",
    )
    parser.add_argument("--version", action="version", version=f"paser {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="make a run, or resume an unfinished one")
    run.add_argument("config", type=Path, metavar="CONFIG", help="YAML file")
    run.add_argument("--out", type=Path, required=True, metavar="RUN", help="run folder")
    run.add_argument(
        "--set", action="append", default=[], metavar="a.b=c", help="override a field of the config"
    )
    run.set_defaults(command=_run)

    select = commands.add_parser("select", help="select from a finished run and export")
    select.add_argument("run", type=Path, nargs="?", metavar="RUN", help="run folder")
    select.add_argument("--config", type=Path, help="selection.yaml of an export: makes it again")
    select.add_argument(
        "--budget", type=float, help="below 1 a fraction of all samples, else a count"
    )
    select.add_argument("--temperature", type=float, help="0.25 to 4")
    select.add_argument("--allocation", help="sainte-lague or paper")
    select.add_argument("--order", help="interleaved or clusterwise")
    select.add_argument("--format", help="alpaca, messages, prompt-completion or sharegpt")
    select.add_argument("--out", type=Path, required=True, metavar="DIR", help="export folder")
    select.set_defaults(command=_select)

    serve = commands.add_parser("serve", help="open the dashboard")
    serve.add_argument(
        "runs", type=Path, metavar="RUN_OR_FOLDER", help="a run, or a folder of runs"
    )
    serve.add_argument("--port", type=int, default=8501)
    serve.add_argument("--address", default="127.0.0.1", help="default: this machine only")
    serve.add_argument("--no-browser", action="store_true", help="do not open a browser")
    serve.set_defaults(command=_serve)
    return parser


def _run(parsed: argparse.Namespace) -> int:
    from paser_core.config import load_config
    from paser_core.pipeline import run_pipeline

    config = load_config(parsed.config, parsed.set)
    _stay_offline(config)
    bar = _Bar()
    try:
        finished = run_pipeline(config, parsed.out, _loaders(config), bar)
    finally:
        bar.close()
    clusters = len(finished.clusters)
    _say(f"{parsed.out}: {finished.n:,} samples in {clusters} clusters. Look at it with:")
    _say(f"  paser serve {parsed.out}")
    if not finished.has_models:
        _say("No models were given, so no damage was measured. Add them and run again to continue:")
        _say(
            f"  paser run {parsed.config} --out {parsed.out} "
            "--set models.original=… --set models.compressed=…"
        )
    return EXIT_DONE


def _loaders(config: RunConfig) -> Loaders:
    from paser_core.pipeline import Loaders

    def encoder() -> Any:
        from paser_core.backends.sentence_encoder import load_encoder

        return load_encoder(config.embedding)

    def models() -> Any:
        from paser_core.backends.transformers_lm import load_pair

        return load_pair(config.models)

    def fingerprint(name: str) -> str | None:
        from paser_core.backends.checkpoint import fingerprint_of
        from paser_core.backends.sentence_encoder import BUNDLED, bundled_folder

        return fingerprint_of(str(bundled_folder()) if name == BUNDLED else name)

    return Loaders(encoder, models, fingerprint)


def _stay_offline(config: RunConfig) -> None:
    """Keep the libraries from looking names up on the hub when everything is on this machine."""
    names = (config.data.path, config.models.original, config.models.compressed)
    if all(name is None or Path(name).expanduser().exists() for name in names):
        os.environ.setdefault("HF_DATASETS_OFFLINE", "1")
        bundled = config.embedding.model == type(config.embedding)().model
        if bundled or config.embedding.precomputed or Path(config.embedding.model).exists():
            os.environ.setdefault("HF_HUB_OFFLINE", "1")


def _select(parsed: argparse.Namespace) -> int:
    from dataclasses import replace

    from paser_core.answer import select_from_run
    from paser_core.config import SelectionConfig, parse_section, to_tree
    from paser_core.errors import ConfigError
    from paser_core.export import Recipe, load_recipe, write_export
    from paser_core.export.recipe import parse_format
    from paser_core.run import Run

    if (parsed.run is None) == (parsed.config is None):
        raise ConfigError("Name a run folder, or a selection.yaml with --config: one of the two.")
    given = {
        name: value
        for name in ("budget", "temperature", "allocation", "order")
        if (value := getattr(parsed, name)) is not None
    }
    if parsed.config is not None:
        recipe = load_recipe(parsed.config)
        run = Run.open(Path(recipe.run))
        recipe.check(run)
    else:
        run = Run.open(parsed.run)
        recipe = Recipe(str(parsed.run), run.fingerprint, run.config.selection, run.config.concepts)
    knobs = parse_section(SelectionConfig, to_tree(recipe.selection) | given, "selection")
    recipe = replace(recipe, selection=knobs)
    if parsed.format is not None:
        recipe = replace(recipe, export_format=parse_format(parsed.format))
    selection = select_from_run(run, recipe.selection, recipe.overrides(run), recipe.concepts)
    for warning in selection.warnings:
        _say(f"Note: {warning}")
    summary = write_export(run, selection, recipe, parsed.out)
    _say(f"{parsed.out}: {selection.n_selected:,} of {run.n:,} samples.")
    for check in summary.checks:
        _say(f"  checked: {check}")
    return EXIT_DONE


def _serve(parsed: argparse.Namespace) -> int:
    from paser_core.errors import ConfigError, RunError
    from paser_core.run import discover

    if not discover(parsed.runs):
        raise RunError(
            f"{parsed.runs}: there is no run here. Make one with: paser run CONFIG --out RUN"
        )
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
        f"--server.address={parsed.address}",
        f"--server.port={parsed.port}",
        f"--server.headless={'true' if parsed.no_browser or not _has_screen() else 'false'}",
        *(f"--server.allowedHosts={host}" for host in dict.fromkeys(hosts) if host != "0.0.0.0"),
    ]
    if parsed.address == "0.0.0.0":
        options = [o for o in options if "allowedHosts" not in o]
    command = [sys.executable, "-m", "streamlit", "run", str(app), *options]
    os.environ["PASER_RUNS"] = str(parsed.runs.resolve())
    # Streamlit reads .streamlit/config.toml from the current directory: start it beside the app.
    os.chdir(app.parent)
    os.execv(sys.executable, command)


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


def _say(text: str) -> None:
    print(text)  # noqa: T201


class _Bar:
    """Progress on a terminal; a line per stage elsewhere."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __call__(self, event: dict[str, Any]) -> None:
        kind, stage = event["event"], event.get("stage", "")
        if kind == "stage_reused":
            _say(f"{stage}: already done")
        elif kind == "stage_finished":
            self.close()
            _say(f"{stage}: {event['seconds']:.1f} s")
        elif kind == "progress" and sys.stderr.isatty():
            from tqdm import tqdm

            if self._bar is None:
                self._bar = tqdm(total=event["total"], desc=stage, leave=False)
            self._bar.total = event["total"]
            self._bar.update(event["done"] - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


if __name__ == "__main__":
    sys.exit(main())

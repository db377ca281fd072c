"""What the tests of the pipeline share: the stages, what events say of them, changed configs."""

from __future__ import annotations

from pathlib import Path

from paser_core.config import RunConfig, parse_config, to_tree
from paser_core.measure import plan
from paser_core.workspace.events import read_events

STAGES = [stage.name for stage in plan.STAGES]


def changed(config: RunConfig, **sections: object) -> RunConfig:
    """The config with these fields of these sections, or these values, instead."""
    tree = to_tree(config)
    for section, fields in sections.items():
        if isinstance(fields, dict):
            tree[section].update(fields)
        else:
            tree[section] = fields
    return parse_config(tree)


def events(run: Path, kind: str) -> list[str]:
    """The stages that the events of this kind name, in order."""
    return [e["stage"] for e in read_events(run) if e["event"] == kind]

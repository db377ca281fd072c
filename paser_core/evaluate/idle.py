"""Settings that were changed and that no task of an evaluation looks at: said before the work."""

from __future__ import annotations

from collections.abc import Iterable

from paser_core.evaluate.settings import EvaluateConfig
from paser_core.evaluate.task import Asked
from paser_core.notices import Notice
from paser_core.text import either, listed

_OF_DRAWING = frozenset({"temperature", "top_p", "seed"})
# Looked at by some tasks and not by others; what is not here counts for every task.
OF_SOME = _OF_DRAWING | {"answer_tokens", "samples", "context", "program_seconds"}


def idle_settings(asked: Iterable[Asked], config: EvaluateConfig) -> tuple[Notice, ...]:
    """A notice of them; none where a task of a package does not say what it looks at.

    Args:
        asked: the tasks.
        config: the settings.
    """
    uses = [(one.spec, one.task.uses) for one in asked]
    if any(names is None for _, names in uses):
        return ()
    usual = EvaluateConfig()
    changed = [n for n in sorted(OF_SOME) if getattr(config, n) != getattr(usual, n)]
    used = frozenset().union(*(names or () for _, names in uses))
    told = []
    if idle := [name for name in changed if name not in used]:
        text = (
            f"{listed(idle)} {either(len(idle), 'has', 'have')} no effect: "
            f"{listed([spec for spec, _ in uses])} {either(len(uses), 'does', 'do')} not look at "
            f"{either(len(idle), 'it', 'them')}."
        )
        told.append(Notice("idle-settings", text))
    drawn = [n for n in changed if n in used and n in _OF_DRAWING]
    if "samples" in used and config.samples == 1:
        # The harness draws its examples with the seed.
        harness = any(
            "seed" in (names or ()) and "samples" not in (names or ()) for _, names in uses
        )
        drawn = [name for name in drawn if name != "seed" or not harness]
        if drawn:
            text = (
                f"{listed(drawn)} {either(len(drawn), 'has', 'have')} no effect: samples is 1, and a "
                "single answer is greedy, not drawn."
            )
            told.append(Notice("idle-settings", text))
    return tuple(told)

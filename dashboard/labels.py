"""The words and numbers on the screen. Plain text only: nothing here is Markdown or HTML."""

from __future__ import annotations

import math
from collections.abc import Sequence

from paser_core.config import AllocationRule, Order, SelectionConfig
from paser_core.selection import Status
from paser_core.selection.measures import measure_short, measure_told
from paser_core.text import count as count
from paser_core.text import damage as damage
from paser_core.text import either as either
from paser_core.text import excerpt as excerpt

# The same in the report.
from paser_core.text import listed as listed
from paser_core.text import plural as plural
from paser_core.text import score as score
from paser_core.text import seconds as seconds
from paser_core.text import share as share
from paser_core.text import size as size
from paser_core.text import some_of as some_of

STATUS_LABELS: dict[Status, str] = {
    Status.SELECTED: "Selected",
    Status.CONFLICT: "Rejected (conflict)",
    Status.OVER_BUDGET: "Over budget",
    Status.INVALID: "Invalid",
    Status.FORCED_IN: "Forced in",
    Status.FORCED_OUT: "Forced out",
}

HELP_CDS = (
    "Capability degradation score: how far the compressed model's next-token distribution has "
    "moved from the original's, averaged over the cluster. 0: the same, 1: nothing in common."
)
HELP_ACCEPTANCE = (
    "Of the samples whose turn came, the share that the concept consistency graph let through."
)
HELP_IES = "Efficiency score: divergence / ln(cost), cost = (prompt + response tokens) squared."


def measured_by(knobs: SelectionConfig) -> str:
    """What damage is, where it is not the paper's: one sentence for the top of a page; else empty."""
    if knobs.tempered:
        return ""
    return (
        f"Damage is the {measure_told(knobs)}, not the paper's divergence. CDS, IES, shares of the damage "
        "and the selection follow it."
    )


def cds_title(knobs: SelectionConfig) -> str:
    """What CDS is called on an axis."""
    return "CDS" if knobs.tempered else f"CDS ({measure_short(knobs)})"


def damage_word(knobs: SelectionConfig) -> str:
    """What the damage of a sample is called in a sentence."""
    return "divergence" if knobs.tempered else "damage"


def damage_title(knobs: SelectionConfig) -> str:
    """What the damage of a sample is called on an axis."""
    return "Divergence" if knobs.tempered else capital(measure_short(knobs))


def capital(text: str) -> str:
    """A text that begins with a capital."""
    return f"{text[:1].upper()}{text[1:]}"


CLUSTERED_ANEW = (
    "People have put clusters of this run right. Clustering again knows nothing of that, so what they "
    "changed is part of what differs then."
)
NO_MODELS_TITLE = "This run has no models yet"
NO_MODELS_TEXT = (
    "It stops after the clusters: the map, the clusters and the concepts are here, but nothing was "
    "measured about damage. On the page New run, press “Add models” "
    "beside this run. From a shell: name both models in the config (models.original and "
    "models.compressed) and start `paser run` on the same folder again. Either way, only the missing "
    "stages run."
)
NO_SELECTOR_TEXT = (
    "Until then, selectors that need no models can select from it: choose one in the side bar."
)


def missed_run(asked: str, shown: str, *, unfinished: bool) -> str:
    """Why another run is shown than the one that the address asks for."""
    why = "is not finished" if unfinished else "is not served here"
    return (
        f"The address asks for the run {excerpt(asked, 80)}, which {why}; this is the run {shown}."
    )


def fine_share(part: float, whole: float) -> str:
    """A share that may be small: ``(9, 4178)`` → ``0.22 %``."""
    return f"{100 * part / whole:.2f} %" if whole else "–"


def fine(value: float) -> str:
    """A divergence or IES of one sample, which is often small, with four decimals."""
    return "–" if math.isnan(value) else f"{value:.4f}"


def together(text: str) -> str:
    """Text whose percent signs stay on the line of their number."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def plain(text: str) -> str:
    """Text that Markdown leaves alone: for the few places that know nothing else."""
    for sign in "\\`*_[]<>$#:~&!|+-.":
        text = text.replace(sign, f"\\{sign}")
    return text


def listing(items: Sequence[str], most: int = 3) -> str:
    """``a, b, c and 4 more``."""
    shown = list(items[:most])
    rest = len(items) - len(shown)
    if rest:
        return ", ".join(shown) + f" and {rest:,} more"
    return listed(shown)


RULES = {
    AllocationRule.SAINTE_LAGUE: "Sainte-Laguë (nested)",
    AllocationRule.PAPER: "Floor (the paper's letter)",
}
ORDERS = {
    Order.INTERLEAVED: "Interleaved (nested)",
    Order.CLUSTERWISE: "Cluster after cluster",
}

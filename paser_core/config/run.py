"""Where the knobs of a selection start, and the config of a whole run."""

from __future__ import annotations

from dataclasses import dataclass

from paser_core.config.budget import budget_text, read_budget
from paser_core.config.data import DataConfig
from paser_core.config.engine import EngineConfig
from paser_core.config.manifold import ManifoldConfig
from paser_core.config.method import ClusteringConfig, ConceptsConfig, EmbeddingConfig
from paser_core.config.models import DivergenceConfig, ModelsConfig
from paser_core.config.options import Aggregate, AllocationRule, Order
from paser_core.config.scores import ScoresConfig
from paser_core.config.section import Section, setting, subsection
from paser_core.registry import SELECTORS, SIGNALS


@dataclass(frozen=True)
class SelectionConfig(Section, at="selection"):
    """Where the knobs of a selection start."""

    budget: float | str = setting(
        0.2,
        "the paper's 20 % of all samples",
        label="Budget",
        help=(
            "How many samples may be selected: a share of all (0.2, 20 %, 1.0 for all) or a "
            "number of them (800). Selections are nested: raising the budget only adds samples."
        ),
        low=0.0,
        read=read_budget,
        write=budget_text,
        accepted="share up to `1.0`, `20 %`, number of samples from 2 on, or `1 sample`",
    )
    temperature: float = setting(
        1.0,
        "the models' own distribution",
        label="Temperature",
        help=(
            "Both models' logits are divided by this before they are compared. Above 1 the "
            "comparison looks further into the tail of unlikely tokens. No model is run again."
        ),
        low=0.25,
        high=4.0,
    )
    allocation: AllocationRule = setting(
        AllocationRule.SAINTE_LAGUE,
        "exact, capped and monotone",
        label="Allocation",
        help="How the budget is split among clusters.",
    )
    order: Order = setting(
        Order.INTERLEAVED,
        "nested selections: the budget slider is a prefix",
        label="Order",
        help="How samples are taken in turn.",
    )
    selector: str = setting(
        "paser",
        "seats by damage, kept consistent: the paper's",
        label="Selector",
        help="The rule that ranks the samples.",
        names=SELECTORS,
    )
    encoder: str | None = setting(
        None,
        "of the selectors spectral-mteb and spectral-bert; null: clustering.encoder of the run",
        label="Selector's encoder",
        help="Of spectral-mteb and spectral-bert: a folder with a sentence encoder, or with a BERT.",
    )
    signal: str = setting(
        "jsd",
        "the paper's",
        label="Damage signal",
        help=(
            "What damage is at a token of a response. No model is run again. The temperature has a "
            "part in the mean of jsd only; everything else is measured at 1."
        ),
        names=SIGNALS,
        later=True,
    )
    aggregate: Aggregate = setting(
        Aggregate.MEAN,
        "the paper's",
        label="Damage of a sample",
        help=(
            "How the tokens of a response are put together: their mean, sum or max, the mean of the "
            "worst tenth, or failure, 1 - exp(-sum): the chance that a greedy answer breaks."
        ),
        later=True,
    )
    seed: int = setting(
        0,
        "the same draw every time",
        label="Seed of the draw",
        help="Of selectors that draw: another seed, another draw.",
        low=0,
        high=2**32 - 1,
    )

    @property
    def tempered(self) -> bool:
        """Whether the temperature has a part: other signals and aggregates are those of 1."""
        return self.signal == "jsd" and self.aggregate is Aggregate.MEAN

    @property
    def measure(self) -> SelectionConfig:
        """What the damage of a sample hangs on, and nothing else: equal for settings that measure alike."""
        at = self.temperature if self.tempered else 1.0
        return SelectionConfig(temperature=at, signal=self.signal, aggregate=self.aggregate)


@dataclass(frozen=True)
class RunConfig(Section, at=""):
    """Everything that determines a run, together with the data and the models."""

    data: DataConfig = subsection(DataConfig, "what is selected from")
    embedding: EmbeddingConfig = subsection(EmbeddingConfig, "samples as vectors")
    manifold: ManifoldConfig = subsection(ManifoldConfig, "the diffusion map of them")
    clustering: ClusteringConfig = subsection(ClusteringConfig, "capability groups")
    models: ModelsConfig = subsection(ModelsConfig, "the pair that is compared")
    divergence: DivergenceConfig = subsection(DivergenceConfig, "how it is measured")
    concepts: ConceptsConfig = subsection(ConceptsConfig, "a live knob of the dashboard")
    selection: SelectionConfig = subsection(SelectionConfig, "where the knobs start")
    scores: ScoresConfig = subsection(ScoresConfig, "what selectors need that ask a model")
    engine: EngineConfig = subsection(EngineConfig, "who does the work; it changes no result")
    seed: int = setting(
        0,
        "every random choice follows from it",
        label="Seed",
        help="Every random choice follows from it: the same seed gives the same run.",
        low=0,
        high=2**32 - 1,
    )

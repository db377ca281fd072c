"""The configuration of a run: one frozen dataclass a stage, one YAML file for all of them."""

from paser_core.config.budget import ONE, budget_text, of_count, read_budget
from paser_core.config.data import DataConfig, FieldMap
from paser_core.config.describe import Described, describe, json_schema
from paser_core.config.engine import EngineConfig
from paser_core.config.goals import GoalConfig
from paser_core.config.manifold import ManifoldConfig
from paser_core.config.method import ClusteringConfig, ConceptsConfig, EmbeddingConfig
from paser_core.config.models import DivergenceConfig, ModelsConfig
from paser_core.config.options import (
    Aggregate,
    AllocationRule,
    Criterion,
    Device,
    DType,
    Kernel,
    OnError,
    Order,
    Precision,
    Residency,
    ScoringModel,
    SharedText,
    Template,
    Turns,
)
from paser_core.config.run import RunConfig, SelectionConfig
from paser_core.config.scores import ScoresConfig
from paser_core.config.section import (
    AUTO,
    Section,
    check_names,
    coerced,
    fields_of,
    option,
    setting,
    subsection,
)
from paser_core.config.tree import (
    determining,
    dump_config,
    dump_yaml,
    load_config,
    override_fields,
    parse_config,
    to_tree,
)
from paser_core.config.yaml_text import YamlText, parse_yaml, read_yaml

__all__ = [
    "AUTO",
    "ONE",
    "Aggregate",
    "AllocationRule",
    "ClusteringConfig",
    "ConceptsConfig",
    "Criterion",
    "DType",
    "DataConfig",
    "Described",
    "Device",
    "DivergenceConfig",
    "EmbeddingConfig",
    "EngineConfig",
    "FieldMap",
    "GoalConfig",
    "Kernel",
    "ManifoldConfig",
    "ModelsConfig",
    "OnError",
    "Order",
    "Precision",
    "Residency",
    "RunConfig",
    "ScoresConfig",
    "ScoringModel",
    "Section",
    "SelectionConfig",
    "SharedText",
    "Template",
    "Turns",
    "YamlText",
    "budget_text",
    "check_names",
    "coerced",
    "describe",
    "determining",
    "dump_config",
    "dump_yaml",
    "fields_of",
    "json_schema",
    "load_config",
    "of_count",
    "option",
    "override_fields",
    "parse_config",
    "parse_yaml",
    "read_budget",
    "read_yaml",
    "setting",
    "subsection",
    "to_tree",
]

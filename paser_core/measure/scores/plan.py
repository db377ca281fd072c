"""The scores that are built in, as data: what determines each, what it writes, what does the work."""

from __future__ import annotations

from paser_core.runs import Files
from paser_core.runs.scores import Score

IFD = Score(
    "ifd",
    work="paser_core.measure.scores.ifd:write_ifd",
    columns=("given", "alone"),
    doing="Reading every answer with and without its question",
)
NUGGETS = Score(
    "nuggets",
    work="paser_core.measure.scores.nuggets:write_nuggets",
    columns=("golden", "gain"),
    settings=("model", "anchors"),
    files=(Files.EMBEDDINGS,),
    doing="Trying every sample as an example",
)
RDS = Score(
    "rds",
    work="paser_core.measure.scores.rds:write_rds",
    columns=("cosine", "target", "turn"),
    settings=("model", "targets"),
    doing="Reading the samples and the targets",
)
MINING = Score(
    "instruction-mining",
    work="paser_core.measure.scores.mining:write_mining",
    columns=("predicted", "length", "ifd", "perplexity", "distance"),
    settings=("model", "subsets", "subset_size", "held_out", "lr"),
    files=(Files.EMBEDDINGS,),
    needs=("ifd",),
    doing="Fine-tuning on random subsets",
)
GAINS = Score(
    "gains",
    work="paser_core.measure.scores.gains:write_gains",
    columns=("recovered",),
    settings=("model", "subset_size", "held_out", "lr"),
    files=(Files.CLUSTERS, Files.CLUSTERING),
    doing="Short recoveries, one for each cluster",
)

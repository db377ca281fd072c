"""The run folder: what a finished run looks like on disk, how it is written and how it is read."""

from paser_core.runs.contents import OUR_COLUMNS
from paser_core.runs.counts import Counts
from paser_core.runs.discovery import default_new_runs_folder, discover
from paser_core.runs.entries import Sample, Spectrum, TokenDivergence
from paser_core.runs.folder import Run
from paser_core.runs.manifest import read_manifest
from paser_core.runs.schema import SCHEMA, Files
from paser_core.runs.shading import token_scale
from paser_core.runs.vocabulary import pack_concepts, unpack_concepts

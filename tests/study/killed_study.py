"""Makes a study, so that a test can kill this process."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from paser_core.study.schedule import run_study
from paser_core.study.settings import StudyConfig

if __name__ == "__main__":
    plan, out = sys.argv[1:]
    run_study(StudyConfig.of_tree(json.loads(Path(plan).read_text())), Path(out), jobs=2)

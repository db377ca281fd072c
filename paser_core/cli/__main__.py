"""``python -m paser_core.cli``."""

import sys

from paser_core.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())

"""``python -m berth.ui``: the ui process of a session."""

import sys

from berth.ui.app import main

if __name__ == "__main__":
    sys.exit(main())

"""``python -m golden_images.cli``, where the command is not on PATH."""

import sys

from golden_images.cli.app import main

sys.exit(main())

"""`python -m ptvt_portal.local run`."""

import sys

from ptvt_portal.local import run

if sys.argv[1:] != ["run"]:
    sys.exit("usage: python -m ptvt_portal.local run")
sys.exit(run.main())

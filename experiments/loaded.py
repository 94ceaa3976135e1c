"""What each worker needs, loaded by the process that they are copies of (see `experiments.workers.fresh`)."""

import gc

from sim.origin import probe

probe()
gc.freeze()  # it all stays, and nobody need look through it

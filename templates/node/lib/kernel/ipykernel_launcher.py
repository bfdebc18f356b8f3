"""Starts the kernel as ipykernel's own launcher does, but nothing of it listens where peers reach it.

The name is ipykernel's: programs ask sys.argv[0] whether they run in a notebook.
"""

import os
import sys

from tailbox_sockets import make_private

if __name__ == "__main__":
    here = sys.path.pop(0)
    make_private(os.path.join(os.path.dirname(os.path.dirname(here)), "bin", "debug-adapter"))

    from ipykernel import kernelapp  # type: ignore[import-not-found]  # it is in the user's environment

    kernelapp.launch_new_instance()

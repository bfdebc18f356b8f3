# JupyterLab reads this file; the settings are in /opt/tailbox/lib/node/jupyter_config.py.
import sys

sys.path.append("/opt/tailbox/lib")

from node.jupyter_config import configure

configure(get_config())  # noqa: F821  (traitlets provides it)

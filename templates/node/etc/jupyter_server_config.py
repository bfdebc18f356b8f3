# Read by JupyterLab; what it sets is in /opt/tailbox/lib/node/jupyter.py.
import sys

sys.path.append("/opt/tailbox/lib")

from node.jupyter import configure

configure(get_config())  # noqa: F821  (traitlets provides it)

"""The user's environment: the Python that was promised, and pip works in it."""

import json
import subprocess
import sys
from pathlib import Path

expected = json.loads(sys.argv[1])
found = f"{sys.version_info.major}.{sys.version_info.minor}"
if found != expected["python"]:
    sys.exit(f"Python {expected['python']} was promised, found {found}")
if sys.prefix != "/opt/venv":
    sys.exit(f"the session's python is not /opt/venv's but {sys.prefix}")
subprocess.run([sys.executable, "-m", "pip", "--version"], check=True, capture_output=True)
probe = Path(sys.prefix) / ".probe"
probe.touch()
probe.unlink()
print(f"Python {found} in /opt/venv, writable, with pip")

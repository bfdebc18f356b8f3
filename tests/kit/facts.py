"""The facts, targets and locks of one day: tests of logic keep their answers when `images/` moves on.

What must hold of today's facts ("every target plans") is asked of `images/` itself.
"""

from __future__ import annotations

from pathlib import Path

from builder.core import paths
from builder.facts.load import load_facts
from builder.pipeline.workspace import Workspace

IMAGES = Path(__file__).with_name("images")
FACTS = load_facts(IMAGES)
WORKSPACE = Workspace(IMAGES, paths.data("templates"), FACTS)

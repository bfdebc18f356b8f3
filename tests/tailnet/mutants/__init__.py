"""Broken nodes: for every check at least one that it must catch, and what its message must say."""

from __future__ import annotations

from tests.tailnet.mutants import exposure, life, matrix, sessions
from tests.tailnet.mutants.mutant import LEAKED, Mutant

__all__ = ["LEAKED", "MUTANTS", "Mutant"]

MUTANTS = (*matrix.MUTANTS, *exposure.MUTANTS, *life.MUTANTS, *sessions.MUTANTS)

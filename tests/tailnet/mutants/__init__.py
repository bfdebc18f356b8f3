"""Broken nodes: for every check at least one that it must catch, and what its message must say."""

from __future__ import annotations

from tests.tailnet.mutants import exposure, life, matrix, sessions
from tests.tailnet.mutants.mutant import LEAKED, UNBROKEN, Mutant

__all__ = ["LEAKED", "MUTANTS", "NODES", "UNBROKEN", "Mutant"]

MUTANTS = (*matrix.MUTANTS, *exposure.MUTANTS, *life.MUTANTS, *sessions.MUTANTS)
# The mutants by the node that they share, in the order of their tests.
NODES = {
    node: [mutant for mutant in MUTANTS if mutant.node == node]
    for node in dict.fromkeys(mutant.node for mutant in MUTANTS)
}

"""The list of breaks keeps up with the code: each of them can be made, and names tests that are there."""

from __future__ import annotations

import pytest

from builder.core import paths
from tools import mutations
from tools.mutations import Mutation


@pytest.mark.parametrize("mutation", mutations.load(paths.PROJECT), ids=lambda mutation: mutation.what)
def test_a_break_finds_its_text_once_and_its_tests(mutation: Mutation) -> None:
    assert (paths.PROJECT / mutation.file).read_text().count(mutation.old) == 1
    assert all((paths.PROJECT / test.partition("::")[0]).exists() for test in mutation.tests)

"""A kernel that was started again answers."""

from __future__ import annotations

from builder.prove.clients.jupyter import browser, execute, kernel
from builder.prove.subject import Subject


def test_a_kernel_starts_again(lab: Subject) -> None:
    with browser(lab) as user, kernel(user) as running:
        origin, cookie = f"http://{user.host}", user.login()
        first = execute(user, running, "import os; print(os.getpid())", origin=origin, cookie=cookie)
        user.request("POST", f"/api/kernels/{running}/restart", token=user.token).raise_for_status()
        second = execute(user, running, "import os; print(os.getpid())", origin=origin, cookie=cookie)
    assert first.isdigit()
    assert second.isdigit()
    assert first != second

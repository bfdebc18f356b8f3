"""A kernel that was started again answers."""

from __future__ import annotations

from builder.prove.jupyter import browser, execute, kernel
from builder.prove.lab import Lab


def test_a_kernel_starts_again(lab: Lab) -> None:
    with browser(lab) as user, kernel(user) as running:
        origin, cookie = f"http://{user.host}", user.login()
        first = execute(user, running, "import os; print(os.getpid())", origin=origin, cookie=cookie)
        user.request("POST", f"/api/kernels/{running}/restart", token=user.token).raise_for_status()
        second = execute(user, running, "import os; print(os.getpid())", origin=origin, cookie=cookie)
    assert first.isdigit()
    assert second.isdigit()
    assert first != second

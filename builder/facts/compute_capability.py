"""Compare compute capabilities (sm_XX), and find the compiled code that serves a GPU."""

from __future__ import annotations


def number(arch: str) -> int:
    """Return the number in an arch: 120 for `sm_120`."""
    return int(arch.removeprefix("sm_"))


def code_for(gpu: str, archs: tuple[str, ...]) -> str | None:
    """Return the compiled arch that serves a GPU: the highest of its major version that is not above it.

    Machine code runs on any GPU of the same major and an equal or higher minor number (CUDA C++
    Programming Guide, "Binary Compatibility"): sm_86 code serves an sm_89 card, sm_90 never sm_120.
    """
    fitting = [arch for arch in archs if _major(arch) == _major(gpu) and _minor(arch) <= _minor(gpu)]
    return max(fitting, key=_minor, default=None)


def _major(arch: str) -> int:
    return number(arch) // 10


def _minor(arch: str) -> int:
    return number(arch) % 10

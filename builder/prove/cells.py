"""The cells of the traffic matrix: which way of traffic was tried between which two, and how it ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from statistics import median


class Mode(StrEnum):
    """How a member of a tailnet is attached: by a kernel interface, or without one."""

    DEFAULT = "default"
    USERSPACE = "userspace"


class Route(StrEnum):
    """How the packets go."""

    DIRECT = "direct"
    DERP = "DERP"
    NONE = "none"


class Means(StrEnum):
    """How a program asks for the connection."""

    PLAIN = "plain"
    SOCKS5 = "socks5"
    HTTP = "http"


class Protocol(StrEnum):
    """What is sent."""

    TCP = "tcp"
    UDP = "udp"
    ICMP = "icmp"


@dataclass(frozen=True)
class Cell:
    """One way of traffic and how it ended. `failure` is empty if it worked; `ms` and `mbit_s` are not judged.

    `attempts` counts how often it was tried; the rest is of the last attempt.
    """

    source: Mode
    target: str
    means: Means
    path: Route
    protocol: Protocol
    address: str
    must_work: bool
    failure: str
    ms: float = 0
    mbit_s: int = 0
    attempts: int = 1

    @property
    def as_promised(self) -> bool:
        """Whether it ended as it must."""
        return (not self.failure) is self.must_work

    def __str__(self) -> str:
        way = f"{self.protocol.upper()} by {self.address}, {self.means}, {self.path}"
        return f"{self.source} to {self.target}: {way}: {self.failure or 'works'}"


@dataclass(frozen=True)
class Row:
    """The cells of one pair, means and path, by protocol."""

    source: str
    target: str
    means: str
    path: str
    cells: tuple[Cell, ...]

    def by(self, protocol: Protocol) -> tuple[Cell, ...]:
        """Those of a protocol, transfers left out."""
        return tuple(cell for cell in self.cells if cell.protocol is protocol and not cell.mbit_s)

    @property
    def mbit_s(self) -> int:
        """The fastest transfer of the row, 0 if none was tried."""
        return max((cell.mbit_s for cell in self.cells), default=0)


def rows(cells: Iterable[Cell]) -> list[Row]:
    """The grid, in the order in which its rows first occur."""
    grouped: dict[tuple[str, str, str, str], list[Cell]] = {}
    for cell in cells:
        grouped.setdefault((cell.source, cell.target, cell.means, cell.path), []).append(cell)
    return [Row(*key, tuple(group)) for key, group in sorted(grouped.items())]


def cells_text(cells: tuple[Cell, ...]) -> str:
    """Return one field of the grid: the result, the addresses, the time, and what took more attempts."""
    if not cells:
        return ""
    again = [f"{cell.address} at attempt {cell.attempts}" for cell in cells if cell.attempts > 1]
    return "  ".join([_result_text(cells), *again])


def _result_text(cells: tuple[Cell, ...]) -> str:
    if wrong := [cell for cell in cells if not cell.as_promised]:
        return f"WRONG: {', '.join(cell.address for cell in wrong)} {wrong[0].failure or 'works'}"
    addresses = " ".join(cell.address for cell in cells)
    if cells[0].must_work:
        return f"works  {addresses}  {median(cell.ms for cell in cells):.1f} ms"
    return f"fails, as it must  {addresses}  {cells[0].failure}"

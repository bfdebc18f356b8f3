"""The machine an image is meant for: which GPU, sold as what, under which NVIDIA driver. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from builder.errors import InvalidInput, Problem, did_you_mean
from builder.facts import Compat

KINDS = ("geforce", "pro", "datacenter")
_DRIVER = "write it as nvidia-smi shows it: --driver 570.86"


@dataclass(frozen=True)
class Host:
    """A GPU by its compute capability (`sm_120`) and a driver; None is "not said".

    `card` is the name people use; `kind` is `geforce`, `pro` or `datacenter`, empty where only the compute
    capability is known.
    """

    gpu: str | None = None
    card: str = ""
    kind: str = ""
    driver: str | None = None

    @property
    def named(self) -> str:
        """The GPU as a person knows it."""
        return f"{self.card} ({self.gpu})" if self.card else self.gpu or "this GPU"

    @property
    def branch(self) -> int | None:
        """The driver's branch: 570 of 570.86.10."""
        return int(self.driver.partition(".")[0]) if self.driver else None


def parse(gpu: str | None, driver: str | None, compat: Compat) -> Host:
    """Read what a person says about a machine. Raises InvalidInput with the nearest known card."""
    capability, card, kind = find_gpu(gpu, compat) if gpu else (None, "", "")
    return Host(capability, card, kind, _driver(driver) if driver else None)


def _driver(text: str) -> str:
    if not re.fullmatch(r"\d+(\.\d+)*", text):
        raise InvalidInput(Problem(f"{text!r} is no driver version", _DRIVER))
    if int(text.partition(".")[0]) < 100:
        raise InvalidInput(Problem(f"{text} looks like a CUDA version, not like a driver", _DRIVER))
    return text


def find_gpu(text: str, compat: Compat) -> tuple[str, str, str]:
    """(compute capability, card, kind) of `RTX 5090`, `NVIDIA GeForce RTX 5090 D`, `sm_120` or `12.0`."""
    if found := re.fullmatch(r"(?:sm_|compute_)?(\d+)\.?(\d)[af]?", text.strip().lower()):
        return _by_number(f"sm_{found[1]}{found[2]}", compat)
    words = _words(text)
    hits = [
        (len(_words(card)), gpu, card, kind)
        for gpu, facts in compat.gpus.items()
        for kind in KINDS
        for card in getattr(facts, kind)
        if _holds(words, _words(card))
    ]
    if not hits:
        cards = [card for facts in compat.gpus.values() for kind in KINDS for card in getattr(facts, kind)]
        raise InvalidInput(
            Problem(f"unknown GPU {text!r}{did_you_mean(text, cards)}", "name it by its number: --gpu sm_120")
        )
    _, gpu, card, kind = max(hits)
    return gpu, card, kind


def _by_number(gpu: str, compat: Compat) -> tuple[str, str, str]:
    if gpu not in compat.gpus:
        known = ", ".join(compat.gpus)
        raise InvalidInput(Problem(f"unknown compute capability {gpu}", f"known: {known}"))
    return gpu, "", ""


def _words(text: str) -> tuple[str, ...]:
    """The words that tell cards apart; `5090D`, `RTX5090` and `RTX 5090 D` are read the same."""
    spaced = re.sub(r"(?<=[a-z])(?=\d{4})|(?<=\d{4})(?=(?:ti|super|d)\b)", " ", text.lower())
    return tuple(re.sub(r"[^a-z0-9]+", " ", spaced).split())


def _holds(words: tuple[str, ...], card: tuple[str, ...]) -> bool:
    """Whether a card's words stand in the text one after the other."""
    return any(words[at : at + len(card)] == card for at in range(len(words) - len(card) + 1))

"""The machine that an image is meant for: its GPU, the name of the card, its NVIDIA driver. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from builder.core.errors import InvalidInputError, Problem, did_you_mean
from builder.facts.models import Compat

KINDS = ("geforce", "pro", "datacenter")
_ASK = "nvidia-smi --query-gpu=compute_cap --format=csv,noheader on the machine says its number: --gpu 12.0"
_DRIVER = "write it as nvidia-smi shows it: --driver 570.86"


@dataclass(frozen=True)
class Machine:
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
        """The GPU as people know it."""
        return f"{self.card} ({self.gpu})" if self.card else self.gpu or "this GPU"

    def is_arm(self, compat: Compat) -> bool:
        """Whether that card, or each one of its compute capability, comes with an arm64 processor."""
        if self.gpu is None:
            return False
        facts = compat.gpus[self.gpu]
        return self.card in facts.arm if self.card else set(facts.cards) == set(facts.arm)

    @property
    def branch(self) -> int | None:
        """The driver's branch: 570 of 570.86.10."""
        return int(self.driver.partition(".")[0]) if self.driver else None


def parse(gpu: str | None, driver: str | None, compat: Compat) -> Machine:
    """Read what a person says about a machine. Raises InvalidInputError with the nearest known card."""
    capability, card, kind = find_gpu(gpu, compat) if gpu else (None, "", "")
    return Machine(capability, card, kind, _driver(driver) if driver else None)


def _driver(text: str) -> str:
    if not re.fullmatch(r"\d+(\.\d+)*", text):
        raise InvalidInputError(Problem(f"{text!r} is no driver version", _DRIVER))
    if int(text.partition(".")[0]) < 100:
        raise InvalidInputError(Problem(f"{text} looks like a CUDA version, not like a driver", _DRIVER))
    return text


def find_gpu(text: str, compat: Compat) -> tuple[str, str, str]:
    """Return (compute capability, card, kind) of `RTX 5090`, `RTX 5090 D`, `4090`, `sm_120` or `12.0`."""
    hits = _outermost(_hits(_words(text), compat))
    if len({hit.card for hit in hits}) > 1:
        named = ", ".join(hit.card for hit in hits)
        raise InvalidInputError(
            Problem(f"{text!r} names more than one GPU: {named}", "ask for one at a time")
        )
    if hits:
        return hits[0].gpu, hits[0].card, hits[0].kind
    if found := re.fullmatch(r"(?:(?:sm|compute)[_ ]?)?(\d{1,2})\.?(\d)[af]?", text.strip().lower()):
        return _by_number(f"sm_{found[1]}{found[2]}", compat)
    cards = [card for facts in compat.gpus.values() for card in facts.cards]
    raise InvalidInputError(Problem(f"unknown GPU {text!r}{did_you_mean(text, cards)}", _ASK))


@dataclass(frozen=True)
class _Hit:
    """A card that a text names from the word `start` up to `end`."""

    start: int
    end: int
    gpu: str
    card: str
    kind: str


def _hits(words: tuple[str, ...], compat: Compat) -> list[_Hit]:
    """Find every card that is named, with or without the `RTX` or `GTX` before its number."""
    return [
        _Hit(at, at + len(name), gpu, card, kind)
        for gpu, facts in compat.gpus.items()
        for kind in KINDS
        for card in getattr(facts, kind)
        for name in {_words(card), _words(re.sub("^[RG]TX ", "", card))}
        for at in range(len(words) - len(name) + 1)
        if words[at : at + len(name)] == name
    ]


def _outermost(hits: list[_Hit]) -> list[_Hit]:
    """Drop cards whose name is a part of another card's name."""

    def within(one: _Hit, other: _Hit) -> bool:
        return (one.start, one.end) != (other.start, other.end) and (
            other.start <= one.start and one.end <= other.end
        )

    return [one for one in hits if not any(within(one, other) for other in hits)]


def _by_number(gpu: str, compat: Compat) -> tuple[str, str, str]:
    if gpu not in compat.gpus:
        known = ", ".join(compat.gpus)
        raise InvalidInputError(Problem(f"unknown compute capability {gpu}", f"known: {known}; {_ASK}"))
    return gpu, "", ""


def _words(text: str) -> tuple[str, ...]:
    """Split a name into the words that tell cards apart; `5090D` and `RTX 5090 D` give the same."""
    spaced = re.sub(r"(?<=[a-z])(?=\d{4})|(?<=\d{4})(?=(?:ti|super|d)\b)", " ", text.lower())
    return tuple(re.sub(r"[^a-z0-9]+", " ", spaced).split())

"""Reads what a fault is asked for with: `KIND[=VALUE][;OPTION=VALUE]...`, several of them parted by commas."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from panther_sandbox.errors import InvalidInputError
from panther_sandbox.faults.kinds import COMMON_OPTIONS, KINDS, OPTIONS, Choice, Kind, Number, Value


class FaultSpecError(InvalidInputError):
    """A fault that does not read: says which one, what is wrong with it and what is allowed."""


@dataclass(frozen=True)
class Fault:
    """One fault as it was asked for.

    Attributes:
        spec: The text it was read from.
        kind: A name in KINDS.
        number: The value of a kind whose value is a number, else 0.
        text: The value of a kind whose value is a word, else empty.
        operation: The requests it befalls; None for every request of both APIs.
        skip: How many requests it spares first.
        times: How many requests it befalls; None for no end.
        probability: The chance that it befalls a request.
        seed: What the chance, and the jitter, are drawn with.
        options: The kind's own options: their numbers and words.
    """

    spec: str
    kind: str
    number: int
    text: str
    operation: str | None
    skip: int
    times: int | None
    probability: float
    seed: int
    options: Mapping[str, int | str]

    @property
    def definition(self) -> Kind:
        """What this kind of fault is."""
        return KINDS[self.kind]

    def option_number(self, name: str) -> int | None:
        """Return an option that is a number, or None when it was not given and has no default."""
        value = self.options.get(name)
        return value if isinstance(value, int) else None

    def option_text(self, name: str) -> str | None:
        """Return an option that is a word, or None when it was not given and has no default."""
        value = self.options.get(name)
        return value if isinstance(value, str) else None


def parse_faults(text: str) -> tuple[Fault, ...]:
    """Return the faults that a text asks for. Raises FaultSpecError."""
    specs = [spec.strip() for spec in text.split(",")]
    return tuple(_fault(spec, f"fault {number} of {len(specs)}") for number, spec in enumerate(specs, start=1))


def parse_all(texts: Iterable[str]) -> tuple[Fault, ...]:
    """Return the faults that several texts ask for. Raises FaultSpecError."""
    return tuple(fault for text in texts for fault in parse_faults(text))


def _fault(spec: str, where: str) -> Fault:
    try:
        return _parsed(spec)
    except FaultSpecError as error:
        raise FaultSpecError(f"{where} ({spec!r}): {error}") from None


def _parsed(spec: str) -> Fault:
    # It goes into a header of the answer.
    if not spec.isascii() or not spec.isprintable():
        raise FaultSpecError("only printable ASCII characters are allowed")
    head, *rest = [part.strip() for part in spec.split(";")]
    name, equals, value = (part.strip() for part in head.partition("="))
    kind = KINDS.get(name)
    if kind is None:
        what = f"{name!r} is no kind of fault" if name else "the kind of fault is missing"
        raise FaultSpecError(f"{what}; the kinds are {', '.join(KINDS)}")
    given = _given(name, kind, rest)
    main = _main_value(name, kind, value if equals else None)
    numbers_and_words = {option: _value(option, OPTIONS[option], given.get(option)) for option in kind.options}
    operation, times = (_value(option, OPTIONS[option], given.get(option)) for option in ("operation", "times"))
    skip, seed = (_value(option, OPTIONS[option], given.get(option)) for option in ("skip", "seed"))
    _value("label", OPTIONS["label"], given.get("label"))
    return Fault(
        spec=spec,
        kind=name,
        number=main if isinstance(main, int) else 0,
        text=main if isinstance(main, str) else "",
        operation=operation if isinstance(operation, str) else None,
        skip=skip if isinstance(skip, int) else 0,
        times=times if isinstance(times, int) else None,
        probability=_probability(given.get("probability")),
        seed=seed if isinstance(seed, int) else 0,
        options={option: read for option, read in numbers_and_words.items() if read is not None},
    )


def _given(name: str, kind: Kind, parts: list[str]) -> dict[str, str]:
    """Return the options as they were written."""
    allowed = (*kind.options, *COMMON_OPTIONS)
    given: dict[str, str] = {}
    for part in parts:
        option, equals, value = (piece.strip() for piece in part.partition("="))
        if option not in allowed:
            raise FaultSpecError(f"{name} has no option {option!r}; its options are {', '.join(allowed)}")
        if not equals or not value:
            raise FaultSpecError(f"the option {option} needs a value: {_allowed(option)}")
        if option in given:
            raise FaultSpecError(f"the option {option} is given twice")
        given[option] = value
    return given


def _main_value(name: str, kind: Kind, written: str | None) -> int | str | None:
    if kind.value is None:
        if written is not None:
            raise FaultSpecError(f"{name} takes no value")
        return None
    read = _value(name, kind.value, written)
    if read is None:
        raise FaultSpecError(f"{name} needs a value: {_described(kind.value)}")
    return read


def _value(name: str, rule: Value, written: str | None) -> int | str | None:
    """Return a value that was written, the default when none was; raise FaultSpecError when it is not allowed."""
    if written is None:
        return rule.default
    if isinstance(rule, Number):
        if re.fullmatch(r"\d{1,12}", written) and rule.low <= int(written) <= rule.high:
            return int(written)
    elif isinstance(rule, Choice):
        if written in rule.words:
            return written
    elif re.fullmatch(rule.pattern, written):
        return written
    raise FaultSpecError(f"{name} must be {_described(rule)}, not {written!r}")


def _probability(written: str | None) -> float:
    if written is None:
        return 1.0
    if not re.fullmatch(r"0(\.\d+)?|1(\.0+)?", written):
        raise FaultSpecError(f"probability must be {_allowed('probability')}, not {written!r}")
    return float(written)


def _allowed(option: str) -> str:
    return "a number from 0 to 1" if option == "probability" else _described(OPTIONS[option])


def _described(rule: Value) -> str:
    if isinstance(rule, Number):
        return f"a whole number from {rule.low} to {rule.high}"
    return " or ".join(rule.words) if isinstance(rule, Choice) else rule.hint

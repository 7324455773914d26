"""Read the prompts, which are data: Markdown files with a TOML head in `panther_overrides/prompts`.

The head has `title`, `description`, `tools` (without which the prompt makes no sense), `also` (tools that it can do
without) and a table for each argument. The text names an argument as `{{argument}}`; a month gives it `{{period}}`,
`{{period_start}}` and `{{period_end}}`.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal, get_args

from panther_mcp.errors import RegistrationError

Kind = Literal["text", "id", "time", "month", "year"]
Source = Literal["alerts", "detections", "months", "schemas"]

PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
PERIOD = ("period", "period_start", "period_end")
_TOOL = re.compile(r"`([a-z]+(?:_[a-z]+)+)`")
_PARTS = re.compile(r"\+\+\+\n(?P<head>.*?\n)\+\+\+\n(?P<text>.+)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class PromptParameter:
    """An argument of a prompt: what a person reads about it, its kind, and what stands there when it is left out.

    `default` is a value as a caller would write it, `days_before_end` one that follows from `end_date`, `absent`
    words of ours. `most` bounds the length of a text, `complete` says what a client may be offered to choose from.
    """

    says: str
    kind: Kind
    required: bool = False
    default: str | None = None
    days_before_end: int | None = None
    absent: str | None = None
    most: int = 4_000
    complete: Source | None = None

    @property
    def description(self) -> str:
        """What a client shows: with the default."""
        if self.days_before_end is not None:
            return f"{self.says} Left out: {self.days_before_end} days before the end."
        return self.says if self.default is None else f"{self.says} Left out: {self.default}."


@dataclass(frozen=True, kw_only=True)
class PromptText:
    """A prompt as its file has it."""

    name: str
    title: str
    description: str
    text: str
    tools: tuple[str, ...]
    also: tuple[str, ...] = ()
    arguments: Mapping[str, PromptParameter] = field(default_factory=dict[str, PromptParameter])


def read_prompts() -> dict[str, PromptText]:
    """Return the prompts by name. Raises `RegistrationError` with everything that is wrong in a file."""
    folder = files("panther_overrides") / "prompts"
    return parse_prompts({file.name: file for file in folder.iterdir() if file.name.endswith(".md")})


def parse_prompts(found: Mapping[str, Traversable]) -> dict[str, PromptText]:
    """Return the prompts in the files `found`, by name; raises as `read_prompts` does."""
    prompts: dict[str, PromptText] = {}
    problems: list[str] = []
    for name in sorted(found):
        try:
            prompt = _prompt(name.removesuffix(".md"), found[name].read_text(encoding="utf-8"))
        except (TypeError, ValueError) as error:  # also of tomllib
            problems.append(f"prompts/{name}: {error}")
            continue
        problems += [f"prompts/{name}: {problem}" for problem in _misfits(prompt)]
        prompts[prompt.name] = prompt
    if problems:
        raise RegistrationError(problems)
    return prompts


def named_tools(prompt: PromptText) -> set[str]:
    """Return the words of the text that look like tools: in backticks, with an underscore."""
    return set(_TOOL.findall(prompt.text))


def _prompt(name: str, content: str) -> PromptText:
    parts = _PARTS.fullmatch(content)
    if parts is None:
        raise ValueError("begin it with a head in TOML between two lines of +++")
    facts: dict[str, Any] = tomllib.loads(parts["head"])
    arguments = {name: PromptParameter(**given) for name, given in facts.pop("arguments", {}).items()}
    tools, also = tuple(facts.pop("tools", ())), tuple(facts.pop("also", ()))
    return PromptText(name=name, text=parts["text"].strip(), tools=tools, also=also, arguments=arguments, **facts)


def _misfits(prompt: PromptText) -> Iterable[str]:
    known = {*prompt.arguments, *(PERIOD if "month" in prompt.arguments else ())}
    named = set(PLACEHOLDER.findall(prompt.text))
    for name in sorted(named - known):
        yield f"{{{{{name}}}}} is no argument"
    used = {*named, *(("month", "year") if named & set(PERIOD) else ())}
    for name in sorted(set(prompt.arguments) - used):
        yield f"the argument {name} does not occur in the text"
    for name in sorted(named_tools(prompt) - {*prompt.tools, *prompt.also}):
        yield f"the tool {name} is named, but stands neither in tools nor in also"
    for name in sorted({*prompt.tools, *prompt.also} - named_tools(prompt)):
        yield f"the tool {name} is not named in the text"
    for name, argument in prompt.arguments.items():
        if argument.kind not in get_args(Kind):
            yield f"{name}: {argument.kind!r} is no kind of argument"
        if argument.complete is not None and argument.complete not in get_args(Source):
            yield f"{name}: {argument.complete!r} is nothing to complete from"
        fixed = argument.required or argument.kind in ("month", "year")
        if not fixed and (argument.default, argument.days_before_end, argument.absent) == (None, None, None):
            yield f"{name}: say what stands there when it is left out"

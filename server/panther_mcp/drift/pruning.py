"""Take what an instance does not know out of a document, so that what is left is a valid document.

It works on the documents that our own generator renders, and needs no GraphQL parser: each selection stands on a line
of its own (arguments may take more), which the generated usage names, and blocks open and close at the ends of lines.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

_TYPENAME = "__typename"
_CONDITION = re.compile(r"(?:\.\.\.|fragment \w+) ?on (\w+)")
_SPREAD = re.compile(r"\.\.\.(?!\s*on\b)\s*(\w+)")
_FRAGMENT = re.compile(r"fragment (\w+) on ")
_VARIABLE = re.compile(r"\$(\w+)")
_OPERATION = re.compile(r"(query|mutation) (\w+)(?:\((.*)\))? \{$", re.DOTALL)


@dataclass
class _Block:
    """A selection, or a definition: its first line, its text, and what is selected in it (None: it has no braces)."""

    line: int
    text: str
    within: "list[_Block] | None" = None
    emptied: bool = field(default=False)

    def render(self) -> Iterator[str]:
        """Yield its lines."""
        yield self.text
        if self.within is None:
            return
        indent = self.text[: len(self.text) - len(self.text.lstrip())]
        for part in self.within:
            yield from part.render()
        if not self.within:
            yield f"{indent}  {_TYPENAME}"
        yield f"{indent}}}"


@dataclass(frozen=True)
class Pruned:
    """A document without what was taken out of it.

    `variables` are those that it still declares. `emptied` says that a selection has nothing left but `__typename`;
    `changed` that something was taken out at all.
    """

    document: str
    variables: frozenset[str]
    emptied: bool
    changed: bool


def pruned(document: str, *, lines: Collection[int], types: Collection[str]) -> Pruned:
    """Return `document` without the selections that begin at `lines` (from 1) and the fragments on `types`.

    What nothing uses any more, fragments and variables, goes with it; where a selection is left empty, it asks for
    `__typename`. Raises `ValueError` where the document has not the form that our generator gives it.
    """
    definitions = _parsed(document)
    before = "\n\n".join("\n".join(part.render()) for part in definitions)
    dropped_fragments = {
        name[1]
        for part in definitions
        if (name := _FRAGMENT.match(part.text)) and (on := _CONDITION.match(part.text)) and on[1] in types
    }
    for part in definitions:
        _prune(part, lines, types, dropped_fragments)
    kept = _reachable(definitions)
    operation = kept[0]
    body = "\n".join(line for part in kept for line in list(part.render())[1 if part is operation else 0 :])
    operation.text, variables = _declared(operation.text, frozenset(_VARIABLE.findall(body)))
    after = "\n\n".join("\n".join(part.render()) for part in kept)
    return Pruned(f"\n{after}\n", variables, any(part.emptied for part in _all(kept)), after != before)


def _parsed(document: str) -> list[_Block]:
    """Return the definitions of `document`, the operation first."""
    root = _Block(0, "", [])
    open_blocks = [root]
    lines = iter(enumerate(document.split("\n"), start=1))
    for number, line in lines:
        text = line
        # Arguments that take several lines belong to their selection.
        while text.count("(") > text.count(")"):
            text = f"{text}\n{next(lines, (0, ')'))[1]}"
        around = open_blocks[-1].within
        if not text.strip():
            continue
        if text.strip() == "}":
            open_blocks.pop()
        elif around is None or not open_blocks:
            break
        else:
            block = _Block(number, text, [] if text.endswith("{") else None)
            around.append(block)
            if block.within is not None:
                open_blocks.append(block)
        if not open_blocks:
            break
    definitions = root.within or []
    if open_blocks != [root] or not definitions or not _OPERATION.match(definitions[0].text):
        raise ValueError("the document has another form than those of the generator")
    return definitions


def _prune(block: _Block, lines: Collection[int], types: Collection[str], fragments: Collection[str]) -> None:
    if block.within is None:
        return
    had = len(block.within)
    block.within = [part for part in block.within if not _unknown(part, lines, types, fragments)]
    for part in block.within:
        _prune(part, lines, types, fragments)
    # A fragment on one type of several says nothing once it is empty; a field or definition has to ask for something.
    block.within = [part for part in block.within if part.within != [] or not _CONDITION.match(part.text.strip())]
    block.emptied = bool(had) and all(part.text.strip() == _TYPENAME for part in block.within)


def _unknown(block: _Block, lines: Collection[int], types: Collection[str], fragments: Collection[str]) -> bool:
    text = block.text.strip()
    if (on := _CONDITION.match(text)) and on[1] in types:
        return True
    if (spread := _SPREAD.match(text)) and spread[1] in fragments:
        return True
    return block.line in lines


def _reachable(definitions: list[_Block]) -> list[_Block]:
    """Return the operation, the first of `definitions`, and the fragments that it uses, directly or not."""
    fragments = {found[1]: part for part in definitions if (found := _FRAGMENT.match(part.text))}
    used: dict[str, None] = {}
    waiting = [definitions[0]]
    while waiting:
        for part in _all([waiting.pop()]):
            spread = _SPREAD.match(part.text.strip())
            if spread and spread[1] in fragments and spread[1] not in used:
                used[spread[1]] = None
                waiting.append(fragments[spread[1]])
    return [definitions[0], *(part for part in definitions[1:] if part in [fragments[name] for name in used])]


def _declared(header: str, used: frozenset[str]) -> tuple[str, frozenset[str]]:
    """Return the operation's first line without the variables that are not `used`, and the names of those that are."""
    match = _OPERATION.match(header)
    if match is None or match[3] is None:
        return header, frozenset()
    declarations = match[3].split(", ")
    kept = [part for part in declarations if (name := _VARIABLE.match(part)) and name[1] in used]
    listed = f"({', '.join(kept)})" if kept else ""
    return f"{match[1]} {match[2]}{listed} {{", frozenset(part.partition(":")[0].removeprefix("$") for part in kept)


def _all(blocks: Iterable[_Block]) -> Iterator[_Block]:
    for block in blocks:
        yield block
        yield from _all(block.within or ())

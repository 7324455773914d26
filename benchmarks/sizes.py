"""What a conversation pays for: bytes and tokens of the tool list, of results, and of a whole triage."""

import json
from typing import Any

from benchmarks.calls import measured
from benchmarks.contest import SIDES, Contest
from benchmarks.figures import Figure, Part
from benchmarks.stdio import text_of
from benchmarks.tokens import tokens
from benchmarks.triage import TRIAGE, facts, filled

_READS = "tokens of the text that a model reads"


def sizes(contest: Contest, rounds: int) -> Part:
    """Count; `rounds` does not matter, as counting twice gives the same."""
    return Part("Bytes and tokens", [*_lists(contest), *_results(contest), *_triage(contest)])


def _lists(contest: Contest) -> list[Figure]:
    with contest.serving("theirs") as server:
        theirs = _entries(server.tools())
    with contest.serving("ours") as server:
        default = _entries(server.tools())
    with contest.serving("ours", PANTHER_MCP_TOOLSETS="all") as server:
        every = _entries(server.tools())
    with contest.serving("ours", PANTHER_MCP_TOOLSETS="all", PANTHER_MCP_DISCOVERY="true") as server:
        found = _entries(server.tools())
    both = sorted(every.keys() & theirs.keys())
    figures: list[Figure] = []
    for name, ours, their in (
        (f"tool list, the {len(both)} tools of both", [every[name] for name in both], [theirs[name] for name in both]),
        (f"tool list, our {len(default)} of the start", list(default.values()), None),
        (f"tool list, all our {len(every)}", list(every.values()), None),
        (f"tool list, all our {len(every)} with --discovery", list(found.values()), None),
    ):
        goal = 0.5 if their else None
        figures.append(Figure(f"{name}: bytes", "bytes", _bytes(ours), _bytes(their) if their else None))
        figures.append(Figure(f"{name}: tokens", "tokens", tokens(ours), tokens(their) if their else None, goal))
    return figures


def _results(contest: Contest) -> list[Figure]:
    wire: dict[str, dict[str, int]] = {}
    read: dict[str, dict[str, int]] = {}
    for side in SIDES:
        with contest.serving(side) as server:
            for name, (call, _) in measured(contest, side).items():
                line = server.call(call)
                wire.setdefault(name, {})[side] = len(line)
                read.setdefault(name, {})[side] = tokens([text_of(line)])
    return [
        figure
        for name in wire
        for figure in (
            Figure(f"{name}: bytes of the answer", "bytes", wire[name]["ours"], wire[name]["theirs"]),
            Figure(f"{name}: {_READS}", "tokens", read[name]["ours"], read[name]["theirs"]),
        )
    ]


def _triage(contest: Contest) -> list[Figure]:
    about = facts(contest.api)
    wire = dict.fromkeys(SIDES, 0)
    read = dict.fromkeys(SIDES, 0)
    steps: list[Figure] = []
    for side in SIDES:
        with contest.serving(side) as server:
            for step in TRIAGE:
                lines = [server.call(filled(call, about)) for call in (step.ours if side == "ours" else step.theirs)]
                wire[side] += sum(map(len, lines))
                step_tokens = tokens([text_of(line) for line in lines])
                read[side] += step_tokens
                if side == "ours":
                    steps.append(Figure(f"triage: {step.question}", "tokens", step_tokens, None))
                else:
                    number = TRIAGE.index(step)
                    steps[number] = Figure(steps[number].name, "tokens", steps[number].ours, step_tokens)
    return [
        *steps,
        Figure(f"triage of {len(TRIAGE)} questions: bytes of the answers", "bytes", wire["ours"], wire["theirs"]),
        Figure(f"triage of {len(TRIAGE)} questions: {_READS}", "tokens", read["ours"], read["theirs"], 0.5),
    ]


def _entries(tools: list[dict[str, Any]]) -> dict[str, str]:
    """Return each tool's entry as compact JSON, by its name."""
    return {tool["name"]: json.dumps(tool, separators=(",", ":"), ensure_ascii=False) for tool in tools}


def _bytes(texts: list[str]) -> int:
    return sum(len(text.encode()) for text in texts)

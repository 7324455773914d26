"""The tool manifest as it is written in `schema/tools/*.yaml`: one model a level, nothing resolved yet."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
ParamType = Literal[
    "string",
    "integer",
    "number",
    "boolean",
    "object",
    "timestamp",
    "id",
    "detail",
    "string[]",
    "integer[]",
    "object[]",
    "id[]",
]
Effect = Literal["read", "write", "destructive"]
Pattern = Literal["call", "page", "poll"]


class Strict(BaseModel):
    """Base of all levels: a key that is not known is an error, and values are not changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Permissions(Strict):
    """What the token needs, in names of Panther's `Permission` enum."""

    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()


class Param(Strict):
    """One argument of a tool.

    `fills` is the operation variable that it becomes, a dotted path into input objects (`input.createdAtAfter`).
    The type follows from that variable; `type` is for workflows, where there is none, and for what a variable
    does not say: `timestamp` takes relative times too, `id` the URL that ends with the id, and `detail` asks
    for full results instead of compact ones (it fills a Boolean variable, or with REST nothing).
    """

    fills: str | None = None
    type: ParamType | None = None
    required: bool | None = None
    default: JsonValue = None
    enum: tuple[str, ...] | None = None
    minimum: int | None = None
    maximum: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None


class Result(Strict):
    """How the answer becomes a result.

    `path` leads to the part of the answer that is the result; `as` names it when it is a list; `fields`
    are the ones to keep of a REST object (a GraphQL operation selects its own), and `full` those to keep when
    the tool's `detail` is full (all when empty).
    """

    path: str | None = None
    name: Annotated[str | None, Field(alias="as")] = None
    fields: tuple[str, ...] = ()
    full: tuple[str, ...] = ()
    # Read every page and answer with one list, up to this many items; `cursor` is the variable for the next page.
    collect: Annotated[int | None, Field(ge=1, le=10_000)] = None
    cursor: str | None = None


class Poll(Strict):
    """How a started run is read back: `query` is asked until its field `until` is true.

    `variable` of that query is filled from the field `id` of the start's answer. `error` is the field
    that holds the reason of a failed run.
    """

    query: str
    variable: str
    id: str
    until: str
    error: str | None = None
    timeout: str


class Before(Strict):
    """How a write reads what it is about to change: an operation, and which parameter fills each variable of it.

    `path` and `fields` choose the part to show, as in `Result`.
    """

    graphql: str | None = None
    rest: str | None = None
    fills: dict[str, str]
    path: str | None = None
    fields: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.graphql is None) == (self.rest is None):
            raise ValueError("give exactly one of graphql and rest")
        return self


class WorkflowField(Strict):
    """A field of a workflow's result: its JSON type and who may have written its text."""

    type: Literal["string", "integer", "number", "boolean", "object", "array"]
    items: Literal["string", "integer", "number", "object"] | None = None
    label: Literal["trusted", "untrusted"] | None = None


class Tool(Strict):
    """One tool: the operation it calls, its arguments, its result, and what it does to the world."""

    graphql: str | None = None
    rest: str | None = None
    workflow: tuple[str, ...] | None = None
    pattern: Pattern = "call"
    effect: Effect
    idempotent: bool = False
    billable: bool = False
    permissions: Permissions = Permissions()
    params: dict[Name, Param] = {}
    constants: dict[str, JsonValue] = {}
    result: Result = Result()
    returns: dict[str, WorkflowField] = {}
    poll: Poll | None = None
    before: Before | None = None
    # A person has to agree, as for every destructive tool.
    confirm: bool = False
    timeout: Annotated[int | None, Field(ge=1, le=3600)] = None

    @property
    def detail(self) -> str | None:
        """The parameter that chooses between compact and full results, if there is one."""
        return next((name for name, param in self.params.items() if param.type == "detail"), None)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = [kind for kind in ("graphql", "rest", "workflow") if getattr(self, kind) is not None]
        if len(kinds) != 1:
            raise ValueError(f"give exactly one of graphql, rest and workflow (given: {', '.join(kinds) or 'none'})")
        if (self.pattern == "poll") != (self.poll is not None):
            raise ValueError("pattern: poll and the key poll go together")
        if self.returns and self.workflow is None:
            raise ValueError("returns is for workflows; other results follow from their operation")
        if self.before and (self.workflow or self.effect == "read"):
            raise ValueError("before is for writes; a workflow reads the present state itself")
        return self


class Toolset(Strict):
    """One file of the manifest."""

    toolset: Name
    title: str
    # Offered unless other toolsets are asked for.
    default: bool = True
    tools: dict[Name, Tool]

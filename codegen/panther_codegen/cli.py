"""The command line of the code generator: `generate`, and `schema` to take in what Panther publishes."""

import json
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from panther_codegen.problems import GenerationFailed
from panther_codegen.project import Project

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Generate panther-mcp from schema/.",
)
schema_app = typer.Typer(no_args_is_help=True, help="Take in Panther's API description.")
app.add_typer(schema_app, name="schema")

RootOption = Annotated[
    Path, typer.Option("--root", help="The project: the folder that holds schema/.", file_okay=False)
]
_FIX = "python -m panther_codegen generate"


@app.command()
def generate(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; show what differs and exit with 1.")] = False,
    root: RootOption = Path("."),
) -> None:
    """Render schema/ into generated/ and docs/tools.md."""
    # Imported here: `schema pull` and `--help` need none of the generators.
    from panther_codegen.generate import generate as render
    from panther_codegen.write import apply, changes

    project = _project(root)
    try:
        generated = render(project)
    except GenerationFailed as error:
        for problem in error.problems:
            typer.echo(str(problem), err=True)
        typer.echo(f"{len(error.problems)} problem(s); nothing was written.", err=True)
        raise typer.Exit(1) from error
    found = changes(project.root, generated.files)
    if check:
        for change in found:
            typer.echo(change.diff())
        if found:
            typer.echo(f"{len(found)} generated file(s) are out of date. To fix: {_FIX}", err=True)
            raise typer.Exit(1)
        typer.echo(f"{len(generated.files)} generated files are up to date.")
        return
    apply(project.root, found)
    typer.echo(f"{generated.tools} tools, {len(generated.files)} files, {len(found)} changed.")
    for change in found:
        state = "deleted" if change.after is None else "new" if change.before is None else "changed"
        typer.echo(f"  {state:8} {change.path}")
    for line in generated.coverage.notice():
        typer.echo(line, err=True)


@schema_app.command("import")
def import_schema(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            exists=True,
            dir_okay=False,
            help="An introspection result (JSON) or SDL, and/or an OpenAPI document (JSON).",
        ),
    ],
    root: RootOption = Path("."),
) -> None:
    """Write the canonical schema/panther.graphql and schema/panther.openapi.json from FILEs."""
    from panther_codegen.schema_files import SchemaImportError, canonical_openapi, canonical_sdl, is_openapi

    project = _project(root)
    canonical: dict[Path, str] = {}
    for file in files:
        try:
            text = file.read_text(encoding="utf-8")
            if is_openapi(text):
                canonical[project.openapi] = canonical_openapi(text)
            else:
                canonical[project.sdl] = canonical_sdl(text)
        except (SchemaImportError, UnicodeDecodeError) as error:
            _fail(f"{file}: {error}")
    _write(project, canonical)


@schema_app.command("pull")
def pull_schema(
    url: Annotated[str, typer.Option(envvar="PANTHER_GQL_API_URL", help="The GraphQL URL, ending in /public/graphql.")],
    token: Annotated[str, typer.Option(envvar="PANTHER_API_TOKEN", help="An API token.")],
    root: RootOption = Path("."),
) -> None:
    """Write the canonical schema/panther.graphql from a live Panther, by introspection."""
    from panther_codegen.introspect import introspect
    from panther_codegen.schema_files import SchemaImportError, canonical_sdl

    project = _project(root)
    try:
        sdl = canonical_sdl(introspect(url, token))
    except SchemaImportError as error:
        _fail(f"{url}: {error}")
    _write(project, {project.sdl: sdl})


@schema_app.command("diff")
def diff_schema(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[OLD] [NEW]",
            help="Two descriptions of the same half of the API; with --url, OLD only (default: the checked-in schema).",
        ),
    ] = None,
    url: Annotated[str | None, typer.Option(help="Compare with this live GraphQL URL instead of NEW.")] = None,
    token: Annotated[str, typer.Option(envvar="PANTHER_API_TOKEN", help="An API token, for --url.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    root: RootOption = Path("."),
) -> None:
    """Tell what has changed, and the tools that each change touches; exit 1 where a breaking one touches a tool."""
    from panther_codegen.diff.change import as_json as json_of
    from panther_codegen.diff.change import as_text, breaks_a_tool
    from panther_codegen.diff.command import NotComparable, compared

    try:
        changes = compared(Project(root.resolve()), files or [], url, token)
    except NotComparable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(json.dumps(json_of(changes), indent=1) if as_json else as_text(changes).rstrip("\n"))
    raise typer.Exit(int(breaks_a_tool(changes)))


def _project(root: Path) -> Project:
    project = Project(root.resolve())
    if not project.schema.is_dir():
        _fail(f"{root}: there is no schema/ folder here. Run this in the project, or give --root.")
    return project


def _write(project: Project, canonical: dict[Path, str]) -> None:
    for path, text in canonical.items():
        before = path.read_text(encoding="utf-8") if path.exists() else None
        path.write_text(text, encoding="utf-8", newline="\n")
        state = "unchanged" if before == text else "written"
        typer.echo(f"{state}: {project.relative(path)}")
    typer.echo(f"Next: {_FIX}")


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    sys.exit(1)

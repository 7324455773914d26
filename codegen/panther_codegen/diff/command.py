"""Read what is to be compared, from files or from a live Panther, and compare it."""

import json
from pathlib import Path

from graphql import GraphQLError, build_schema

from panther_codegen.diff.change import Change
from panther_codegen.diff.graphql_changes import graphql_changes
from panther_codegen.diff.rest_changes import rest_changes
from panther_codegen.project import Project
from panther_codegen.schema_files import SchemaImportError, canonical_openapi, canonical_sdl, is_openapi
from panther_mcp.drift.usage import Usage, parsed_usage


class NotComparable(Exception):  # noqa: N818 - what is wrong is the input, and the message says what
    """The input cannot be read or compared; the message says which part, and what is expected."""


def compared(project: Project, files: list[Path], url: str | None, token: str) -> list[Change]:
    """Return the changes between two `files`, or from one file (by default the checked-in schema) to the API at `url`.

    Raises `NotComparable`.
    """
    wanted = 1 if url else 2
    if len(files) > wanted or (not url and len(files) != wanted):
        raise NotComparable(f"{len(files)} files are given: give OLD and NEW, or --url and at most OLD.")
    old = _read(files[0]) if files else _checked_in(project)
    new = _introspected(url, token) if url else _read(files[1])
    usage = _usage(project)
    if is_openapi(old) != is_openapi(new):
        raise NotComparable("One of them is OpenAPI, the other GraphQL: compare the same half of the API.")
    try:
        if is_openapi(old):
            return rest_changes(json.loads(canonical_openapi(old)), json.loads(canonical_openapi(new)), usage)
        return graphql_changes(build_schema(canonical_sdl(old)), build_schema(canonical_sdl(new)), usage)
    except (SchemaImportError, GraphQLError, TypeError) as error:
        raise NotComparable(f"This cannot be compared: {error}") from error


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotComparable(f"{file} cannot be read: {error}") from error


def _checked_in(project: Project) -> str:
    """Return the published schema with what we know of the live API beyond it."""
    extensions = _read(project.extensions) if project.extensions.is_file() else ""
    return f"{_read(project.sdl)}\n{extensions}"


def _introspected(url: str, token: str) -> str:
    from panther_codegen.introspect import introspect

    try:
        return introspect(url, token)
    except SchemaImportError as error:
        raise NotComparable(f"{url}: {error}") from error


def _usage(project: Project) -> Usage:
    try:
        return parsed_usage(project.usage.read_bytes())
    except OSError as error:
        raise NotComparable(
            f"What the tools use is unknown: {error}. Run `python -m panther_codegen generate` first, or give --root."
        ) from error

"""Who may have written the text of a field: `schema/labels.yaml`, and the check that it is complete."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from graphql import GraphQLNamedType
from pydantic import BaseModel, ConfigDict

from panther_codegen.ir import Label
from panther_codegen.problems import Problems, nearest
from panther_codegen.yaml_lines import YamlDocument, read_yaml, validated

Half = Literal["graphql", "rest"]
# Type -> label -> names of fields.
ByLabel = dict[str, dict[str, list[str]]]
LABELS: tuple[Label, ...] = ("trusted", "untrusted", "secret")


class LabelsFile(BaseModel):
    """`schema/labels.yaml` as it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scalars: dict[str, str] = {}
    graphql: ByLabel = {}
    rest: ByLabel = {}


@dataclass
class Labels:
    """The labels of all string fields, and which of them a generation has asked for."""

    document: YamlDocument
    scalars: dict[str, Label] = field(default_factory=dict[str, Label])
    fields: dict[tuple[Half, str, str], Label] = field(default_factory=dict[tuple[Half, str, str], Label])
    readable: bool = True

    def of(self, half: Half, owner: str, name: str, tool: str, problems: Problems) -> Label:
        """Return the label of field `name` of type `owner`; a missing one becomes a problem."""
        label = self.fields.get((half, owner, name))
        if label is None and self.readable:
            problems.add(
                self.document.file,
                self.document.line(half, owner),
                f"{half} field {owner}.{name}, which {tool} returns, has no label",
                f"add '{name}' under {half}: {owner}: as trusted, untrusted (an attacker can write it) or secret",
            )
        return label or "untrusted"


def read_labels(path: Path, file: str, problems: Problems) -> Labels:
    """Read the labels; unknown labels and fields that are labelled twice are added to `problems`."""
    document = read_yaml(path, file, problems)
    labels = Labels(document)
    content = validated(LabelsFile, document, problems) if document.parsed else None
    if content is None:
        labels.readable = False
        return labels
    for scalar, label in content.scalars.items():
        if label not in LABELS:
            _unknown(document, ("scalars", scalar), label, problems)
        else:
            labels.scalars[scalar] = label
    halves: tuple[tuple[Half, ByLabel], ...] = (("graphql", content.graphql), ("rest", content.rest))
    for half, owners in halves:
        for owner, by_label in owners.items():
            for label, names in by_label.items():
                if label not in LABELS:
                    _unknown(document, (half, owner, label), label, problems)
                    continue
                for index, name in enumerate(names):
                    if (half, owner, name) in labels.fields:
                        problems.add(
                            document.file,
                            document.line(half, owner, label, index),
                            f"{half} field {owner}.{name} is labelled twice",
                            "keep the stricter one of the two labels",
                        )
                    labels.fields[half, owner, name] = label
    return labels


def check_labels(
    labels: Labels, graphql: Mapping[str, GraphQLNamedType], rest: Mapping[str, Any], problems: Problems
) -> None:
    """Note every label of a type or field that the schema does not have, or no longer has.

    `graphql` are the types of the GraphQL schema, `rest` the schemas of the OpenAPI document, by name.
    """
    for half, owner, name in labels.fields:
        if half == "graphql":
            known = cast("Mapping[str, Any]", getattr(graphql.get(owner), "fields", {}))
        else:
            known = _rest_fields(owner, rest)
        if name not in known:
            problems.add(
                labels.document.file,
                labels.document.line(half, owner),
                f"there is no {half} field {owner}.{name} to label",
                nearest(name, known, noun=f"fields of {owner}") if known else f"remove '{owner}'",
            )


def _rest_fields(owner: str, schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields of a schema, or of an object within one (`Comment.createdBy`)."""
    name, *path = owner.split(".")
    fields: Mapping[str, Any] = schemas.get(name, {}).get("properties", {})
    for part in path:
        fields = fields.get(part, {}).get("properties", {})
    return fields


def _unknown(document: YamlDocument, at: tuple[str, ...], label: str, problems: Problems) -> None:
    problems.add(
        document.file,
        document.line(*at),
        f"'{label}' is not a label",
        "use trusted, untrusted or secret",
    )

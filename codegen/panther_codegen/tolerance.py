"""An ariadne-codegen plugin: response models accept what a newer Panther may send.

Unknown enum values stay strings, unknown members of a union and unknown implementations of an interface
become a fallback, and any field may be null or missing: one odd value must not cost the whole page. Inputs
stay strict.
"""

import ast
from typing import Any, cast

from ariadne_codegen.plugins.base import Plugin
from graphql import (
    ExecutableDefinitionNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    is_abstract_type,
    is_enum_type,
)

_TYPENAME = "typename__"


class TolerancePlugin(Plugin):
    """Relaxes the annotations of every generated response model."""

    def __init__(self, schema: GraphQLSchema, config_dict: dict[str, Any]) -> None:
        super().__init__(schema, config_dict)  # pyright: ignore[reportUnknownMemberType] - its dict is bare
        self.enums = {name for name, kind in schema.type_map.items() if is_enum_type(kind)}
        self.abstract = {name for name, kind in schema.type_map.items() if is_abstract_type(kind)}

    def generate_result_types_module(
        self, module: ast.Module, operation_definition: ExecutableDefinitionNode
    ) -> ast.Module:
        """Relax the models of one operation."""
        return self._relax(module)

    def generate_fragments_module(
        self, module: ast.Module, fragments_definitions: dict[str, FragmentDefinitionNode]
    ) -> ast.Module:
        """Relax the models of the fragments."""
        return self._relax(module)

    def _relax(self, module: ast.Module) -> ast.Module:
        classes = [node for node in module.body if isinstance(node, ast.ClassDef)]
        typenames = {cls.name: self._open_typename(cls) for cls in classes}
        rewriter = _Annotations(self.enums, self.abstract, typenames)
        for cls in classes:
            for node in cls.body:
                if isinstance(node, ast.AnnAssign) and _name_of(node.target) != _TYPENAME:
                    _relax_field(node, rewriter)
        module.body = [
            _import("tolerant", "Open", "UnknownMember", "by_typename", level=1),
            _import("pydantic", "Tag"),
            _import("typing", "Annotated", "Optional", "Union"),
            *module.body,
        ]
        return module

    def _open_typename(self, cls: ast.ClassDef) -> list[str]:
        """Return the typenames that `cls` stands for, and let a class of an interface stand for any."""
        for node in cls.body:
            if isinstance(node, ast.AnnAssign) and _name_of(node.target) == _TYPENAME:
                literal = cast("ast.Subscript", node.annotation).slice
                parts = literal.elts if isinstance(literal, ast.Tuple) else [literal]
                values = [_name_of(part).strip('"') for part in parts]
                if self.abstract & set(values):
                    node.annotation = _subscript("Optional", ast.Name("str", ast.Load()))
                    cast("ast.Call", node.value).keywords.append(ast.keyword("default", ast.Constant(None)))
                return values
        return []


def _relax_field(node: ast.AnnAssign, rewriter: "_Annotations") -> None:
    node.annotation = rewriter.visit(node.annotation)
    if not (isinstance(node.annotation, ast.Subscript) and _name_of(node.annotation.value) == "Optional"):
        node.annotation = _subscript("Optional", node.annotation)
    if not isinstance(node.value, ast.Call):
        node.value = ast.Constant(None)
        return
    # The discriminator has moved into the annotation.
    keywords = [keyword for keyword in node.value.keywords if keyword.arg not in ("discriminator", "default")]
    node.value.keywords = keywords
    if keywords:
        keywords.append(ast.keyword("default", ast.Constant(None)))
    else:
        node.value = ast.Constant(None)


class _Annotations(ast.NodeTransformer):
    def __init__(self, enums: set[str], abstract: set[str], typenames: dict[str, list[str]]) -> None:
        self._enums, self._abstract, self._typenames = enums, abstract, typenames

    def visit_Name(self, node: ast.Name) -> ast.expr:  # the name is ast's
        return _subscript("Open", node) if node.id in self._enums else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:  # the name is ast's
        outer = _name_of(node.value)
        if outer == "Annotated" and isinstance(node.slice, ast.Tuple):
            first = node.slice.elts[0]
            if isinstance(first, ast.Subscript) and _name_of(first.value) == "Union":
                return cast("ast.AST", self.visit(first))
        if outer == "Union":
            return self._union(node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice])
        if outer == "list":
            item = cast("ast.expr", self.visit(node.slice))
            is_optional = isinstance(item, ast.Subscript) and _name_of(item.value) == "Optional"
            node.slice = item if is_optional else _subscript("Optional", item)
            return node
        return self.generic_visit(node)

    def _union(self, members: list[ast.expr]) -> ast.expr:
        known: list[ast.expr] = []
        tagged: list[ast.expr] = []
        fallback: ast.expr = ast.Name("UnknownMember", ast.Load())
        for member in members:
            values = self._typenames[_name_of(member).strip('"')]
            if self._abstract & set(values):
                fallback = member
                continue
            known += [ast.Constant(value) for value in values]
            tagged += [_tagged(member, value) for value in values]
        tagged.append(_tagged(fallback, "*"))
        union = _subscript("Union", ast.Tuple(tagged, ast.Load()))
        pick = ast.Call(ast.Name("by_typename", ast.Load()), known, [])
        return _subscript("Annotated", ast.Tuple([union, pick], ast.Load()))


def _tagged(member: ast.expr, value: str) -> ast.expr:
    tag = ast.Call(ast.Name("Tag", ast.Load()), [ast.Constant(value)], [])
    return _subscript("Annotated", ast.Tuple([member, tag], ast.Load()))


def _name_of(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _subscript(outer: str, inner: ast.expr) -> ast.Subscript:
    return ast.Subscript(ast.Name(outer, ast.Load()), inner, ast.Load())


def _import(module: str, *names: str, level: int = 0) -> ast.ImportFrom:
    return ast.ImportFrom(module, [ast.alias(name) for name in names], level)

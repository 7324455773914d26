"""What response models use to accept values that a newer Panther may send.

Copied into the generated client; the annotations that use it are written by the tolerance plugin.
"""

from typing import Annotated, Any, TypeVar, cast

from pydantic import ConfigDict, Discriminator, Field

from .base_model import BaseModel

_E = TypeVar("_E")
# A known value becomes a member of the enum, an unknown one stays the string that came.
Open = Annotated[_E | str, Field(union_mode="left_to_right")]
_OTHER = "*"


class UnknownMember(BaseModel):
    """A member of a union that this client was generated without knowing."""

    model_config = ConfigDict(extra="allow")
    typename__: str | None = Field(alias="__typename", default=None)


def by_typename(*known: str) -> Discriminator:
    """Return the discriminator of a union whose known members are `known`; anything else is the fallback."""
    names = frozenset(known)

    def pick(value: Any) -> str:
        if isinstance(value, dict):
            name = cast("dict[str, Any]", value).get("__typename")
        else:
            name = getattr(value, "typename__", None)
        return name if isinstance(name, str) and name in names else _OTHER

    return Discriminator(pick)

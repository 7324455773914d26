"""The base of the REST models: lenient with what comes, lazy in building its validators."""

from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json


class RestModel(BaseModel):
    """A REST object; fields that this client does not know are left out."""

    model_config = ConfigDict(extra="ignore", defer_build=True, protected_namespaces=(), coerce_numbers_to_str=True)

    @classmethod
    def read(cls, answer: bytes, odd: list[str]) -> Self:
        """Return the JSON text `answer` as a model; the places of values that do not fit are added to `odd`.

        Raises `ValidationError` where it is no JSON, or where no part fits.
        """
        try:
            return cls.model_validate_json(answer)
        except ValidationError as error:
            if any(detail["type"] == "json_invalid" for detail in error.errors(include_input=False)):
                raise
        from panther_client.forms import read

        return read(cls, from_json(answer), odd)

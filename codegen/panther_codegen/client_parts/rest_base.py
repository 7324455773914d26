"""The base of the REST models: lenient with what comes, lazy in building its validators."""

from pydantic import BaseModel, ConfigDict


class RestModel(BaseModel):
    """A REST object; fields that this client does not know are left out."""

    model_config = ConfigDict(extra="ignore", defer_build=True, protected_namespaces=())

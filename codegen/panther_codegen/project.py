"""Where the inputs and outputs of a generation stand, below one root."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Project:
    """The paths of a project; `root` holds `schema/`, `generated/` and `docs/`."""

    root: Path

    @property
    def schema(self) -> Path:
        """Folder of everything that is read."""
        return self.root / "schema"

    @property
    def sdl(self) -> Path:
        """The published GraphQL schema, replaced as a whole by `schema import`."""
        return self.schema / "panther.graphql"

    @property
    def extensions(self) -> Path:
        """What the live API has beyond the published schema, kept by hand."""
        return self.schema / "extensions.graphql"

    @property
    def openapi(self) -> Path:
        """The REST half, with normalised names."""
        return self.schema / "panther.openapi.json"

    @property
    def operations(self) -> list[Path]:
        """The named GraphQL operations, a file a domain."""
        return sorted((self.schema / "operations").glob("*.graphql"))

    @property
    def manifests(self) -> list[Path]:
        """The tool manifest, a file a toolset."""
        return sorted((self.schema / "tools").glob("*.yaml"))

    @property
    def labels(self) -> Path:
        """Which fields are trusted, untrusted or secret."""
        return self.schema / "labels.yaml"

    @property
    def left_out(self) -> Path:
        """Which operations of the API no tool uses, and why."""
        return self.schema / "left_out.yaml"

    @property
    def usage(self) -> Path:
        """What the tools use of the API, as it was generated last."""
        return self.root / "generated" / "panther_tools" / "usage.json"

    def relative(self, path: Path) -> str:
        """Return `path` as it is shown to people: relative to the root, with forward slashes."""
        return path.relative_to(self.root).as_posix()

"""The permissions that the API token had when Panther was last asked, on disk: for the first list of the next start.

They decide what is shown at first, never what may be done. A name of the file says nothing about the token.
"""

import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, cast

from panther_mcp.settings import Settings

REMEMBERED_SECONDS: Final = 7 * 86_400
_log = logging.getLogger(__name__)


class RememberedPermissions:
    """Those of one token at one Panther. `shown` is what was read, and the first list made of."""

    def __init__(self, file: Path | None, clock: Callable[[], float] = time.time) -> None:
        self._file, self._clock = file, clock
        self.shown: frozenset[str] | None = None

    def read(self) -> frozenset[str] | None:
        """Return what was kept in the last days, or None."""
        try:
            if self._file is not None and self._clock() - self._file.stat().st_mtime < REMEMBERED_SECONDS:
                kept: object = json.loads(self._file.read_bytes())
                if isinstance(kept, list):
                    self.shown = frozenset(str(name) for name in cast("list[object]", kept))
        except (OSError, ValueError) as error:
            _log.debug("no permissions are remembered: %s", error)
        return self.shown

    def keep(self, granted: frozenset[str]) -> None:
        """Remember `granted`. Where the disk does not take them, the next start asks Panther first."""
        if self._file is None:
            return
        draft = self._file.with_suffix(f".{os.getpid()}")
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(sorted(granted), file)
            draft.replace(self._file)  # at once: another server may be reading it
            for other in self._file.parent.iterdir():
                if self._clock() - other.stat().st_mtime > REMEMBERED_SECONDS:
                    other.unlink(missing_ok=True)
        except OSError as error:
            _log.info("the permissions of the token cannot be remembered: %s", error)


def remembered_permissions(settings: Settings, environment: Mapping[str, str]) -> RememberedPermissions:
    """Return those of the token of `settings`, kept below the user's state folder."""
    from panther_mcp.secret_files import default_folder

    folder = default_folder(environment)
    if folder is None or settings.api_token is None:
        return RememberedPermissions(None)
    where = (settings.api_token.reveal(), settings.instance_url, settings.graphql_url, settings.rest_url)
    name = hashlib.sha256("\n".join(str(part) for part in where).encode()).hexdigest()[:32]
    return RememberedPermissions(folder.with_name("permissions") / f"{name}.json")

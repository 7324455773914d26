"""What the process that runs a detection may not do: use much, write files, open sockets, start programs.

The limits of the operating system bound time and memory; an audit hook, which cannot be taken back, refuses the rest.
"""

from __future__ import annotations

import contextlib
import os
import sys
import sysconfig
from typing import Any

CPU_SECONDS = 5
MEMORY_BYTES = 512 * 1024 * 1024
_FORBIDDEN = (
    "ctypes.",
    "ftplib.",
    "fcntl.",
    "gc.",
    "http.client.",
    "os.chdir",
    "os.chmod",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.kill",
    "os.link",
    "os.listdir",
    "os.mkdir",
    "os.posix_spawn",
    "os.putenv",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.scandir",
    "os.spawn",
    "os.startfile",
    "os.symlink",
    "os.system",
    "os.truncate",
    "os.utime",
    "pty.",
    "resource.",
    "shutil.",
    "signal.",
    "socket.",
    "sqlite3.",
    "subprocess.",
    "sys.setprofile",
    "sys.settrace",
    "urllib.",
    "webbrowser.",
)
# Modules of C code that could do what the hook forbids without its hearing of it.
_FORBIDDEN_MODULES = frozenset(
    {"_ctypes", "_multiprocessing", "_posixshmem", "_posixsubprocess", "_testcapi", "ctypes", "mmap"}
)


class ForbiddenError(Exception):
    """A detection did what the sandbox does not let it do."""


def limit_this_process() -> None:
    """Limit the process for good."""
    if sys.platform != "win32":
        import resource

        for name, most in (
            (resource.RLIMIT_CPU, CPU_SECONDS),
            (resource.RLIMIT_AS, MEMORY_BYTES),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
        ):
            # Not every system has every limit; the clock on the wall bounds the process in any case.
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(name, (most, most))
    libraries = sysconfig.get_paths()
    given = (*sys.path, libraries["stdlib"], libraries["platstdlib"], "/usr/share/zoneinfo")
    readable = {form(path) for path in given if path for form in (str, os.path.abspath, os.path.realpath)}
    sys.addaudithook(_hook(tuple(f"{path}{os.sep}" for path in readable), tuple(readable)))


def _hook(inside: tuple[str, ...], folders: tuple[str, ...]) -> Any:
    # Everything it calls is bound here: the code that it watches may replace whatever a module or builtins hold.
    forbidden, forbidden_modules, error = _FORBIDDEN, _FORBIDDEN_MODULES, ForbiddenError
    type_of, text, number, starts, up = type, str, int, str.startswith, os.pardir
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _mode, flags = arguments
            if type_of(path) is not text or type_of(flags) is not number:
                raise error("open")
            if flags & writing or up in path or not starts(path, inside):
                raise error("open " + path)
        elif event == "import":
            if arguments[0] in forbidden_modules:
                raise error("import " + arguments[0])
        elif event == "os.listdir" and type_of(arguments[0]) is text:
            # The import system lists the folders of modules.
            if arguments[0] not in folders and (up in arguments[0] or not starts(arguments[0], inside)):
                raise error(event)
        elif starts(event, forbidden):
            raise error(event)

    return refuse

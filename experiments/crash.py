"""A file about something that went wrong inside the program, to be attached to a report of the fault.

It says where it went wrong, with which versions and by which command. It holds no data: what the error itself says may
quote a file of the user's, and so stays on the terminal.
"""

from __future__ import annotations

import importlib.metadata
import platform
import shlex
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from sim.errors import shown

_PACKAGES: Final = ("internal-social-media", "click", "numba", "numpy", "polars", "pydantic", "scipy", "solara")
_MOST: Final = 100
"""Files of one minute that are kept in one folder."""


def leave(error: BaseException, arguments: Sequence[str]) -> Path | None:
    """Write what happened to a new file, and return its place; None where nothing can be written anywhere.

    It lies in the current folder, or, where that cannot be written, in the user's folder for such files, or that for
    temporary ones. No file is ever overwritten.
    """
    text = written(error, arguments)
    for folder in _folders():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return _new_file(folder, text)
        except OSError:
            continue
    return None


def written(error: BaseException, arguments: Sequence[str]) -> str:
    """Return what happened, in lines; the user's home folder is written as `~`."""
    lines = ["Something went wrong inside the simulation.", "", f"command: {shlex.join(['ism', *arguments])}"]
    lines += [f"python: {platform.python_version()} on {platform.system()} {platform.machine()}"]
    lines += [f"{name}: {_version(name)}" for name in _PACKAGES]
    for each in _chain(error):
        lines += ["", f"{type(each).__module__}.{type(each).__qualname__}, raised in", *_frames(each)]
    lines += ["", "What the error says is not written here, as it may quote your data: it stood on the terminal.", ""]
    return "\n".join(shown(_shortened(line), 2000) for line in lines)


def _folders() -> Iterator[Path]:
    import platformdirs

    yield Path.cwd()
    yield platformdirs.user_state_path("internal-social-media")
    yield Path(tempfile.gettempdir())


def _new_file(folder: Path, text: str) -> Path:
    stem = time.strftime("ism-fault-%Y-%m-%d-%H%M")
    for number in range(1, _MOST + 1):
        path = folder / (f"{stem}.txt" if number == 1 else f"{stem}-{number}.txt")
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            continue
        return path
    raise FileExistsError(folder)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _frames(error: BaseException) -> Iterator[str]:
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}, line {frame.lineno}, in {frame.name}"
        yield f"    {frame.line}"


def _shortened(line: str) -> str:
    home = str(Path.home())
    return line.replace(home, "~") if len(home) > 1 else line

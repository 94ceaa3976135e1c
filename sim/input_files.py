"""Files that users name: opened only where they are ordinary files of a size that is allowed.

A pipe, a device or a folder in the place of a file is an answer at once, and not a wait for ever.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from sim.errors import InputError, shown

_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""Without O_NONBLOCK, opening a pipe waits until somebody writes into it."""


@contextmanager
def opened(path: Path, most: int, file: str | None = None) -> Iterator[BinaryIO]:
    """Give an ordinary file of at most `most` bytes, open for reading.

    Raises InputError, which calls the file `file` (its path), where it is none, is larger, or cannot be read.
    """
    name = shown(path) if file is None else file
    try:
        _check(path.stat(), most, name)
        stream = os.fdopen(os.open(path, _FLAGS), "rb")
    except (OSError, ValueError) as error:
        raise _unreadable(error, name) from None
    with stream:
        _check(os.fstat(stream.fileno()), most, name)  # once more: another may stand there by now
        yield stream


def read_bytes(path: Path, most: int, file: str | None = None) -> bytes:
    """Return what an ordinary file of at most `most` bytes holds; InputError as `opened` raises it."""
    with opened(path, most, file) as stream:
        name = shown(path) if file is None else file
        try:
            content = stream.read(most + 1)
        except OSError as error:
            raise _unreadable(error, name) from None
        if len(content) > most:  # it has grown, or the system does not say how large it is
            raise _too_large(most, name)
        return content


def read_text(path: Path, most: int, file: str | None = None) -> str:
    """Return the text of a UTF-8 file of at most `most` bytes; InputError as of `opened`, or for no text."""
    content = read_bytes(path, most, file)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        name = shown(path) if file is None else file
        raise InputError("this is not UTF-8 text; save the file as UTF-8", file=name, line=line) from None


def _check(status: os.stat_result, most: int, name: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise InputError("this is a folder, not a file", file=name)
    if not stat.S_ISREG(status.st_mode):
        raise InputError("this is not an ordinary file", file=name)
    if status.st_size > most:
        raise _too_large(most, name)


def _too_large(most: int, name: str) -> InputError:
    return InputError(f"the file is larger than {most:,} bytes, the most it may have", file=name)


def _unreadable(error: Exception, name: str) -> InputError:
    if isinstance(error, InputError):
        return error
    if isinstance(error, FileNotFoundError):
        return InputError("there is no such file", file=name)
    reason = getattr(error, "strerror", None) or "it is no name of a file"
    return InputError(f"the file cannot be read: {reason.lower()}", file=name)

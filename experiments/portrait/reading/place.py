"""Where an export lies: in a folder, in a zip, or in one file. Nothing of it is ever unpacked onto the disk.

What a zip says of itself is checked before a byte of it is unpacked, and no name in it is used as a path.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Final

from experiments.portrait import limits
from sim import input_files
from sim.errors import InputError, shown

_ZIP: Final = b"PK\x03\x04"
_MARKED: Final = 0x1
"""The flag of an encrypted entry."""


class Place:
    """An export: the names of its files with their sizes, and what each holds."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name or str(path)
        self.read = 0
        """Bytes that were asked for, unpacked."""

    def sizes(self) -> Mapping[str, int]:
        """Return the bytes of each file, unpacked, by its name within the export, with `/` between folders."""
        raise NotImplementedError

    @contextmanager
    def opened(self, name: str, most: int) -> Iterator[IO[bytes]]:
        """Give a file of at most `most` bytes to read; InputError where it is larger, or damaged."""
        size = self.sizes()[name]
        self.read += size
        if size > most or self.read > limits.EXPORT_BYTES:
            raise self.error(name, f"it holds more than {most if size > most else limits.EXPORT_BYTES:,} bytes")
        with self._stream(name, most) as stream:
            yield stream

    def content(self, name: str, most: int) -> bytes:
        """Return what a file of at most `most` bytes holds; InputError as of `opened`."""
        with self.opened(name, most) as stream:
            return stream.read()

    def error(self, name: str, problem: str, line: int | None = None) -> InputError:
        """Return an error about a file of this export."""
        within = f"{self.name}/{name}" if name else self.name
        return InputError(problem, file=shown(within), line=line)

    def _stream(self, name: str, most: int) -> AbstractContextManager[IO[bytes]]:
        raise NotImplementedError(name, most)


class Folder(Place):
    """An export in a folder, or one file of it."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._files = {path.name: path} if path.is_file() else dict(_walk(path))
        self._sizes = {name: file.stat().st_size for name, file in self._files.items()}

    def sizes(self) -> Mapping[str, int]:
        """Return the bytes of each file."""
        return self._sizes

    def error(self, name: str, problem: str, line: int | None = None) -> InputError:
        """Return an error about a file of this export."""
        return super().error("" if self.path.is_file() else name, problem, line)

    @contextmanager
    def _stream(self, name: str, most: int) -> Iterator[IO[bytes]]:
        with input_files.opened(self._files[name], most, shown(name)) as stream:
            yield stream


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files below a folder, in order of their names; links to other folders are not followed."""
    found = 0
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if (found := found + 1) > limits.ENTRIES:
                raise InputError(f"the folder holds more than {limits.ENTRIES:,} files", file=shown(folder))
            path = Path(place, name)
            yield path.relative_to(folder).as_posix(), path


class Zip(Place):
    """An export in a zip, as platforms hand it out."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with input_files.opened(path, limits.EXPORT_BYTES):  # an ordinary file that may be read
            pass
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise InputError(f"this zip cannot be opened: {shown(error, 100)}", file=shown(path)) from None
        entries = [entry for entry in self._zip.infolist() if not entry.is_dir()]
        if len(entries) > limits.ENTRIES:
            raise InputError(f"the zip holds more than {limits.ENTRIES:,} files", file=shown(path))
        self._entries = {entry.filename: entry for entry in sorted(entries, key=lambda entry: entry.filename)}
        self._sizes = {name: entry.file_size for name, entry in self._entries.items()}

    def sizes(self) -> Mapping[str, int]:
        """Return the bytes that each file says it has, unpacked: no more than these are ever unpacked."""
        return self._sizes

    @contextmanager
    def _stream(self, name: str, most: int) -> Iterator[IO[bytes]]:  # noqa: ARG002  what it says of itself holds
        entry = self._entries[name]
        if entry.flag_bits & _MARKED:
            raise self.error(name, "it is locked with a password; unpack the zip, and give the folder")
        if entry.file_size > limits.LARGE and entry.file_size > limits.PACKED_AT_MOST * entry.compress_size:
            times = f"{entry.file_size // max(1, entry.compress_size):,}"
            raise self.error(
                name, f"unpacked it would be {times} times larger than packed, as nothing is that people wrote"
            )
        try:
            with self._zip.open(entry) as stream:
                yield stream
        except (zipfile.BadZipFile, EOFError, NotImplementedError, zlib.error) as error:
            raise self.error(name, f"it is damaged: {shown(error, 100)}") from None


def place_of(path: Path) -> Place:
    """Return the export at a path; InputError where there is nothing that can be read."""
    if path.is_dir():
        return Folder(path)
    with input_files.opened(path, limits.EXPORT_BYTES) as file:
        packed = file.read(len(_ZIP)) == _ZIP
    return Zip(path) if packed else Folder(path)


def last_part(name: str) -> str:
    """Return a file's own name, in small letters: people and platforms spell them either way."""
    return PurePosixPath(name).name.casefold()

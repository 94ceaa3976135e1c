"""Where the program keeps what it can make again: machine code, and what it knows of its own sources."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path


def roots() -> Iterator[Path]:
    """Yield the folders where something may be kept, best first; a folder need not exist yet."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        yield Path(chosen).absolute() / "internal-social-media"
        return
    with contextlib.suppress(Exception):  # platformdirs may find no home at all
        import platformdirs

        yield Path(platformdirs.user_cache_dir("internal-social-media", appauthor=False))
    shared = Path(tempfile.gettempdir()) / f"internal-social-media-{os.getuid() if hasattr(os, 'getuid') else 'user'}"
    if is_ours_alone(shared):
        yield shared


def is_ours_alone(folder: Path) -> bool:
    """Make `folder` private, or say that it is not: loading kept code runs it, so nobody else may write there."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return False
    if not hasattr(os, "getuid"):
        return stat.S_ISDIR(found.st_mode)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022


def recall(name: str) -> bytes:
    """Return the content of a file that was kept; b"" where there is none."""
    for root in roots():
        with contextlib.suppress(OSError):
            return (root / name).read_bytes()
    return b""


def keep(name: str, content: bytes) -> None:
    """Keep a file whole, in the first folder that takes it. Where none does, nothing is lost but time."""
    for root in roots():
        draft = root / f"{name}.{uuid.uuid4().hex}.part"
        with contextlib.suppress(OSError):
            root.mkdir(parents=True, exist_ok=True)
            try:
                draft.write_bytes(content)
                draft.replace(root / name)
                return
            finally:
                draft.unlink(missing_ok=True)

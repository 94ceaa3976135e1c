"""`ism dashboard`: the dashboard, in a browser on this machine."""

from __future__ import annotations

import errno
import socket
import subprocess
import sys
from importlib.util import find_spec

import click

from sim.errors import InputError, nearest, shown, told
from sim.scenario import gallery

TRIES = 50


def dashboard(scenario: str, port: int, host: str, trust_everyone_who_can_connect: bool) -> None:
    """Start the dashboard, which says where it is; Ctrl+C ends it."""
    if scenario not in gallery():
        raise InputError(f"there is no scenario {told(scenario)} in the gallery", nearest=nearest(scenario, gallery()))
    if find_spec("solara_assets") is None:
        raise InputError("the dashboard needs the package solara-assets, so that it works without a network")
    found = free_port(port, host)
    if found != port and port:
        click.echo(f"Port {port} is taken, so this is port {found}.")
    command = [sys.executable, "-m", "dashboards", scenario, "--port", str(found), "--host", host]
    trust = ["--trust-everyone-who-can-connect"] if trust_everyone_who_can_connect else []
    served = subprocess.run([*command, *trust])
    click.get_current_context().exit(served.returncode if served.returncode in (0, 2) else 1)


def free_port(wanted: int, host: str) -> int:
    """Return the port wanted, or the next one that nobody listens on; 0 asks for any.

    Raises InputError where the host is not this machine, or no port is free.
    """
    for port in range(wanted, min(wanted + TRIES, 2**16) if wanted else 1):
        try:
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as found:
                found.bind((host, port))
                return int(found.getsockname()[1])
        except PermissionError:
            continue
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                continue
            raise InputError(f"nothing can be served at {shown(host)}: {shown(problem.strerror)}") from None
    raise InputError(f"no port from {wanted} on is free; name another with --port")

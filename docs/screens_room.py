"""The pictures of the room in the documentation: `python -m docs.screens_room`. Needs a Chromium that is installed.

Twelve telephones play by whim over the network of this machine, and one in the browser has its picture taken.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.cookiejar import CookieJar
from typing import Any, Final, NamedTuple

from dashboards.door.keys import TOKEN_VARIABLE, make_token
from docs.screens import IMAGES
from sim import files
from tests.browser import chromium

PATIENCE: Final = 240_000  # milliseconds
PLAYERS: Final = 12
SPEAKING: Final = 0.45
"""How often a player says it."""
PLAYED: Final = 60_000
"""Milliseconds before the mirror is shown."""
_COMMAND: Final = "from experiments.cli import main; main()"


class Served(NamedTuple):
    """Both doors."""

    trainer: str
    telephones: str
    code: str


class Player:
    """A telephone without a screen."""

    def __init__(self, address: str, code: str, number: int) -> None:
        self.address, self._whim = address, random.Random(number)
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar())).open
        self._post("join", {"code": code, "name": ""})

    def _post(self, path: str, sent: dict[str, Any]) -> None:
        given = {"Content-Type": "application/json", "Origin": self.address.rstrip("/")}
        self._open(urllib.request.Request(f"{self.address}api/{path}", json.dumps(sent).encode(), given)).read()

    def play(self) -> None:
        """Decide whatever is asked, until the process ends."""
        while True:
            with suppress(OSError):  # the session ends with the server
                asked = json.load(self._open(f"{self.address}api/me")).get("asked")
                if asked:
                    time.sleep(self._whim.uniform(0.5, 2.5))
                    self._post("answer", self._decided(asked))
            time.sleep(0.8)

    def _decided(self, asked: dict[str, Any]) -> dict[str, Any]:
        says = self._whim.random() < SPEAKING
        way = self._whim.choice([way for way in asked["ways"] if way["open"] and way["spoken"] == says])
        motive = None if says else self._whim.choice(asked["motives"][:4])["key"]
        guess = self._whim.randint(1, max(1, asked["possible"]))
        return {"moment": asked["moment"], "way": way["key"], "motive": motive, "guess": guess}


@contextmanager
def served() -> Iterator[Served]:
    """Run a dashboard with a room, and give where it is."""
    words = ["dashboard", "one-public-rebuke", "--port", "0", "--room", "--room-port", "0", "--room-host", "127.0.0.1"]
    command = [sys.executable, "-c", _COMMAND, *words]
    environment = {**os.environ, TOKEN_VARIABLE: make_token(), "PYTHONUNBUFFERED": "1"}
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        said = "".join(line for _, line in zip(range(2), server.stdout or (), strict=False))
        found = re.search(r"(http://\S+).*?(http://\S+) with the code (\w+);", said, re.DOTALL)
        assert found, said
        yield Served(*found.groups())
    finally:
        server.terminate()
        server.wait(timeout=20)


def main() -> None:
    """Take all pictures."""
    with served() as where, chromium() as browser:
        trainer = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        trainer.set_default_timeout(PATIENCE)
        trainer.goto(where.trainer)
        trainer.goto(f"{where.trainer.partition('?')[0]}?tab=predict")
        trainer.get_by_text("Several seats behind one address").click()
        trainer.get_by_text("0 of 60 seats taken").wait_for()
        players = [Player(where.telephones, where.code, number) for number in range(PLAYERS)]
        telephone = browser.new_page(viewport={"width": 390, "height": 844}, device_scale_factor=2)
        telephone.set_default_timeout(PATIENCE)
        telephone.goto(f"{where.telephones}#{where.code}")
        telephone.get_by_role("button", name="Take a seat").click()
        trainer.get_by_role("button", name="Start").wait_for()
        trainer.get_by_text(f"{PLAYERS + 1} of 60 seats taken").wait_for()
        _picture(trainer, "seats-join")
        for player in players:
            threading.Thread(target=player.play, daemon=True).start()
        trainer.get_by_role("button", name="Start").click()
        telephone.wait_for_selector("#ask form")
        _picture(telephone, "seats-telephone")
        telephone.locator("label.pick", has_text="in softer words").click()
        telephone.get_by_role("button", name="Decide").click()
        _play_on(trainer, telephone)
        trainer.evaluate("scrollTo(0, 0)")
        _picture(trainer, "seats-play")
        trainer.get_by_role("button", name="End, and show").click()
        trainer.get_by_role("heading", name="The mirror").scroll_into_view_if_needed()
        _picture(trainer.locator(".ism-seats-mirror"), "seats-mirror")


def _play_on(trainer: Any, telephone: Any) -> None:
    """Let the session go on for a while, and then until somebody is asked."""
    telephone.wait_for_timeout(PLAYED)
    trainer.wait_for_selector(".ism-seats-people .is-deciding")


def _picture(shown: Any, name: str) -> None:
    files.write(IMAGES / f"{name}.png", shown.screenshot())
    sys.stdout.write(f"docs/images/dashboard/{name}.png\n")


if __name__ == "__main__":
    main()

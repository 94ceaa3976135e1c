"""The tab to which one brings one's own organisation: what `dashboards.own` reads, as a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import solara

from dashboards import visitors
from dashboards.door.data import Brought, Nothing
from dashboards.door.events import component
from dashboards.own import Reading, Upload, examine, example
from dashboards.room_tab import Looks
from sim.limits import UPLOAD_BYTES
from sim.organization import Organization

_uploads: solara.Reactive[tuple[Upload, Upload | None] | None] = solara.reactive(None)
"""The files of a session, as they stay while other tabs are looked at."""


@component("components/own.vue")
def _Own(
    reading: dict[str, Any] | None,
    busy: bool,
    used: bool,
    largest: int,
    file: dict[str, Any] | None,
    event_bring: Callable[[list[Brought], Sequence[bytes]], None],
    event_use: Callable[[Nothing], None],
    event_example: Callable[[Nothing], None],
) -> None:
    """The page of an upload."""


def _examined(uploads: tuple[Upload, Upload | None] | None) -> Reading | None:
    if uploads is None:
        return None
    with visitors.TURNS:
        return examine(*uploads)


@solara.component
def OrganisationTab(use: Callable[[Organization], None]) -> None:
    """Bring an organisation; `use` is called with it when somebody wants to run it."""
    file, set_file = solara.use_state(cast(dict[str, Any] | None, None))
    used, set_used = solara.use_state(cast(Reading | None, None))
    uploads = _uploads.value
    work = solara.use_thread(lambda: _examined(uploads), [uploads], intrusive_cancel=False)
    busy = work.state == solara.ResultState.RUNNING and uploads is not None
    reading: Reading | None = work.value if work.state == solara.ResultState.FINISHED else None

    def bring(sent: Sequence[dict[str, str]], buffers: Sequence[Any] = ()) -> None:
        if busy:  # the page takes no file meanwhile
            return
        came = {one["slot"]: Upload(one["name"], bytes(content)) for one, content in zip(sent, buffers, strict=False)}
        if "people" in came:
            _uploads.value = (came["people"], came.get("ties"))

    def use_it(_: Any) -> None:
        if reading and reading.organization is not None:
            set_used(reading)
            use(reading.organization)  # last: another tab may stand here afterwards

    def fetch_example(_: Any) -> None:
        wish = (file["wish"] if file else 0) + 1
        set_file({"name": "example-organisation.csv", "mime": "text/csv", "content": example(), "wish": wish})

    with solara.Div():
        Looks()
        _Own(
            reading=reading.describe() if reading else None,
            busy=busy,
            used=reading is not None and used is reading,
            largest=UPLOAD_BYTES,
            file=file,
            event_bring=bring,
            event_use=use_it,
            event_example=fetch_example,
        )

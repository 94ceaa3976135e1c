"""One pair of worlds as a story: where they part, what exists in one of them only, and whose silence broke."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sim.wording import agree, count

if TYPE_CHECKING:
    from sim.twins import Twin


def print_story(twin: Twin) -> None:
    """Tell one pair: where the worlds part, what exists in one of them only and why, and whose silence broke."""
    from sim.twins import words

    click.echo(f"\nOne pair as a story: seed {twin.seed}")
    if twin.difference is None:
        click.echo("  The two worlds are the same in every hour: nobody saw, believed or did anything else.")
        return
    click.echo(f"  They first differ on {words.difference(twin, twin.difference)}.")
    if twin.act is not None and twin.act != twin.difference:
        click.echo(f"  Somebody first does something else on {words.difference(twin, twin.act)}.")
    click.echo(
        f"  Messages only in A: {len(twin.only_a)}; only in B: {len(twin.only_b)}; "
        f"in both, but said otherwise: {len(twin.changed)}."
    )
    _print_silence(twin)
    if chains := words.chains(twin):
        click.echo("\nHow the change reached messages that one world lacks")
        for chain in chains:
            click.echo("")
            for link in chain:
                click.echo(f"  {words.link(twin, link)}")


def _print_silence(twin: Twin) -> None:
    from sim.twins import words

    for spoken, other, in_b in (("B", "A", True), ("A", "B", False)):
        mine = [each for each in twin.broken if each.spoken_in_b == in_b]
        people = len({each.wish.member for each in mine})
        new = len(twin.first_words[int(in_b)])
        wishes, members = count(len(mine), "wish"), count(people, "member")
        click.echo(f"\nUnspoken in {other}, spoken in {spoken}: {wishes} of {members}")
        if new:
            speak = agree(new, "speaks", "speak")
            click.echo(f"  {count(new, 'member')} never {speak} a wish in {other}, and in {spoken} at least once.")
        for each in mine[:3]:
            click.echo(f"  {words.broken(twin, each)}")


def story_data(twin: Twin) -> dict[str, Any]:
    """Return one pair as JSON can have it."""
    from sim.twins import words

    return {
        "seed": twin.seed,
        "identical": twin.identical,
        "difference": _difference_data(twin, twin.difference),
        "act": _difference_data(twin, twin.act),
        "only_a": list(twin.only_a),
        "only_b": list(twin.only_b),
        "changed": [{"message": each.message, "fields": [list(f) for f in each.fields]} for each in twin.changed],
        "broken": [
            {**each.wish._asdict(), "message": each.message, "spoken_in_b": each.spoken_in_b} for each in twin.broken
        ],
        "chains": [[{**vars(link), "told": words.link(twin, link)} for link in chain] for chain in words.chains(twin)],
    }


def _difference_data(twin: Twin, found: Any) -> dict[str, Any] | None:
    from sim.twins import words

    return None if found is None else {**vars(found), "told": words.difference(twin, found)}

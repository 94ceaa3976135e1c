"""Every term of the model has its words once; page, report, explanations, twins and docs all take them from there."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sim import lexicon, terms
from sim.lexicon import FORMS, Term, Words, speaks

ROOT = Path(__file__).resolve().parent.parent


def _missing(*wordless: str) -> list[list[str]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.lexicon_surfaces", *wordless],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_every_surface_speaks_of_every_term_in_the_words_of_the_lexicon():
    assert _missing() == []


def test_a_term_without_words_is_found_missing_on_every_surface():
    assert _missing("Strategy.postpone") == [
        [surface, "Strategy.postpone"] for surface in ("page", "report", "explain", "twin", "docs")
    ]


@pytest.mark.parametrize("enum", FORMS, ids=lambda enum: enum.__name__)
def test_a_member_that_lacks_a_form_cannot_even_be_declared(enum):
    forms = FORMS[enum]
    members = {member.name: (member.value, member.words) for member in enum}
    speaks(*forms)(Term("Same", members))
    with pytest.raises(TypeError, match=f"Short.added has no {forms[0]}"):
        speaks(*forms)(Term("Short", {**members, "added": (len(members), Words())}))
    for made in [each for each in FORMS if each.__name__ in ("Same", "Short")]:
        del FORMS[made]


@pytest.mark.parametrize("enum", FORMS, ids=lambda enum: enum.__name__)
def test_no_two_members_of_an_enum_are_said_in_the_same_words(enum):
    for form in FORMS[enum]:
        if form in ("source", "dash", "icon"):
            continue
        said = [getattr(member.words, form) for member in lexicon.terms(enum)]
        assert form == "colour" or len(set(said)) == len(said), form


def test_every_role_has_a_shade_for_each_background_of_the_page():
    style = (ROOT / "dashboards/assets/custom.css").read_text("utf-8")
    for role in lexicon.terms(terms.Role):
        assert len(re.findall(rf"--{role.key}: #[0-9a-f]{{6}};", style)) == 2, role.key

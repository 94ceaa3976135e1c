"""What an organisation promises: one tree, ties both ways, luck by identity, and files that cannot surprise."""

import csv
import hashlib
import io
import pickle
import random
import subprocess
import sys
import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from sim.errors import InputError, shown
from sim.organization import Organization, generate, read, with_member, with_ties, write
from sim.parameters import OrganizationTable
from sim.terms import Role

REPOSITORY = Path(__file__).resolve().parents[1]
MANUFACTURING = REPOSITORY.parent / "shared" / "data" / "manufacturing"

calm = settings(deadline=None, max_examples=60)
thorough = settings(deadline=None, max_examples=250)


# ---- Making things to test -------------------------------------------------------------------------------------------


def made(members=1000, span=5, levels=5, locations=3, ties=8, communicators=0.02, seed=1, **more):
    wanted = OrganizationTable(
        members=members,
        span_of_control=span,
        levels=levels,
        locations=locations,
        ties_per_member=ties,
        communicators_share=communicators,
        **more,
    )
    return generate(wanted, seed)


def saved(folder, content, name="people.csv"):
    path = Path(folder) / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read_content(content, ties=None, **options):
    with tempfile.TemporaryDirectory() as folder:
        path = saved(folder, content)
        return read(path, None if ties is None else saved(folder, ties, "ties.csv"), **options)


def refusal(content, ties=None, **options):
    with pytest.raises(InputError) as caught:
        read_content(content, ties, **options)
    assert caught.value.problem in str(caught.value)
    return caught.value


def as_csv(rows):
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def id_ties(organization):
    """Each tie as {two ids}: weight."""
    ties = {}
    for row in range(organization.members):
        for place in range(organization.tie_start[row], organization.tie_start[row + 1]):
            other = organization.tie_member[place]
            ties[row, int(other)] = float(organization.tie_weight[place])
    assert all(ties[two, one] == weight for (one, two), weight in ties.items())
    return {frozenset((organization.ids[one], organization.ids[two])): weight for (one, two), weight in ties.items()}


def ancestors(organization, row):
    chain = []
    while (row := int(organization.manager[row])) >= 0:
        chain.append(row)
    return chain


def same_members(one: Organization, two: Organization):
    for field in ("ids", "names", "titles", "departments", "locations"):
        assert tuple(getattr(one, field)) == tuple(getattr(two, field)), field
    for field in (
        *("key", "role", "manager", "level", "department", "location", "team", "led_team"),
        *("children_start", "children", "first", "last"),
    ):
        left, right = getattr(one, field), getattr(two, field)
        assert left.dtype == right.dtype, field
        assert np.array_equal(left, right), field


def same_ties(one, two):
    return all(np.array_equal(getattr(one, f), getattr(two, f)) for f in ("tie_start", "tie_member", "tie_weight"))


texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=12)
words = texts.map(str.strip).filter(bool)


@st.composite
def trees(draw, most=25):
    """Rows (id, manager_id) of a tree with hostile ids, in any order."""
    ids = draw(st.lists(words, min_size=1, max_size=most, unique=True))
    rows = [(ids[0], "")] + [(ids[i], ids[draw(st.integers(0, i - 1))]) for i in range(1, len(ids))]
    return draw(st.permutations(rows))


@st.composite
def tangles(draw):
    """Rows (id, manager_id) of no particular shape: several tops, cycles, unknown managers, ids twice or missing."""
    names = ["", "a", "b", "c", "d", "e", "f", "g", "h"]
    row = st.tuples(st.sampled_from(names), st.sampled_from([*names, "x", "y"]))
    return draw(st.lists(row, min_size=1, max_size=20))


shares = st.floats(0, 1)
weights = st.floats(0.01, 100)
spreads = st.floats(0, 3)
generated = st.builds(
    generate,
    st.builds(
        OrganizationTable,
        members=st.integers(1, 300),
        span_of_control=st.floats(1, 20),
        levels=st.integers(1, 9),
        locations=st.integers(1, 30),
        ties_per_member=st.floats(0, 20),
        **dict.fromkeys(("span_spread", "ties_spread", "weight_spread"), spreads),
        **dict.fromkeys(("weight_in_team", "weight_in_department", "weight_at_own_site"), weights),
        **dict.fromkeys(("main_site_share", "ties_in_team", "ties_in_department", "ties_at_own_site"), shares),
        communicators_share=shares,
    ),
    seed=st.integers(-(2**70), 2**70),
)


# ---- Every organisation, made up or read -----------------------------------------------------------------------------


def check_hierarchy(organization):
    chains = [ancestors(organization, row) for row in range(organization.members)]
    assert [len(chain) for chain in chains] == organization.level.tolist()
    assert organization.manager.tolist().count(-1) == 1
    assert organization.manager[organization.top] == -1
    assert organization.depth == max(organization.level) + 1
    for row in range(organization.members):
        inside = (organization.first[row] <= organization.first) & (organization.first < organization.last[row])
        assert set(np.flatnonzero(inside)) == {row} | {other for other, above in enumerate(chains) if row in above}
        reports = organization.children[organization.children_start[row] : organization.children_start[row + 1]]
        assert reports.tolist() == [other for other, above in enumerate(chains) if above[:1] == [row]]


def check_teams(organization):
    leaders = sorted(set(organization.manager.tolist()) - {-1})
    number = {leader: team for team, leader in enumerate(leaders)} | {-1: -1}
    assert organization.teams == len(leaders)
    assert organization.team.tolist() == [number[boss] for boss in organization.manager.tolist()]
    assert organization.led_team.tolist() == [number.get(row, -1) for row in range(organization.members)]


def check_codes(organization):
    for codes, names in (
        (organization.department, organization.departments),
        (organization.location, organization.locations),
    ):
        assert list(dict.fromkeys(codes.tolist())) == list(range(len(names)))
        assert len(set(names)) == len(names)


def check_ties(organization):
    assert organization.tie_start[0] == 0
    assert organization.tie_start[-1] == len(organization.tie_member) == len(organization.tie_weight)
    pairs = set()
    for row, (start, end) in enumerate(pairwise(organization.tie_start)):
        others = organization.tie_member[start:end].tolist()
        assert others == sorted(set(others) - {row})
        pairs |= {(row, other) for other in others}
    assert {(two, one) for one, two in pairs} == pairs
    assert (organization.tie_weight > 0).all()
    assert len(id_ties(organization)) * 2 == len(pairs)


@given(generated)
@calm
def test_a_made_organisation_is_one_tree_with_symmetric_ties(organization):
    check_hierarchy(organization)
    check_teams(organization)
    check_codes(organization)
    check_ties(organization)


@given(trees())
@calm
def test_a_read_organisation_is_the_tree_of_its_file(rows):
    organization, _ = read_content(as_csv([("id", "manager_id"), *rows]))
    assert list(organization.ids) == [member for member, _ in rows]
    bosses = [organization.ids[boss] if boss >= 0 else "" for boss in organization.manager.tolist()]
    assert bosses == [boss for _, boss in rows]
    check_hierarchy(organization)
    check_teams(organization)
    check_codes(organization)
    check_ties(organization)


@pytest.mark.parametrize("organization", [made(30), read_content("id,manager_id\na,\nb,a\n")[0]])
def test_arrays_have_the_documented_types(organization):
    types = {
        **dict.fromkeys(
            ("manager", "department", "location", "team", "led_team", "children", "first", "last", "tie_member"), "i4"
        ),
        **dict.fromkeys(("children_start", "tie_start"), "i8"),
        **dict.fromkeys(("key",), "u8"),
        **dict.fromkeys(("role",), "i1"),
        **dict.fromkeys(("level",), "i2"),
        **dict.fromkeys(("tie_weight",), "f4"),
    }
    for field, dtype in types.items():
        array = getattr(organization, field)
        assert array.dtype == np.dtype(dtype), field
        assert array.flags.c_contiguous, field


def test_the_key_is_a_hash_of_the_id_alone():
    organization, _ = read_content("id,manager_id\nÆgir,\nm7,Ægir\n")
    hashed = hashlib.blake2b("Ægir".encode(), digest_size=8).digest()
    assert int(organization.key[0]) == int.from_bytes(hashed, "little")
    assert organization.key[1] == made(9).key[7]


def test_an_organisation_is_read_without_waiting_for_a_compiler():
    code = "import sys, sim.organization; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not set(loaded) & {"polars", "pandas", "numba", "scipy", "mesa"}


# ---- Organisations that are made up ----------------------------------------------------------------------------------


@given(st.integers(1, 3000), st.integers(1, 12), st.floats(1, 30))
@calm
def test_generate_makes_exactly_so_many_members_on_levels_that_widen(members, levels, span):
    organization = made(members, span, levels, ties=0)
    assert organization.members == len(organization.ids) == members
    assert organization.depth == min(members, max(levels, 2))
    widths = np.bincount(organization.level)
    assert widths[0] == 1
    assert (np.diff(widths) >= -1).all()  # a geometric row, up to rounding
    assert (np.diff(organization.level) >= 0).all()


def test_one_member_is_an_executive_without_ties():
    organization = made(1)
    assert (organization.depth, organization.teams, organization.top) == (1, 0, 0)
    assert organization.role.tolist() == [Role.executive]
    assert organization.departments == ("Executive Office",)
    assert len(organization.tie_member) == 0


def test_the_median_span_is_the_span_of_control():
    for span in (3, 6, 12):
        organization = made(60_000, span, levels=9, ties=0)
        spans = np.diff(organization.children_start)
        assert abs(np.median(spans[spans > 0]) - span) <= 1
        assert spans.max() > 8 * span  # heavy-tailed


def test_roles_follow_the_place_in_the_hierarchy():
    organization = made(2000)
    leads = np.diff(organization.children_start) > 0
    for row in range(organization.members):
        role, level = Role(organization.role[row]), organization.level[row]
        if leads[row] or level == 0:
            assert role == (Role.executive if level <= 1 else Role.line_manager)
        else:
            assert role in (Role.coworker, Role.communicator)
    assert (organization.role == Role.communicator).sum() == round(0.02 * (~leads).sum())


def test_a_small_share_of_communicators_is_at_least_one_from_twenty_members_on():
    assert (made(20, communicators=0.001).role == Role.communicator).sum() == 1
    assert (made(19, communicators=0.001).role == Role.communicator).sum() == 0
    assert (made(500, communicators=0).role == Role.communicator).sum() == 0


def test_a_department_is_a_branch_under_a_leader_below_the_top():
    organization = made(3000, levels=6)
    heads = [row for row in range(organization.members) if organization.level[row] == 1]
    heads = [row for row in heads if organization.led_team[row] >= 0]
    assert len(organization.departments) == 1 + len(heads)
    office = np.ones(organization.members, bool)
    for head in heads:
        branch = (organization.first[head] <= organization.first) & (organization.first < organization.last[head])
        assert set(organization.department[branch]) == {organization.department[head]}
        office &= ~branch
    assert set(organization.department[office]) == {0}
    assert organization.departments[0] == "Executive Office"


def test_departments_get_numbers_when_names_run_out():
    organization = made(5000, 3, levels=3, ties=0)
    assert len(organization.departments) > 20
    assert "Sales 2" in organization.departments


def share_at_main_site(organization):
    at_main = [
        np.bincount(organization.location[organization.department == department]).max()
        for department in range(len(organization.departments))
    ]
    return sum(at_main) / organization.members


def test_most_of_a_department_sit_at_its_main_site():
    assert share_at_main_site(made(20_000, locations=4, ties=0)) == pytest.approx(0.7, abs=0.02)
    assert set(made(200, locations=1).location) == {0}


@pytest.mark.parametrize("ties", [2, 8, 15])
def test_the_mean_number_of_ties_is_the_one_asked_for(ties):
    organization = made(5000, ties=ties)
    degrees = np.diff(organization.tie_start)
    assert degrees.mean() == pytest.approx(ties, rel=0.02)


def test_some_have_many_more_ties_than_chance_alone_would_give():
    degrees = np.diff(made(5000, ties=15).tie_start)
    assert degrees.std() > 1.2 * 15**0.5
    assert degrees.max() > 3 * 15


def test_ties_are_denser_and_heavier_among_the_near():
    organization = made(4000, levels=4)
    one = np.repeat(np.arange(organization.members), np.diff(organization.tie_start))
    other, weight = organization.tie_member, organization.tie_weight
    team = (organization.team[one] == organization.team[other]) | (organization.manager[one] == other)
    team |= organization.manager[other] == one
    department = organization.department[one] == organization.department[other]
    site = organization.location[one] == organization.location[other]
    assert weight[team].mean() > 1.5 * weight[department & ~team].mean() > 2 * weight[~department].mean()
    assert weight[site & ~department & ~team].mean() > 1.3 * weight[~site & ~department & ~team].mean()
    assert team.mean() > 0.25
    chance_of_same_department = (np.bincount(organization.department) / organization.members) ** 2
    assert department.mean() > 1.3 * chance_of_same_department.sum()
    assert site[~department].mean() > 0.55


def share_of_ties(organization, of):
    one = np.repeat(np.arange(organization.members), np.diff(organization.tie_start))
    return (of[one] == of[organization.tie_member]).mean()


def test_more_homophily_is_a_larger_share_of_ties_within_teams_departments_and_sites():
    near, far = {"ties_in_team": 0.6, "ties_in_department": 0.4}, {"ties_in_team": 0, "ties_in_department": 0}
    within = [share_of_ties(each, each.department) for each in (made(3000, **near), made(3000), made(3000, **far))]
    assert within[0] > 0.98 > 0.9 > within[1] > 0.8 > 0.5 > within[2]
    team, plain = made(3000, ties_in_team=1), made(3000)
    assert share_of_ties(team, team.team) > 1.5 * share_of_ties(plain, plain.team)
    site, anywhere = made(3000, ties_at_own_site=1), made(3000, ties_at_own_site=0)
    assert share_of_ties(site, site.location) > share_of_ties(anywhere, anywhere.location) + 0.2


def test_spreads_are_how_different_spans_contacts_and_weights_are():
    even, odd = (made(5000, span_spread=spread) for spread in (0, 2))
    assert np.diff(odd.children_start).max() > 5 * np.diff(even.children_start).max()
    even, odd = (made(5000, ties_spread=spread) for spread in (0, 1.5))
    assert np.diff(odd.tie_start).std() > 2 * np.diff(even.tie_start).std()
    assert set(made(500, weight_spread=0).tie_weight.tolist()) == {1, 1.5, 2, 3, 4, 6}
    alike = made(500, weight_spread=0, weight_in_team=1, weight_in_department=1, weight_at_own_site=1)
    assert set(alike.tie_weight.tolist()) == {1}


def test_the_share_at_the_main_site_is_the_one_asked_for():
    for share in (0, 1):
        organization = made(2000, locations=2, ties=0, main_site_share=share)
        assert share_at_main_site(organization) == 1  # with two places, nobody at the one is everybody at the other
    assert share_at_main_site(made(2000, locations=2, ties=0, main_site_share=0.5)) < 0.6


def test_a_seed_makes_one_organisation_and_another_seed_another():
    same_members(made(), made())
    assert same_ties(made(), made())
    assert not np.array_equal(made().manager, made(seed=2).manager)
    assert not np.array_equal(made().tie_member, made(seed=2).tie_member)


def test_levers_of_ties_and_communicators_leave_the_hierarchy_alone():
    plain, other = made(), made(ties=3, communicators=0.2, locations=9)
    assert np.array_equal(plain.manager, other.manager)
    assert np.array_equal(plain.department, other.department)
    was = set(np.flatnonzero(plain.role == Role.communicator))
    assert was < set(np.flatnonzero(other.role == Role.communicator))


def test_the_organisation_of_a_seed_is_pinned():
    organization = made(500)
    digest = hashlib.blake2b(digest_size=8)
    for array in (organization.role, organization.manager, organization.location, organization.tie_member):
        digest.update(array.tobytes())
    assert digest.hexdigest() == "463baf751d2377a9"
    assert (organization.names[0], organization.titles[0]) == ("Beatriz Nielsen", "Chief Executive Officer")


def test_a_name_belongs_to_an_id_and_not_to_a_seed_or_size():
    assert made(50).names[:50] == made(400, seed=9).names[:50]
    assert len(set(made(2000).names)) > 1500


def test_texts_of_a_made_organisation_are_made_when_asked_for():
    ids = made(1000).ids
    assert (ids[3], ids[-1], ids[np.int32(5)]) == ("m3", "m999", "m5")
    assert ids[1:3] == ("m1", "m2")
    assert list(ids) == [f"m{row}" for row in range(1000)]
    assert tuple(ids) == ids
    assert "m12" in ids
    with pytest.raises(IndexError):
        ids[1000]


def test_a_made_organisation_survives_pickling():
    organization = made(60)
    same_members(organization, pickle.loads(pickle.dumps(organization)))


@pytest.mark.slow
def test_a_million_members_can_be_made():
    assert made(1_000_000, levels=7).members == 1_000_000


# ---- Files -----------------------------------------------------------------------------------------------------------


@given(trees(), st.data())
@calm
def test_what_is_written_is_read_back(rows, data):
    columns = [data.draw(st.lists(st.just("") | words, min_size=len(rows), max_size=len(rows))) for _ in range(4)]
    roles = [data.draw(st.sampled_from(["", *Role.__members__])) for _ in rows]
    header = ("id", "manager_id", "name", "title", "department", "location", "role")
    table = [(*row, *rest, role) for row, *rest, role in zip(rows, *columns, roles, strict=True)]
    organization, _ = read_content(as_csv([header, *table]))
    check_codes(organization)
    with tempfile.TemporaryDirectory() as folder:
        write(organization, Path(folder) / "again.csv")
        again, remarks = read(Path(folder) / "again.csv")
        assert [path.name for path in Path(folder).iterdir()] == ["again.csv"]
    same_members(organization, again)
    assert same_ties(organization, again)
    assert len(remarks) == 1  # nothing is derived but ties


def test_a_made_organisation_is_read_back_with_its_ties(tmp_path):
    organization = made(700, seed=5, ties=6)
    write(organization, tmp_path / "o.csv")
    again, _ = read(tmp_path / "o.csv", wanted=OrganizationTable(ties_per_member=6), seed=5)
    same_members(organization, again)
    assert same_ties(organization, again)


def test_the_order_of_rows_changes_nobodys_ties(tmp_path):
    write(made(300), tmp_path / "o.csv")
    header, *rows = (tmp_path / "o.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    random.Random(3).shuffle(rows)
    shuffled = saved(tmp_path, "".join([header, *rows]))
    assert id_ties(read(tmp_path / "o.csv")[0]) == id_ties(read(shuffled)[0])


HOSTILE = [
    "<script>alert(1)</script>",
    '=HYPERLINK("http://x","y")',
    "\u202egnp.exe",
    "a" * 10_000,
    'quo"te, comma; and\ttab',
    "two\nlines",
    "return\rhere",
    "'; DROP TABLE members; --",
    "Zoë 🦊 ﷽",
]


def test_hostile_names_are_kept_as_they_are(tmp_path):
    rows = [(f"h{i}", "h0", name) for i, name in enumerate(HOSTILE)]
    organization, _ = read_content(as_csv([("id", "manager_id", "name"), *rows]))
    assert list(organization.names) == HOSTILE
    write(organization, tmp_path / "o.csv")
    assert list(read(tmp_path / "o.csv")[0].names) == HOSTILE


def test_writing_where_one_cannot_leaves_nothing_behind_and_says_so(tmp_path):
    (tmp_path / "folder").mkdir()
    saved(tmp_path, "kept", "file")
    for path in (tmp_path / "folder", tmp_path / "file" / "o.csv", "nul\0.csv"):
        with pytest.raises(InputError, match="cannot be written"):
            write(made(3), path)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder"]


@pytest.mark.parametrize(
    "header",
    [
        *("id,manager_id", "ID;ReportsToID", "Employee ID\tReports To", "employee_id,supervisor", "EmployeeID;Manager"),
        *("ID,manager", '"staff-id","Line Manager"', "User Id , Boss", "\ufeffid,manager_id"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_headers_separators_and_line_ends_of_all_sorts_are_understood(header, end):
    separator = next(sign for sign in "\t;," if sign in header)
    lines = [header, f"1{separator}", "", f" 2 {separator} 1 ", separator, f"3{separator}1", ""]
    organization, _ = read_content(end.join(lines))
    assert organization.ids == ("1", "2", "3")
    assert organization.manager.tolist() == [-1, 0, 0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_with_and_without_byte_order_mark_is_read(encoding):
    organization, _ = read_content("id,manager_id,full name\nø,,Søren\næ,ø,Ægir\n".encode(encoding))
    assert organization.ids == ("ø", "æ")
    assert organization.names == ("Søren", "Ægir")


def test_what_a_spreadsheet_saved_in_the_encoding_of_western_windows_is_read_and_said():
    content = "id;manager_id;name\n1;;Søren “Sø” Ægir\n2;1;Zoë – Grün\n"
    organization, remarks = read_content(content.encode("cp1252"))
    assert organization.names == ("Søren “Sø” Ægir", "Zoë – Grün")
    assert sum("Windows-1252" in remark and "line 2" in remark for remark in remarks) == 1
    assert not any("Windows-1252" in remark for remark in read_content(content.encode())[1])


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;", "sep=,", "sep=\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_first_line_that_names_the_separator_is_passed_over(first, end):
    separator = first.strip('"')[4:]
    lines = [first, separator.join(("id", "manager_id")), f"1{separator}", f"2{separator}1", f"3{separator}9", ""]
    with pytest.raises(InputError, match="line 5"):  # lines are counted as an editor counts them
        read_content(end.join(lines))
    organization, _ = read_content(end.join([*lines[:4], ""]))
    assert organization.ids == ("1", "2")


def test_all_columns_are_used_where_present():
    organization, remarks = read_content(
        'office,dept,Job Title,"Full Name",role,ID,manager\n'
        "Aarhus,Board,Chief,Ada,Executive,1,1\n"
        'Porto,Sales,Seller,"Bo\nBo",line manager,2,1\n'
        "Porto,Sales,Buyer,Cy,Community Manager,3,2\n"
        "Aarhus,Sales,Boss,Di,coworker,4,2\n"
        "Aarhus,Sales,Help,Ed,coworker,5,4\n"
    )
    assert organization.names == ("Ada", "Bo\nBo", "Cy", "Di", "Ed")
    assert organization.titles == ("Chief", "Seller", "Buyer", "Boss", "Help")
    assert organization.departments == ("Board", "Sales")
    assert organization.department.tolist() == [0, 1, 1, 1, 1]
    assert organization.locations == ("Aarhus", "Porto")
    assert organization.location.tolist() == [0, 1, 1, 0, 0]
    # A coworker with a report stays one, because the file says so.
    assert [Role(number).name for number in organization.role] == [
        *("executive", "line_manager", "communicator", "coworker", "coworker")
    ]
    assert remarks == ["The informal ties are made up, about 8 a member."]


def test_what_a_file_leaves_open_is_derived_and_said():
    organization, remarks = read_content("id,manager_id,name\n1,,Ada\n2,1,Bo\n3,2,\n4,1,Di\n5,3,Ed\n6,1,Bo\n7,6,Flo\n")
    assert organization.names == ("Ada", "Bo", "3", "Di", "Ed", "Bo", "Flo")
    roles = [Role(number).name for number in organization.role]
    assert roles == ["executive", "executive", "line_manager", "coworker", "coworker", "executive", "coworker"]
    assert organization.titles[0:4] == ("Executive", "Executive", "Line manager", "Coworker")
    assert organization.departments == ("Executive Office", "Team of Bo (2)", "Team of Bo (6)")
    assert organization.department.tolist() == [0, 1, 1, 0, 1, 2, 2]
    assert organization.locations == ("Main site",)
    assert remarks[0] == "people.csv gives 1 of 7 members no name: they go by their id."
    assert remarks[3].startswith("people.csv gives members no department: they belong to their manager's")


def test_empty_cells_take_department_and_location_from_the_manager():
    organization, _ = read_content(
        "id,manager_id,department,location\n3,2,,\n2,1,Sales,Porto\n1,,,\n4,2,Service,\n5,4,,Lyon\n6,5,,\n"
    )
    assert [organization.departments[code] for code in organization.department] == [
        *("Sales", "Sales", "Executive Office", "Service", "Service", "Service")
    ]
    assert [organization.locations[code] for code in organization.location] == [
        *("Porto", "Porto", "Main site", "Porto", "Lyon", "Lyon")
    ]


# ---- Files that are wrong --------------------------------------------------------------------------------------------

BAD_ROWS = {
    "id,manager_id\n1,\n,1\n3,1\n": (3, "people.csv, line 3: The row has no id. Give", "Line 3: the row without an id"),
    "id,manager_id\n1,\n2,1\n2,1\n": (4, "The id '2' is already used in line 3", "Line 4: the id '2' is already used"),
    "id,manager_id,role\n1,,king\n2,1,\n": (
        2,
        "'king' is no role. Write one of coworker,",
        "Line 2: the role 'king' of '1'",
    ),
    "id,manager_id\nanna,\n2,ana\n": (
        3,
        "'2' reports to 'ana', who is not in the file. Add a row for that manager",
        "Line 3: '2' reported to 'ana', who is not in the file, and now reports to 'anna', the top.",
    ),
    "id,manager_id\n1,\n2,\n3,2\n": (
        3,
        "2 members report to nobody, but only one can be at the top: '1' (line 2) and '2' (line 3).",
        "Line 2: '1' was another top, with fewer people or a later row, and now reports to '2', the top.",
    ),
    "id,manager_id\n1,\n2,3\n3,2\n4,3\n": (
        3,
        "These report to one another in a cycle: '2' (line 3) -> '3' (line 4) -> '2'.",
        "Line 4: '3' was part of the cycle '2' (line 3) -> '3' (line 4) -> '2' and now reports to '1', the top.",
    ),
    "id,manager_id\n2,3\n3,2\n4,3\n": (
        2,
        "Nobody is at the top: these report to one another in a cycle",
        "Line 3: '3' was part of the cycle '2' (line 2) -> '3' (line 3) -> '2' and is now the top, as nobody else is.",
    ),
    "id,manager_id\n1,board\n2,1\n": (2, "not in the file", "Line 2: '1' reported to 'board', who is not in the file,"),
    "id,manager_id\n1,\n2,1,x\n": (
        3,
        "The row has more values than the header has columns (3",
        "Line 3: values beyond",
    ),
}


@pytest.mark.parametrize("content", BAD_ROWS)
def test_bad_rows_are_refused_by_name_and_line_or_repaired_and_listed(content):
    line, said, repaired = BAD_ROWS[content]
    error = refusal(content)
    assert error.line == line
    assert said in str(error)
    assert "--repair" in str(error)
    organization, remarks = read_content(content, repair=True)
    check_hierarchy(organization)
    assert any(remark.startswith(repaired) for remark in remarks)


def test_repair_leaves_a_sound_file_as_it_is(tmp_path):
    write(made(100), tmp_path / "o.csv")
    plain, remarks = read(tmp_path / "o.csv")
    repaired, same_remarks = read(tmp_path / "o.csv", repair=True)
    same_members(plain, repaired)
    assert remarks == same_remarks


def test_repair_keeps_the_top_who_leads_most_and_cuts_cycles_where_most_are_led():
    organization, _ = read_content(
        "id,manager_id\na,\nb,\nc,b\nd,c\nx,y\ny,z\nz,x\np,y\nq,y\nr,q\nl,nobody\n", repair=True
    )
    boss = {member: organization.manager[row] for row, member in enumerate(organization.ids)}
    said = {member: organization.ids[row] if row >= 0 else "" for member, row in boss.items()}
    assert said == dict(zip("abcdxyzpqrl", ["b", "", "b", "c", "y", "b", "x", "y", "y", "q", "b"], strict=True))


def test_many_faults_of_one_kind_are_said_in_one_sentence():
    content = "id,manager_id\n1,\n" + "".join(f"{i},gone{i}\n" for i in range(2, 12))
    assert "(likewise lines 4, 5, 6, 7, 8 and 4 more)" in str(refusal(content))


@given(tangles())
@calm
def test_repair_makes_a_tree_of_any_tangle_and_refusing_says_where(rows):
    content = as_csv([("id", "manager_id"), *rows])
    assume(any(member for member, _ in rows))
    try:
        organization, remarks = read_content(content, repair=True)
    except InputError as error:
        unknown = {"x", "y"} | {boss for _, boss in rows} - {member for member, _ in rows}
        assert "too many to repair" in str(error)
        assert len(unknown & {boss for _, boss in rows}) >= 2
        return
    check_hierarchy(organization)
    assert set(organization.ids) == {member for member, _ in rows if member}
    try:
        untouched, fewer = read_content(content)
    except InputError as error:
        assert error.line is not None
        assert any(remark.startswith("Line ") for remark in remarks)
    else:
        same_members(organization, untouched)
        assert remarks == fewer


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty"),
        (b"\xef\xbb\xbf", "The file is empty"),
        (b" \n\n , \n", "The file is empty"),
        (b"id,manager_id\n", "The file names no members"),
        (b"PK\x03\x04rest", "not a CSV file"),
        (bytes(range(256)), "no UTF-8 text"),
        (b"id,manager_id\n1,\n\x00\x00", "binary"),
        ("id,manager_id\n1,\n".encode("utf-16-le") + b"\0\0", "binary"),
        ("id,manager_id\n1,\n".encode("utf-32"), "binary"),
        ("id,manager_id\n1,\n".encode("utf-16")[:-1], "no UTF-8 text"),
        (b"id,manager_id,name\n1,,\n2,1,S\x81ren\n", "people.csv, line 3: The file is no UTF-8 text"),
        (b"id,manager_id,name\n1,,\n2,1,S\xf8ren\x07\n", "people.csv, line 3: The file is no UTF-8 text"),
        (b'id,manager_id,name\n1,,"Ada\n2,1,Bo\n', "people.csv, line 2: The row that starts here is no CSV"),
        (b'id,manager_id\n1,"a"b\n', "people.csv, line 2: The row that starts here is no CSV"),
        (b"id,manager_id\n1," + b"x" * 200_000, "people.csv, line 2: This line has more than 100,000 characters"),
        (b"id,mangaer\n1,\n", "columns found are id and mangaer. If 'mangaer' is meant, call it manager_id."),
        (
            b"city,manager_id\nPorto,\n",
            "A column id is needed; the columns found are city and manager_id. Call the right one",
        ),
        (b"1,2\n2,2\n", "A column id is needed"),
        (b"id,manager_id,ID\n1,,2\n", "Two columns are called 'id'"),
    ],
)
@pytest.mark.parametrize("repair", [False, True])
def test_what_is_no_table_of_members_is_refused(content, said, repair):
    assert said in str(refusal(content, repair=repair))


def test_missing_files_and_folders_are_refused(tmp_path):
    refused = "is a folder, not a file|is no such file|cannot be read"
    for path in (tmp_path, tmp_path / "none.csv", tmp_path / "none" / "x.csv", "", "nul\0.csv", "x" * 5000):
        with pytest.raises(InputError, match=refused):
            read(path)
        with pytest.raises(InputError, match=refused):
            read(saved(tmp_path, "id,manager_id\n1,\n"), path)


def test_a_chain_deeper_than_levels_can_hold_is_refused():
    rows = [(f"{i}", f"{i - 1}" if i else "") for i in range(32_768)]
    assert "more than 32,767 levels" in str(refusal(as_csv([("id", "manager_id"), *rows])))
    organization, _ = read_content(
        as_csv([("id", "manager_id"), *rows[:-1]]), wanted=OrganizationTable(ties_per_member=0)
    )
    assert (organization.depth, organization.last[0], organization.first[-1]) == (32_767, 32_767, 32_766)


def is_safe(message):
    """Say whether nothing in a message could steer a terminal, or begin another line."""
    return shown(message, len(message)) == message


def test_messages_stay_short_and_on_one_line_whatever_the_file_holds():
    content = as_csv([("id", "manager_id"), ("1", ""), ("evil\x1b[31m\n" + "x" * 5000, "\u202e" + "y" * 5000)])
    message = str(refusal(content))
    assert len(message) < 400
    assert is_safe(message)


pieces = st.sampled_from(
    ['"', ",", ";", "\t", " ", "\n", "\r", "id", "manager_id", "a", "b", "role", "'", "\ufeff", "é"]
)
contents = st.binary(max_size=200) | st.lists(pieces, max_size=60).map(lambda parts: "".join(parts).encode())


@given(contents | contents.map(lambda rest: b"id,manager_id\na,\n" + rest), st.booleans())
@example(b"!\xa0!", False)
@thorough
def test_any_content_is_read_or_refused_in_the_projects_own_words(content, repair):
    try:
        organization, _ = read_content(content, repair=repair)
    except InputError as error:
        assert is_safe(str(error))
    else:
        check_hierarchy(organization)


@given(contents | contents.map(lambda rest: b"a b\n" + rest))
@thorough
def test_any_ties_are_read_or_refused_in_the_projects_own_words(content):
    try:
        organization, remarks = read_content("id,manager_id\na,\nb,a\nc,b\n", content)
    except InputError as error:
        assert is_safe(str(error))
    else:
        check_ties(organization)
        assert all(is_safe(remark) for remark in remarks)


# ---- Ties ------------------------------------------------------------------------------------------------------------

FOUR = "id,manager_id\na,\nb,a\nc,a\nd,a\n"


@pytest.mark.parametrize("separator", [",", ";", "\t", " ", "  "])
@pytest.mark.parametrize("header", ["", "from{}to\n", "Sender{}Recipient{}Date\n"])
@pytest.mark.parametrize("rest", ["", "{}2010-01-02 17:40:10"])
def test_ties_are_counted_with_any_header_and_separator(separator, header, rest):
    rows = [("a", "b"), ("b", "a"), ("a", "b"), ("c", "d"), ("a", "a")]
    text = header.replace("{}", separator)
    text += "".join(f"{one}{separator}{two}{rest.replace('{}', separator)}\n" for one, two in rows)
    organization, remarks = read_content(FOUR, text)
    assert id_ties(organization) == {frozenset("ab"): 3, frozenset("cd"): 1}
    assert remarks[-1] == "1 of 5 rows in ties.csv ties a member to themselves and was left out."


@given(st.lists(st.tuples(st.sampled_from("abcdxy"), st.sampled_from("abcdxy")), min_size=1, max_size=40))
@calm
def test_weights_are_counts_in_both_directions(rows):
    expected = Counter(frozenset(row) for row in rows if len(set(row)) == 2 and set(row) <= set("abcd"))
    assume(any(set(row) <= set("abcd") for row in rows))
    organization, _ = read_content(FOUR, as_csv([("from", "to"), *rows]))
    check_ties(organization)
    assert id_ties(organization) == expected


def test_accounts_that_nobody_knows_are_counted_and_named():
    rows = [("a", "b"), ("x", "a"), ("x", "y"), ("10", "b"), ("9", "c"), ("c", "")]
    _, remarks = read_content(FOUR, as_csv(rows))
    assert remarks[-2:] == [
        "1 of 6 rows in ties.csv lacks a second id and was left out.",
        "4 accounts in ties.csv are not in the organisation; 4 of 6 rows that name them were left out: 9, x, y and 10",
    ]


def test_a_first_row_that_names_a_member_is_no_header():
    _, remarks = read_content(FOUR, "z,a\na,b\n")
    assert "1 account in ties.csv is not in the organisation; 1 of 2 rows that name it was left out: z" in remarks


def test_ties_between_strangers_only_are_refused_and_no_ties_at_all_are_said():
    assert "same ids" in str(refusal(FOUR, "x,y\nv,w\n"))
    assert "The file is empty" in str(refusal(FOUR, "\n"))
    organization, remarks = read_content(FOUR, "from,to\n")
    assert len(organization.tie_member) == 0
    assert remarks[-1] == "ties.csv leaves no ties: nobody in the organisation has informal contacts."


def test_ties_can_be_set_by_row():
    organization = with_ties(made(5), np.array([0, 1, 4]), np.array([1, 0, 2]), np.array([1.5, 1, 2]))
    assert id_ties(organization) == {frozenset(("m0", "m1")): 2.5, frozenset(("m4", "m2")): 2}
    for one, other, weight in ((0, 0, 1), (0, 5, 1), (-1, 2, 1), (0, 1, 0), (0, 1, np.nan)):
        with pytest.raises(InputError, match="two different members"):
            with_ties(organization, np.array([one]), np.array([other]), np.array([weight]))


# ---- One member more -------------------------------------------------------------------------------------------------


@given(st.integers(1, 80), st.data())
@calm
def test_one_member_more_leaves_everybody_else_alone(members, data):
    before = made(members)
    boss = data.draw(st.integers(0, members - 1))
    after = with_member(before, "new", f"m{boss}")
    check_hierarchy(after)
    check_teams(after)
    check_codes(after)
    check_ties(after)
    assert tuple(after.ids) == (*before.ids, "new")
    for field in ("key", "role", "manager", "level", "department", "location"):
        assert np.array_equal(getattr(after, field)[:-1], getattr(before, field)), field
    assert id_ties(before) == id_ties(after)
    assert after.tie_start[-1] == after.tie_start[-2]
    assert (after.manager[-1], after.department[-1]) == (boss, before.department[boss])


def test_a_new_member_can_bring_everything_along(tmp_path):
    organization = with_member(
        made(30), " n ", "m3", name="Ny", title="Boss", role=Role.communicator, department="Art", location="Oslo"
    )
    assert (organization.ids[-1], organization.names[-1], organization.titles[-1]) == ("n", "Ny", "Boss")
    assert organization.departments[organization.department[-1]] == "Art"
    assert organization.locations[organization.location[-1]] == "Oslo"
    assert organization.role[-1] == Role.communicator
    write(organization, tmp_path / "o.csv")
    same_members(organization, read(tmp_path / "o.csv")[0])


@pytest.mark.parametrize(
    ("member", "boss", "said"),
    [
        ("m3", "m0", "already a member 'm3'"),
        (" ", "m0", "cannot be written"),
        ("a\0", "m0", "cannot be written"),
        ("\udc80", "m0", "cannot be written"),
        ("new", "m77", "no member 'm77'. Did you mean 'm7'?"),
        ("new", "\udc80", r"no member '\udc80'."),
    ],
)
def test_a_new_member_needs_a_free_id_and_a_known_manager(member, boss, said):
    with pytest.raises(InputError) as caught:
        with_member(made(10), member, boss)
    assert said in str(caught.value)


def test_a_member_is_found_by_id():
    assert made(100).row_of("m42") == 42
    with pytest.raises(InputError, match=r"There is no member 'm420'\. Did you mean 'm"):
        made(100).row_of("m420")


def test_an_error_survives_the_way_between_processes():
    error = refusal("id,manager_id\n1,\n1,\n")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.line, again.problem) == (str(error), 3, error.problem)


# ---- A real company (doi:10.7910/DVN/6Z3CGX) -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def manufacturing():
    if not (MANUFACTURING / "communication.csv").is_file():
        pytest.skip(f"the manufacturing company's files (doi:10.7910/DVN/6Z3CGX) are not in {MANUFACTURING}")
    return read(MANUFACTURING / "reportsto.csv", MANUFACTURING / "communication.csv")


def test_a_real_hierarchy_has_the_levels_that_its_source_states(manufacturing):
    organization, _ = manufacturing
    assert organization.members == 154
    assert organization.ids[organization.top] == "86"
    assert np.bincount(organization.level).tolist() == [1, 11, 64, 33, 44, 1]
    check_hierarchy(organization)
    check_codes(organization)


def test_real_traffic_becomes_ties_and_unknown_accounts_are_said(manufacturing):
    organization, remarks = manufacturing
    check_ties(organization)
    said = (
        "13 accounts in communication.csv are not in the organisation; 199 of 82,927 rows that name them were left out"
    )
    assert sum(remark.startswith(said) for remark in remarks) == 1
    assert organization.tie_weight.sum() == 2 * (82_927 - 199 - 51)
    assert np.diff(organization.tie_start).max() > 3 * np.median(np.diff(organization.tie_start))

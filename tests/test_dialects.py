"""Organisation files as personnel systems write them: the same people, whatever the program that wrote them down."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.organization import Organization, read

calm = settings(deadline=None, max_examples=15)


@dataclass(frozen=True)
class Person:
    number: int
    first: str
    last: str
    boss: "Person | None"
    department: str = "Sales"

    @property
    def mail(self) -> str:
        return f"{self.first}.{self.last}.{self.number}@example.org"

    @property
    def directory_name(self) -> str:
        return f"CN={self.last}\\, {self.first} {self.number},OU=People,DC=example,DC=org"


def table(header: str, row: Callable[[Person], tuple[object, ...]], separator: str = ",") -> Callable[..., str]:
    def written(people: list[Person]) -> str:
        text = io.StringIO(newline="")
        rows = csv.writer(text, delimiter=separator)
        rows.writerow(header.split("|"))
        rows.writerows(row(each) for each in people)
        return text.getvalue()

    return written


def of_boss(person: Person, told: Callable[[Person], object], nobody: object = "") -> object:
    return nobody if person.boss is None else told(person.boss)


DIALECTS = {
    "plain": table("id|manager_id", lambda p: (p.number, of_boss(p, lambda b: b.number))),
    "own id at the top": table("ID|ReportsToID", lambda p: (p.number, (p.boss or p).number)),
    "decimals for managers": table("id|manager_id", lambda p: (p.number, of_boss(p, lambda b: f"{b.number}.0"))),
    "decimals for all": table("id|manager_id", lambda p: (f"{p.number}.0", of_boss(p, lambda b: f"{b.number},00"))),
    "leading noughts": table("id|manager_id", lambda p: (f"{p.number:08}", of_boss(p, lambda b: b.number, "0"))),
    "nought for nobody": table("id|manager_id", lambda p: (p.number, of_boss(p, lambda b: b.number, "0"))),
    "decimal nought": table("id|manager_id", lambda p: (p.number, of_boss(p, lambda b: f"{b.number}.0", "0.0"))),
    **{
        f"{word!r} for nobody": table(
            "id|manager_id", lambda p, word=word: (p.number, of_boss(p, lambda b: b.number, word))
        )
        for word in ("NULL", "N/A", "-", "None", "nan", "#N/A", "–", "NO_MANAGER")
    },
    "Workday": table(
        "Employee ID|Worker|Business Title|Supervisory Organization|Manager|Location",
        lambda p: (
            f"{p.number:06}",
            f"{p.first} {p.last}",
            "Clerk",
            p.department,
            of_boss(p, lambda b: f"{b.first} {b.last} ({b.number:06})"),
            "Lund",
        ),
    ),
    "Workday, on leave": table(
        "Employee ID|Legal Name|Manager ID|Manager",
        lambda p: (
            p.number,
            f"{p.first} {p.last} (On Leave)",
            of_boss(p, lambda b: b.number),
            of_boss(p, lambda b: f"{b.first} {b.last} (On Leave)"),
        ),
    ),
    "BambooHR": table(
        "Employee #|First Name|Last Name|Job Title|Reporting to|Department|Work Email",
        lambda p: (
            p.number,
            p.first,
            p.last,
            "Clerk",
            of_boss(p, lambda b: f"{b.first} {b.last}"),
            p.department,
            p.mail,
        ),
    ),
    "BambooHR, turned": table(
        "Employee #|Last name, First name|First Name|Last Name|Reports To",
        lambda p: (p.number, f"{p.last}, {p.first}", p.first, p.last, of_boss(p, lambda b: f"{b.last}, {b.first}")),
    ),
    "Active Directory": lambda people: (
        "#TYPE Selected.Microsoft.ActiveDirectory.Management.ADUser\r\n"
        + table(
            "SamAccountName|GivenName|Surname|DisplayName|Title|Department|Manager|DistinguishedName",
            lambda p: (
                f"u{p.number}",
                p.first,
                p.last,
                f"{p.last}, {p.first}",
                "Clerk",
                p.department,
                of_boss(p, lambda b: b.directory_name),
                p.directory_name,
            ),
        )(people)
    ),
    "Active Directory, names only": table(
        "samAccountName|Name|manager",
        lambda p: (
            f"u{p.number}",
            f"{p.first} {p.last}",
            of_boss(p, lambda b: f"CN={b.first} {b.last},OU=Users,OU=Lund,DC=corp"),
        ),
    ),
    "a directory in the cloud": table(
        "userPrincipalName|displayName|jobTitle|department|officeLocation|managerUPN",
        lambda p: (
            p.mail.lower(),
            f"{p.first} {p.last}",
            "Clerk",
            p.department,
            "Lund",
            of_boss(p, lambda b: b.mail.upper()),
        ),
    ),
    "SAP": table(
        "Pers.No.|Last name|First name|Position|Organizational Unit|Manager",
        lambda p: (
            f"{p.number:08}",
            p.last,
            p.first,
            "Clerk",
            p.department,
            of_boss(p, lambda b: b.number, "00000000"),
        ),
        ";",
    ),
    "SAP, in German": table(
        "Personalnummer|Nachname|Vorname|Abteilung|Vorgesetzter",
        lambda p: (p.number, p.last, p.first, p.department, of_boss(p, lambda b: f"{b.last}, {b.first}")),
        ";",
    ),
    "SuccessFactors, with its two headers": table(
        "STATUS|USERID|USERNAME|FIRSTNAME|LASTNAME|EMAIL|MANAGER|DEPARTMENT",
        lambda p: (
            "active",
            p.number,
            f"n{p.number}",
            p.first,
            p.last,
            p.mail,
            of_boss(p, lambda b: b.number, "NO_MANAGER"),
            p.department,
        ),
    ),
    "a report with a title": lambda people: (
        "All workers\n\nAs of 1 May, 9:00\n\n"
        + table(
            "Employee ID|Supervisor Email|E-mail", lambda p: (p.number, of_boss(p, lambda b: b.mail), p.mail), "\t"
        )(people)
    ),
    "no ids, names": table(
        "Full Name|Manager Name", lambda p: (f"{p.first} {p.last}", of_boss(p, lambda b: f"{b.last}, {b.first}"))
    ),
    "no ids, addresses": table("E-Mail|Manager", lambda p: (p.mail, of_boss(p, lambda b: b.mail.title())), "|"),
    "name before the address": table(
        "Employee ID|Email|Manager",
        lambda p: (p.number, p.mail, of_boss(p, lambda b: f"{b.first} {b.last} <{b.mail}>")),
    ),
    "number before the name": table(
        "Employee|Name|Manager",
        lambda p: (p.number, f"{p.first} {p.last}", of_boss(p, lambda b: f"{b.number} - {b.first} {b.last}")),
    ),
    "what a spreadsheet saved": lambda people: (
        "sep=;\r\n" + table("id|manager_id", lambda p: (p.number, of_boss(p, lambda b: b.number)), ";")(people)
    ),
}
"""How a system writes people down, by its name; every file is made up."""
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")
FIRST = ("Vera", "Åsa", "Jörg", "Mary Ann", "Nil", "Zoë")


@st.composite
def staffs(draw: st.DrawFn, most: int = 20) -> list[Person]:
    """Some people who report to one another, in any order; no two have one name."""
    count = draw(st.integers(1, most))
    numbers = draw(st.lists(st.integers(1, 99_999), min_size=count, max_size=count, unique=True))
    people: list[Person] = []
    for place, number in enumerate(numbers):
        boss = people[draw(st.integers(0, place - 1))] if place else None
        people.append(Person(number, draw(st.sampled_from(FIRST)), f"Holm{'abcdefghijklmnopqrst'[place]}", boss))
    return draw(st.permutations(people))


def lines_of(organization: Organization) -> list[int]:
    return organization.manager.tolist()


def meant(people: list[Person]) -> list[int]:
    return [people.index(person.boss) if person.boss else -1 for person in people]


@pytest.mark.parametrize("dialect", DIALECTS)
@given(people=staffs(), encoding=st.sampled_from(ENCODINGS))
@calm
def test_a_tree_reads_back_from_every_dialect(dialect, people, encoding, tmp_path_factory):
    path = tmp_path_factory.mktemp("people") / "people.csv"
    path.write_bytes(DIALECTS[dialect](people).encode(encoding))
    organization, _ = read(path)
    assert lines_of(organization) == meant(people)


def written(folder, text, name="people.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


STAFF = [Person(7, "Vera", "Holm", None, "Board")]
STAFF += [Person(100, "Åsa", "Berg", STAFF[0]), Person(101, "Jörg", "Dahl", STAFF[0], "Works")]
STAFF += [Person(102, "Zoë", "Lind", STAFF[1]), Person(103, "Mary Ann", "Vik", STAFF[2], "Works")]


@pytest.mark.parametrize("dialect", ["Workday", "BambooHR", "Active Directory", "a directory in the cloud", "SAP"])
def test_heads_of_every_system_are_known(dialect, tmp_path):
    organization, remarks = read(written(tmp_path, DIALECTS[dialect](STAFF)))
    assert organization.departments == ("Board", "Sales", "Works")
    assert organization.titles[0] == "Clerk"
    assert {"Vera Holm", "Holm, Vera"} & {organization.names[0]}
    assert not [remark for remark in remarks if "no department" in remark or "no title" in remark]


def test_managers_written_as_decimals_are_no_strangers(tmp_path):
    organization, _ = read(written(tmp_path, "id,manager_id\n1,\n2,1.0\n3,1.0\n4,2.0\n"), repair=True)
    assert lines_of(organization) == [-1, 0, 0, 1]


def test_a_number_is_taken_at_its_word_first_and_only_where_one_can_be_meant(tmp_path):
    organization, _ = read(written(tmp_path, "id,manager_id\n2,\n002,2\na,002\nb,2\n"))
    assert lines_of(organization) == [-1, 0, 1, 0]
    with pytest.raises(
        InputError, match=r"'2\.0', by whom 2 members can be meant, '2' \(line 2\) and '002' \(line 3\)"
    ):
        read(written(tmp_path, "id,manager_id\n2,\n002,2\na,2.0\n"))
    with pytest.raises(InputError, match=r"'1\.000', who is not in the file"):  # or a thousand?
        read(written(tmp_path, "id,manager_id\n1,\n2,1.000\n"))


def test_nought_is_somebody_where_somebody_has_that_id(tmp_path):
    organization, _ = read(written(tmp_path, "id,manager_id\n0,\n1,0\n2,0.0\n"))
    assert lines_of(organization) == [-1, 0, 0]
    organization, _ = read(written(tmp_path, "id,manager_id\n-,\n1,-\n"))
    assert lines_of(organization) == [-1, 0]


TWO_OF_A_NAME = "id,name,manager\n1,Ada,\n2,Vera Holm,1\n3,Vera Holm,1\n4,Bo,{}\n"


def test_a_name_that_two_have_is_refused_in_one_sentence(tmp_path):
    said = r"by whom 2 members can be meant, '2' \(line 3\) and '3' \(line 4\)"
    for name in ("Vera Holm", "Holm, Vera", "vera  HOLM"):
        with pytest.raises(InputError, match=said) as caught:
            read(written(tmp_path, TWO_OF_A_NAME.format(f'"{name}"')))
        assert caught.value.line == 5
    organization, _ = read(written(tmp_path, TWO_OF_A_NAME.format("Vera Holm (3)")))
    assert lines_of(organization) == [-1, 0, 0, 2]


def test_another_column_decides_where_a_name_leaves_it_open(tmp_path):
    text = "id,name,email,manager,manager email\n1,Vera,v@x,,\n2,Vera,w@x,Vera,v@x\n3,Bo,b@x,Vera,W@X\n"
    organization, _ = read(written(tmp_path, text))
    assert lines_of(organization) == [-1, 0, 1]


@pytest.mark.parametrize("boss", ["x{}", "{}9999.0", "CN=Nobody {},OU=x", "n{}@example.org", "Nobody, {}"])
def test_a_file_in_which_hardly_a_manager_is_found_is_not_repaired(boss, tmp_path):
    rows = "".join(f'{row},"{boss.format(row)}"\n' for row in range(2, 30))
    with pytest.raises(InputError, match="28 of 28 managers cannot be found in the file, too many to repair"):
        read(written(tmp_path, f"id,manager_id\n1,\n{rows}"), repair=True)
    with pytest.raises(InputError, match=r"Name each by id \(here '1', '2' and '3'\)"):
        read(written(tmp_path, f"id,manager_id\n1,\n{rows}"))


def test_the_head_of_a_part_may_be_missing_and_the_part_be_repaired(tmp_path):
    organization, _ = read(written(tmp_path, "id,manager_id\n1,boss\n2,boss\n3,boss\n4,1\n"), repair=True)
    assert lines_of(organization) == [-1, 0, 0, 0]


def test_no_number_is_said_to_resemble_another(tmp_path):
    with pytest.raises(InputError) as caught:
        read(written(tmp_path, "id,manager_id\n10,\n2,11.0\n"))
    assert "Did you mean" not in str(caught.value)


def test_ties_may_name_members_as_a_mail_server_does(tmp_path):
    people = written(tmp_path, "id,manager_id,name,email\n1,,Vera Holm,vera@x\n2,1,Bo Berg,bo@x\n3,1,Cy Dahl,cy@x\n")
    ties = written(tmp_path, "from,to\nVERA@x,bo@x\n2.0,3\nvera@x,nobody@x\n", "ties.csv")
    organization, remarks = read(people, ties)
    assert organization.tie_member.tolist() == [1, 0, 2, 1]
    assert any("1 of 3 rows that name it was left out: nobody@x" in remark for remark in remarks)

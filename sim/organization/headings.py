"""What the columns of an organisation file are called, and the words for roles, as people spell them.

A new spelling is a word here, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final

from sim.errors import InputError, quoted, shown
from sim.terms import Role
from sim.wording import listed

COLUMNS: Final = {
    "id": "id samaccountname employeeid memberid personid workerid userid staffid empid employeenumber employeeno "
    "personnelnumber personnelno persno persnr pernr personalnummer personnummer associateid username employee worker",
    "manager_id": "managerid reportstoid manageremployeeid managerworkerid manageruserid supervisorid linemanagerid "
    "managerpersonnelnumber managernumber reportsto reportingto manager supervisor linemanager directmanager boss "
    "superior workersmanager vorgesetzter",
    "manager_name": "managername supervisorname reportstoname reportingtoname linemanagername managerfullname "
    "managerdisplayname manager supervisor reportsto reportingto linemanager",
    "manager_email": "manageremail manageremailaddress manageremailid manageruserprincipalname managerupn "
    "managermail supervisoremail reportstoemail linemanageremail manageruserid managerusername",
    "name": "name fullname employeename displayname membername personname preferredname legalname workername "
    "worker employee",
    "first_name": "firstname givenname forename preferredfirstname legalfirstname vorname",
    "last_name": "lastname surname familyname sn preferredlastname legallastname nachname",
    "email": "email emailaddress workemail mail emailwork primaryemail primaryworkemail businessemail companyemail "
    "workemailaddress emailid",
    "login": "userprincipalname upn login loginname username userid samaccountname",
    "account": "distinguishedname dn",
    "title": "title jobtitle businesstitle position positiontitle job jobname jobprofile",
    "role": "role arenarole memberrole",
    "department": "department departmentname dept deptname unit orgunit businessunit division organizationalunit "
    "organisationalunit orgunitname supervisoryorganization abteilung organisationseinheit costcenter",
    "location": "location locationname site office officelocation physicaldeliveryofficename worklocation workplace "
    "city personnelarea standort",
}
"""The columns of an organisation file and how else people spell them (small letters and digits only), best first.

What Workday, BambooHR, Active Directory and SAP call them is among these. A column may serve twice: a login is an id
where there is no other.
"""
IDENTIFYING: Final = ("id", "email", "login", "name", "last_name")
"""The columns by which members can be told apart, best first; the first that a file has takes the place of `id`."""
MANAGERS: Final = ("manager_id", "manager_name", "manager_email")
"""The columns that name a manager; all that a file has are read, the first that leads to a member counts."""
NEEDED: Final = {"id": IDENTIFYING, "manager_id": MANAGERS}
"""What a file needs, and the columns of which one will do."""
ROLES: Final = {role.key: role for role in Role} | {
    "employee": Role.coworker,
    "co_worker": Role.coworker,
    "manager": Role.line_manager,
    "community_manager": Role.communicator,
}
"""How a file may spell a role, in small letters with underscores."""
_LIKELY: Final = 0.7
_MOST_COLUMNS: Final = 50
_LONGEST_NAME: Final = 60


def role_of(text: str) -> Role | None:
    """Return the role that a cell names; None where it names none."""
    return ROLES.get("_".join(text.casefold().replace("-", " ").replace("_", " ").split()))


def title_of(role: Role) -> str:
    """Return the title of a member whose file gives none."""
    return role.key.replace("_", " ").capitalize()


def recognise(header: Iterable[str], *wanted: str) -> tuple[int, int]:
    """Return how many of the columns wanted (all, if none) a header names, and how many columns it names at all."""
    plain = set(map(_plain, header)) - {""}
    return sum(not plain.isdisjoint(COLUMNS[name].split()) for name in wanted or COLUMNS), len(plain)


def places_of_columns(header: list[str], file: str, line: int) -> dict[str, int]:
    """Return where each column stands; InputError where a needed one is missing or one comes twice."""
    plain = [_plain(cell) for cell in header]
    places = {}
    for column, spellings in COLUMNS.items():
        present = [spelling for spelling in spellings.split() if spelling in plain]
        if present and plain.count(present[0]) > 1:
            name = quoted(header[plain.index(present[0])])
            raise InputError(f"Two columns are called {name}; rename or delete one of them", file=file, line=line)
        if present:
            places[column] = plain.index(present[0])
    if places.get("name") == places.get("id", -1):
        del places["name"]  # one column cannot be both, where it is called `Employee`
    for column, any_of in NEEDED.items():
        if places.keys().isdisjoint(any_of):
            found = listed([shown(cell, 40) for cell in header], most=12)
            problem = f"A column {column} is needed; the columns found are {found}"
            raise InputError(f"{problem}. {_advice(column, header, plain)}", file=file, line=line)
    return places


def repeats_the_header(cells: Iterable[str]) -> bool:
    """Say whether a row is no member but the header once more, in other words: some programs write two."""
    named = [_plain(cell) for cell in cells if cell]
    known = {spelling for spellings in COLUMNS.values() for spelling in spellings.split()}
    return len(named) > 1 and all(name in known for name in named)


def _plain(cell: str) -> str:
    """Return a column's name in small letters and digits only, as in COLUMNS."""
    return "".join(letter for letter in cell[:_LONGEST_NAME].casefold() if letter.isalnum())


def _advice(column: str, header: list[str], plain: list[str]) -> str:
    """Name the column that resembles the missing one most, if any does."""
    known = {spelling for spellings in COLUMNS.values() for spelling in spellings.split()}
    best, likeness = "", _LIKELY
    for cell, name in list(zip(header, plain, strict=True))[:_MOST_COLUMNS]:
        for spelling in COLUMNS[column].split():
            ratio = SequenceMatcher(None, name, spelling).ratio() if name not in known else 0.0
            best, likeness = (cell, ratio) if ratio > likeness else (best, likeness)
    return f"If {quoted(best)} is meant, call it {column}." if best else f"Call the right one {column}."

"""Names for organisations that are made up: people, departments, sites, jobs. No name means anything to the model."""

from collections.abc import Sequence
from itertools import count, islice

_FIRST = """
Aaliyah Abena Adam Aiko Aisha Alejandra Alma Amara Amélie Amir Ana Anders Andrzej Anh Aoife Arjun Astrid Aylin Beatriz
Bilal Birgit Björn Camila Carlos Chidi Chiara Chloé Daan Daniela Dávid Deepika Diego Dmitri Ebba Eleni Elif Emeka
Emma Eszter Fatima Femke Finn Freja Gabriel Giulia Grace Hana Hannah Haruto Hassan Helga Hiroshi Hugo Ibrahim
Ida Ines Ingrid Isabel Ivan Jakub Jana Javier Jin Joana Johan Jonas Julia Kaveh Kenji Kofi Lars Layla Leila Lena
Liam Linh Lucía Luka Mads Magdalena Maja Malik Marek Maria Mateo Mei Mette Miguel Mikkel Min-jun Mohammed Nadia
Naledi Ngozi Nikolai Noor Olga Oliver Omar Paolo Petra Pierre Priya Rahul Rosa Sara Sean Sipho Sofia Søren Svetlana
Tariq Thandiwe Thomas Tomoko Valentina Viktor Wei Yara Yusuf Zofia Zoltán
"""
FIRST_NAMES = tuple(_FIRST.split())

_LAST = """
Abdullah Acosta Adeyemi Ahmed Akhtar Almeida Andersen Antonov Aydın Bakker Banerjee Barbosa Bauer Becker Bekele
Bernard Bianchi Boateng Bondarenko Brennan Brown Byrne Çelik Castro Chatterjee Chen Choi Christensen Cohen Costa
Dahl Danso Das Demir Diallo Díaz Dimitrov Doyle Dubois Eriksson Evans Farah Fernández Ferrari Fischer Fontaine
Fraser Fujita Gallo García Ghosh Gómez González Gupta Haddad Hakimi Halvorsen Hansen Hassan Hernández Hoang
Hoffmann Horváth Huang Hughes Ibrahim Ito Ivanov Jansen Jensen Johansson Jones Joshi Kamara Kapoor Kaya Keller
Khan Kim Kimura Koch Korhonen Kovács Kowalski Kumar Larsen Laurent Lee Lehtonen Lewandowski Li Lindberg Lopes
Madsen Marino Martin Mbeki Mehta Meyer Mokoena Moreau Moreno Müller Murphy Mwangi Nagy Nakamura Ndiaye Nguyen
Nielsen Novák Nowak Nwosu O'Connor Okafor Olsen Omondi Oliveira Olofsson Osei Östlund Park Patel Pavlov Pedersen
Pereira Petrov Pham Popescu Quispe Rahman Ramos Rasmussen Reyes Ricci Rossi Ruiz Saito Salazar Sánchez Santos
Sato Schmidt Schneider Sharma Silva Singh Smith Sørensen Suzuki Svensson Szabó Takahashi Tan Tanaka Tran Van-Dijk
Vargas Virtanen Wagner Wang Weber Wójcik Wong Yamamoto Yılmaz Zhang Zieliński
"""
LAST_NAMES = tuple(_LAST.split())

EXECUTIVE_OFFICE = "Executive Office"

DEPARTMENTS = (
    "Sales",
    "Engineering",
    "Operations",
    "Finance",
    "Human Resources",
    "Marketing",
    "Customer Service",
    "Research",
    "Information Technology",
    "Logistics",
    "Procurement",
    "Legal",
    "Quality",
    "Communication",
    "Facilities",
    "Product",
)

SITES = (
    "Copenhagen",
    "Aarhus",
    "Wrocław",
    "Hamburg",
    "Rotterdam",
    "Gothenburg",
    "Lyon",
    "Porto",
    "Bilbao",
    "Turin",
    "Manchester",
    "Toronto",
    "Chicago",
    "Monterrey",
    "São Paulo",
    "Nairobi",
    "Cape Town",
    "Pune",
    "Singapore",
    "Osaka",
    "Melbourne",
)

JOBS = ("specialist", "analyst", "coordinator", "consultant", "associate", "adviser", "assistant", "planner")


def person_name(key: int) -> str:
    """Return the made-up name of the member whose 64-bit key (a hash of the id) this is: first name, last name."""
    first, last = key % len(FIRST_NAMES), key // len(FIRST_NAMES) % len(LAST_NAMES)
    return f"{FIRST_NAMES[first]} {LAST_NAMES[last]}"


def numbered(table: Sequence[str], wanted: int) -> tuple[str, ...]:
    """Return `wanted` different names from a table, which starts again with numbers at its end: Sales, ..., Sales 2."""
    rounds = (name if turn == 1 else f"{name} {turn}" for turn in count(1) for name in table)
    return tuple(islice(rounds, wanted))

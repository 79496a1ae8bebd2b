"""Names, departments and titles of the made-up people, in the scripts a real directory holds."""

from __future__ import annotations

FIRST = [
    "Ana", "Ben", "Carla", "David", "Elena", "Felix", "Grace", "Hugo", "Ines", "Jonas", "Karin", "Liam",
    "Maria", "Noah", "Olga", "Paul", "Rosa", "Simon", "Tina", "Umar", "Vera", "Will", "Yara", "Zoe",
    "Amara", "Boris", "Chloe", "Deniz", "Emma", "Farid", "Gita", "Hans", "Ivana", "James", "Keiko",
    "Lucas", "Mina", "Nils", "Priya", "Ravi", "Sofia", "Tomas", "Ulla", "Victor", "Wen", "Aisha", "Bruno",
    "Cora", "Dario", "Edith",
]  # fmt: skip
LAST = [
    "Almeida", "Bauer", "Carter", "Dumont", "Eriksen", "Ferrari", "Garcia", "Hoffmann", "Ivanov",
    "Jensen", "Kowalski", "Lopez", "Meyer", "Novak", "Oliveira", "Petrov", "Quinn", "Rossi", "Schmidt",
    "Tanaka", "Ueda", "Vogel", "Weber", "Young", "Zeman", "Ahmed", "Brown", "Costa", "Dubois", "Evans",
    "Fischer", "Green", "Haddad", "Iyer", "Johansson", "Khan", "Larsen", "Moreau", "Nguyen", "Okafor",
    "Patel", "Ramos", "Santos", "Taylor", "Usman", "Varga", "Wagner", "Yilmaz", "Zhang", "Becker",
]  # fmt: skip

DEPARTMENTS = [
    ("Customer Care", ["Customer Care Agent", "Senior Customer Care Agent", "Care Specialist"]),
    ("Billing", ["Billing Agent", "Billing Specialist", "Collections Agent"]),
    ("Technical Support", ["Support Agent", "Support Engineer", "Senior Support Engineer"]),
    ("Sales", ["Sales Agent", "Inside Sales Representative", "Renewals Agent"]),
    ("Claims", ["Claims Handler", "Claims Specialist"]),
    ("Back Office", ["Back Office Agent", "Case Worker"]),
]

#: (why, name, local part of the e-mail). The local part is Latin, as directories keep it.
SCRIPTS = [
    ("name with diacritics", "Zoë Ångström-Müller", "zoe.angstrom"),
    ("name in Cyrillic", "Наталья Кузнецова", "natalya.kuznetsova"),
    ("name in Greek", "Ελένη Παπαδοπούλου", "eleni.papadopoulou"),
    ("name in Arabic", "ليلى الحداد", "layla.alhaddad"),
    ("name in Hebrew", "נועה לוי", "noa.levi"),
    ("name in CJK", "山田 花子", "hanako.yamada"),
    ("name in Devanagari", "प्रिया शर्मा", "priya.sharma.in"),
    ("name with an apostrophe", "Siobhán O'Connor", "siobhan.oconnor"),
    ("name with a hyphen", "Jean-Luc Saint-Pierre", "jean-luc.saint-pierre"),
    (
        "very long name",
        "Maria Fernanda Guadalupe de los Ángeles Hernández-Villanueva y Rodríguez-Santibáñez de la Torre",
        "maria.fernanda.guadalupe.hernandez-villanueva",
    ),
]

"""The facts of a seed: who, from where, with what and how much; everything else in the story follows from them."""

from __future__ import annotations

import random
from dataclasses import dataclass

from panther_sandbox.seed import story
from panther_sandbox.seed.people import EMPLOYEES, Employee

DEFAULT_SEED = 7
# Told as it always was; any other seed draws its own facts.
_GIVEN_NAMES = (
    *("Aisha", "Bruno", "Celine", "Diego", "Elif", "Farid", "Greta", "Hugo", "Imani", "Jakub", "Kira", "Liam", "Maya"),
    *("Nils", "Olga", "Pavel", "Quinn", "Rosa", "Stefan", "Talia", "Uma", "Viktor", "Wanda", "Ximena", "Yusuf", "Zoe"),
)
_FAMILY_NAMES = (
    *("Almeida", "Berg", "Costa", "Dubois", "Eriksen", "Fontaine", "Gupta", "Horvat", "Ito", "Jensen", "Kowalski"),
    *("Larsen", "Mbeki", "Nakamura", "Ortega", "Popescu", "Quiroga", "Rossi", "Silva", "Tran", "Ueda", "Vargas"),
    *("Weiss", "Xu", "Yilmaz", "Zhang"),
)
_DEVICES = ("Pixel 8", "Galaxy S24", "iPhone 15", "OnePlus 12", "Xperia 5")
_KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True)
class StoryFacts:
    """What an analyst has to find; the same seed gives the same facts."""

    seed: int
    employees: tuple[Employee, ...]
    login_ip: str
    exfil_ip: str
    denied_pushes: int
    unharmed_denied_pushes: int
    access_key: str
    objects_read: int
    crown_jewel: str
    crown_jewel_bytes: int
    new_device: str
    cloned_repositories: tuple[str, ...]
    forward_to: str
    hours_before_start: int
    aws_account: str = story.AWS_ACCOUNT
    service_user: str = story.SERVICE_USER
    bucket: str = story.BUCKET
    listed_buckets: tuple[str, ...] = story.LISTED_BUCKETS
    trail: str = story.TRAIL
    bastion: str = story.BASTION
    exfil_user_agent: str = story.EXFIL_USER_AGENT
    injection: str = story.INJECTION

    @property
    def victim(self) -> Employee:
        """Whose account was taken over."""
        return self.employees[0]

    @property
    def unharmed(self) -> Employee:
        """Who was tried as well, and denied every push."""
        return self.employees[1]

    @property
    def engineers(self) -> tuple[Employee, ...]:
        """Those who work in AWS and GitHub."""
        return self.employees[:7]

    @classmethod
    def of(cls, seed: int = DEFAULT_SEED) -> StoryFacts:
        """Return the facts of a seed."""
        return _default() if seed == DEFAULT_SEED else _drawn(seed)


def _default() -> StoryFacts:
    return StoryFacts(
        seed=DEFAULT_SEED,
        employees=EMPLOYEES,
        login_ip="203.0.113.77",
        exfil_ip="198.51.100.23",
        denied_pushes=9,
        unharmed_denied_pushes=4,
        access_key="AKIASBX7EXPORT4QJ2LM",
        objects_read=412,
        crown_jewel="2026/q3/customers-full.csv",
        crown_jewel_bytes=1_288_490_188,
        new_device="Pixel 9",
        cloned_repositories=("billing-service", "customer-data-pipeline", "terraform-prod"),
        forward_to="pr.backup@mail-relay.example",
        hours_before_start=52,
    )


def _drawn(seed: int) -> StoryFacts:
    # A generator of its own: what the events draw must not depend on how many facts there are.
    chance = random.Random(f"facts of {seed}")  # noqa: S311 - sample data, nothing secret
    employees = _employees(chance)
    victim = employees[0]
    repositories = sorted(chance.sample(story.REPOSITORIES, 3))
    return StoryFacts(
        seed=seed,
        employees=employees,
        login_ip=f"203.0.113.{chance.randint(2, 253)}",
        exfil_ip=f"198.51.100.{chance.randint(2, 253)}",
        # The session starts seven minutes after the first push; a push comes every 40 seconds.
        denied_pushes=chance.randint(7, 10),
        unharmed_denied_pushes=chance.randint(4, 6),
        access_key="AKIASBX7" + "".join(chance.choices(_KEY_LETTERS, k=12)),
        # Every five seconds one, between the first read and the attempt to stop the trail.
        objects_read=chance.randint(320, 430),
        crown_jewel=f"2026/q{chance.randint(1, 3)}/customers-full.csv",
        crown_jewel_bytes=chance.randint(900_000_000, 1_900_000_000),
        new_device=chance.choice(_DEVICES),
        cloned_repositories=tuple(repositories),
        forward_to=f"{victim.given_name[0]}{victim.family_name[0]}.archive@mail-relay.example".lower(),
        # Long enough ago that GitHub's log was still complete, and within the last three days.
        hours_before_start=chance.randint(40, 66),
    )


def _employees(chance: random.Random) -> tuple[Employee, ...]:
    """Draw other people for the same jobs, each with an address of their own."""
    given_names = chance.sample(_GIVEN_NAMES, len(EMPLOYEES))
    family_names = chance.sample(_FAMILY_NAMES, len(EMPLOYEES))
    first = chance.randint(20, 200)
    return tuple(
        Employee(given_names[number], family_names[number], known.title, f"192.0.2.{first + number}")
        for number, known in enumerate(EMPLOYEES)
    )

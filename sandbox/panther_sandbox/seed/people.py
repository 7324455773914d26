"""Acme's people: the employees whose activity fills the logs, and the users of the Panther console with their roles."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from panther_sandbox.permissions import ALL_PERMISSIONS, READ_PERMISSIONS
from panther_sandbox.seed.story import DOMAIN


@dataclass(frozen=True)
class Employee:
    """Someone who works at Acme, and the address they usually work from."""

    given_name: str
    family_name: str
    title: str
    ip: str

    @property
    def username(self) -> str:
        """`priya.raman`."""
        return f"{self.given_name}.{self.family_name}".lower()

    @property
    def email(self) -> str:
        """The company address."""
        return f"{self.username}@{DOMAIN}"

    @property
    def github(self) -> str:
        """`priya-raman`."""
        return self.username.replace(".", "-")

    @property
    def full_name(self) -> str:
        """`Priya Raman`."""
        return f"{self.given_name} {self.family_name}"

    @property
    def okta_id(self) -> str:
        """The id of the Okta account."""
        return "00u" + uuid.uuid5(uuid.NAMESPACE_DNS, self.email).hex[:17]


# The people of the default seed; another seed puts others into the same jobs (see `facts`).
EMPLOYEES = (
    Employee("Priya", "Raman", "Staff engineer", "192.0.2.41"),
    Employee("Dan", "Whitfield", "Engineering manager", "192.0.2.42"),
    Employee("Amara", "Nwosu", "Backend engineer", "192.0.2.43"),
    Employee("Jonas", "Lindqvist", "Backend engineer", "192.0.2.44"),
    Employee("Mei", "Tanaka", "Data engineer", "192.0.2.45"),
    Employee("Carlos", "Ibarra", "Site reliability engineer", "192.0.2.46"),
    Employee("Hannah", "Brandt", "Site reliability engineer", "192.0.2.47"),
    Employee("Samuel", "Osei", "Product manager", "192.0.2.48"),
    Employee("Yara", "Haddad", "Designer", "192.0.2.49"),
    Employee("Oliver", "Finch", "Support lead", "192.0.2.50"),
    Employee("Nadia", "Petrova", "Finance", "192.0.2.51"),
    Employee("Ravi", "Menon", "IT administrator", "192.0.2.52"),
    Employee("Chloe", "Garnier", "Sales", "192.0.2.53"),
    Employee("Ethan", "Brooks", "Sales", "192.0.2.54"),
    Employee("Lucia", "Moretti", "People operations", "192.0.2.55"),
)


@dataclass(frozen=True)
class SeedRole:
    """A role of the console."""

    name: str
    permissions: tuple[str, ...]

    @property
    def id(self) -> str:
        """A stable id."""
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"role.{self.name}.{DOMAIN}"))


@dataclass(frozen=True)
class SeedUser:
    """A user of the console."""

    given_name: str
    family_name: str
    role: SeedRole
    enabled: bool = True

    @property
    def email(self) -> str:
        """The company address."""
        return f"{self.given_name}.{self.family_name}@{DOMAIN}".lower()

    @property
    def id(self) -> str:
        """A stable id."""
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"user.{self.email}"))


ADMIN = SeedRole("Admin", ALL_PERMISSIONS)
ANALYST = SeedRole(
    "Analyst",
    (
        "AlertModify",
        "AlertRead",
        "DataAnalyticsModify",
        "DataAnalyticsRead",
        "LogSourceRead",
        "PolicyRead",
        "ResourceRead",
        "RuleRead",
        "RunPantherAI",
        "SummaryRead",
        "UserRead",
    ),
)
DETECTION_ENGINEER = SeedRole(
    "DetectionEngineer",
    (*ANALYST.permissions, "BulkUpload", "LookupModify", "LookupRead", "PolicyModify", "RuleModify"),
)
ANALYST_READ_ONLY = SeedRole("AnalystReadOnly", READ_PERMISSIONS)
# Nobody has it any more: the auditors left.
AUDITOR = SeedRole("Auditor", READ_PERMISSIONS)
ROLES = (ADMIN, ANALYST, ANALYST_READ_ONLY, AUDITOR, DETECTION_ENGINEER)

LENA = SeedUser("Lena", "Fischer", ADMIN)
TOM = SeedUser("Tom", "Okafor", ANALYST)
INES = SeedUser("Ines", "Duarte", DETECTION_ENGINEER)
MAREK = SeedUser("Marek", "Novak", ANALYST_READ_ONLY)
JULES = SeedUser("Jules", "Renard", ANALYST, enabled=False)
CONSOLE_USERS = (LENA, TOM, INES, MAREK, JULES)

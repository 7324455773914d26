"""What the enrichment providers know of an address: where it is, whose it is, whether it hides somebody."""

from __future__ import annotations

from typing import Any

from panther_sandbox.seed.facts import StoryFacts

_OFFICE = "192.0.2."
_STRANGERS = "198.18."


class AddressBook:
    """Looks addresses up; each answer is made once, for most events share theirs."""

    def __init__(self, facts: StoryFacts) -> None:
        self._facts = facts
        self._known: dict[tuple[str, ...], dict[str, Any]] = {}

    def enrichment(self, addresses: list[str]) -> dict[str, Any] | None:
        """Return `p_enrichment` of an event: provider, then the field looked up, then the matches."""
        key = tuple(sorted(set(addresses)))
        if key not in self._known:
            found: dict[str, Any] = {}
            for address in key:
                for provider, answer in self._answers(address).items():
                    matches = found.setdefault(provider, {"p_any_ip_addresses": []})["p_any_ip_addresses"]
                    matches.append({"p_match": address, **answer})
            self._known[key] = found
        return self._known[key] or None

    def _answers(self, address: str) -> dict[str, dict[str, Any]]:
        if address == self._facts.login_ip:
            return {
                "ipinfo_location": {"city": "Bucharest", "country": "RO"},
                "ipinfo_asn": {"asn": "AS64500", "name": "Nightjar Transit", "type": "hosting"},
                "ipinfo_privacy": {"proxy": False, "tor": True, "vpn": False, "hosting": True},
                "tor_exit_nodes": {"first_seen": "2026-03-02", "nickname": "lanternfish"},
            }
        if address == self._facts.exfil_ip:
            return {
                "ipinfo_location": {"city": "Frankfurt am Main", "country": "DE"},
                "ipinfo_asn": {"asn": "AS64511", "name": "Cheapstack VPS", "type": "hosting"},
                "ipinfo_privacy": {"proxy": False, "tor": False, "vpn": False, "hosting": True},
            }
        if address.startswith(_OFFICE):
            return {"ipinfo_location": {"city": "Lisbon", "country": "PT"}}
        if address.startswith(_STRANGERS):
            return {"ipinfo_asn": {"asn": "AS64505", "name": "Weathervane Scanning", "type": "hosting"}}
        return {}

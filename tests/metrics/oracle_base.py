"""Duplicates and hygiene of a client base worked out pair by pair, straight from the definitions.

Rows are plain dicts; nothing is shared with the package.
"""

import datetime
import difflib
import re
import unicodedata

ORDER = ("tax_id", "email", "phone", "name")


def phone(text: str, country: str) -> str:
    found = re.search(r"\+?\d[\d\s().\-]*", text or "")
    if not found:
        return ""
    digits = "".join(each for each in found[0] if each.isdigit())
    if not found[0].startswith("+"):
        if digits[:2] == "00":
            digits = digits[2:]
        elif digits[:1] == "0":
            digits = country + digits[1:]
        elif country == "7" and len(digits) == 11 and digits[0] == "8":
            digits = "7" + digits[1:]
        else:
            digits = country + digits
    return digits if len(digits) > 6 else ""


def name(text: str, forms: tuple[str, ...]) -> str:
    plain = unicodedata.normalize("NFKD", text or "").casefold()
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    plain = "".join(each for each in plain if each not in "./\\'’`´")
    plain = "".join(each if each.isalnum() else " " for each in plain)
    words = plain.split()
    return " ".join([each for each in words if each not in forms] or words)


def alike(one: str, other: str) -> bool:
    one, other = sorted([one, other])
    if not one or not other:
        return False
    return one.split()[0] == other.split()[0] or (
        difflib.SequenceMatcher(None, one, other).ratio() >= 0.85
    )


def proofs(one: dict, other: dict, shared: dict, forms: tuple, country: str) -> set[str]:
    """What proves that two clients are one; nothing where their tax numbers differ."""
    keys = [
        {
            "tax_id": re.sub(r"[\W_]", "", each.get("tax_id") or "").casefold(),
            "email": (each.get("email") or "").strip().casefold(),
            "phone": phone(each.get("phone"), country),
            "name": name(each.get("client_name"), forms),
        }
        for each in (one, other)
    ]
    a, b = keys
    if a["tax_id"] and b["tax_id"] and a["tax_id"] != b["tax_id"]:
        return set()
    same = {key for key in ORDER if a[key] and a[key] == b[key]}
    same -= {key for key in ORDER[:3] if shared.get((key, a[key]), 0) > 3}
    if "phone" in same and not alike(a["name"], b["name"]):
        same.remove("phone")
    regions = [each.get("region") or "" for each in (one, other)]
    if "name" in same and regions[0] and regions[1] and regions[0] != regions[1]:
        same.remove("name")
    return same


def duplicates(clients: list[dict], forms: tuple, country: str) -> dict[str, tuple[str, str]]:
    """By client: the smallest id of its group, and what proves its best pair."""
    shared: dict[tuple[str, str], int] = {}
    for each in clients:
        for key, text in (
            ("tax_id", re.sub(r"[\W_]", "", each.get("tax_id") or "").casefold()),
            ("email", (each.get("email") or "").strip().casefold()),
            ("phone", phone(each.get("phone"), country)),
        ):
            shared[key, text] = shared.get((key, text), 0) + 1
    best: dict[str, str] = {}
    group = {each["client_id"]: each["client_id"] for each in clients}
    for at, one in enumerate(clients):
        for other in clients[at + 1 :]:
            found = proofs(one, other, shared, forms, country)
            if not found:
                continue
            by = min(found, key=ORDER.index)
            for each in (one["client_id"], other["client_id"]):
                best[each] = min(best.get(each, "name"), by, key=ORDER.index)
            low, high = sorted((group[one["client_id"]], group[other["client_id"]]))
            group = {each: low if its == high else its for each, its in group.items()}
    return {each: (group[each], by) for each, by in best.items()}


def faults(client: dict, month_end: datetime.date, abc: str, bought: bool) -> set[str]:
    """What is wrong with one client, as far as its card tells (owners and duplicates do not)."""
    found = set()
    number, mail = client.get("phone") or "", client.get("email") or ""
    if not number and not mail:
        found.add("no way to reach")
    if number and sum(each.isdigit() for each in number) < 7:
        found.add("malformed")
    if mail and ("@" not in mail or "." not in mail[mail.index("@") :]):
        found.add("malformed")
    verified, created = client.get("verified_on"), client.get("created_on")
    year = month_end - datetime.timedelta(days=365)
    if abc in ("A", "B") and (not verified or datetime.date.fromisoformat(verified) < year):
        found.add("not verified")
    half = month_end - datetime.timedelta(days=180)
    if not bought and created and datetime.date.fromisoformat(created) <= half:
        found.add("never bought")
    if not client.get("client_group"):
        found.add("no group")
    return found

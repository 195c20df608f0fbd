"""Clients that may be one and the same: names, telephones and addresses as they are compared."""

import difflib
import functools
import itertools
import re
import unicodedata

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

FIRST_NUMBER = re.compile(r"\+?\d[\d\s().-]*")
MOST_SHARED = 3  # clients that share a number: of more it proves nothing (a chain, a switchboard)
RATIO = 0.85  # from which on two names are alike
# What proves a pair, the best first; the first two are sure.
PROOFS = ("tax_id", "email", "phone", "name")
SURE = PROOFS[:2]


@functools.lru_cache(maxsize=200_000)
def plain_name(text: str, legal_forms: tuple[str, ...]) -> str:
    """A name as it is compared: without case, accents, punctuation and legal forms.

    Unicode NFKD, case-folded; dots, slashes and apostrophes vanish, other punctuation is a blank; a
    legal form goes wherever it is a word, unless nothing is left.
    """
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    plain = re.sub(r"[./\\'’`´]", "", plain)
    words = re.sub(r"[^\w]+|_", " ", plain).split()
    return " ".join([word for word in words if word not in legal_forms] or words)


@functools.lru_cache(maxsize=200_000)
def plain_phone(text: str, country: str) -> str:
    """The first number of a field in digits with its country; empty under 7 digits.

    `+` or `00` is taken off; without them a trunk 0 (in country 7 the 8 of eleven digits) is
    dropped and *country* put before.
    """
    found = FIRST_NUMBER.search(text)
    digits = re.sub(r"\D", "", found[0]) if found else ""
    if found and found[0].startswith("+"):
        pass
    elif digits.startswith("00"):
        digits = digits[2:]
    else:
        is_trunk = digits.startswith("0") or (
            country == "7" and len(digits) == 11 and digits.startswith("8")
        )
        digits = country + digits[is_trunk:]
    return digits if len(digits) >= 7 else ""


def are_alike(one: str, other: str) -> bool:
    """Whether two plain names are: their first word is the same, or most of their letters are."""
    one, other = sorted((one, other))
    if not one:
        return False
    if one.split()[0] == other.split()[0]:
        return True
    return difflib.SequenceMatcher(None, one, other).ratio() >= RATIO


def pairs(clients: pd.DataFrame, legal_forms: tuple[str, ...], country: str) -> pd.DataFrame:
    """The pairs of clients that may be one: client, other (places in the frame), by (of PROOFS, the
    best there is).

    *clients*: client_name, region, phone, email, tax_id; a missing column is empty. Sure: the same
    tax_id (without blanks and punctuation), the same email. Likely: the same whole phone and alike
    names; the same name and region, or one region missing. Other tax_ids forbid a pair.
    """
    texts = clients.reindex(columns=["client_name", "region", "phone", "email", "tax_id"])
    texts = texts.astype(object).where(texts.notna(), "")
    keys = {
        "tax_id": [re.sub(r"[\W_]", "", each).casefold() for each in texts["tax_id"]],
        "email": [each.strip().casefold() for each in texts["email"]],
        "phone": [plain_phone(each, country) for each in texts["phone"]],
        "name": [plain_name(each, legal_forms) for each in texts["client_name"]],
    }
    regions, tax, names = [*texts["region"]], keys["tax_id"], keys["name"]
    found: dict[tuple[int, int], str] = {}
    for proof in PROOFS:
        same_key: dict[str, list[int]] = {}
        for place, key in enumerate(keys[proof]):
            same_key.setdefault(key, []).append(place)
        same_key.pop("", None)
        for places in same_key.values():
            if proof != "name" and len(places) > MOST_SHARED:
                continue
            for one, other in itertools.combinations(places, 2):
                if tax[one] and tax[other] and tax[one] != tax[other]:
                    continue
                if proof == "phone" and not are_alike(names[one], names[other]):
                    continue
                same = regions[one] == regions[other] or not (regions[one] and regions[other])
                if proof != "name" or same:
                    found.setdefault((one, other), proof)
    rows = [(one, other, by) for (one, other), by in sorted(found.items())]
    return pd.DataFrame(rows, columns=["client", "other", "by"])


def groups(found: pd.DataFrame, number: int) -> np.ndarray:
    """For each of *number* clients the first client of its group; −1: it is in no pair."""
    ends = found[["client", "other"]].to_numpy(dtype=np.int64).T
    graph = coo_array((np.ones(len(found)), ends), shape=(number, number))
    label = connected_components(graph, directed=False)[1]
    first = np.full(label.max(initial=-1) + 1, number)
    np.minimum.at(first, label, np.arange(number))
    result = np.full(number, -1)
    paired = np.unique(ends)
    result[paired] = first[label[paired]]
    return result

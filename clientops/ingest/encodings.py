"""Which encoding a text file has: UTF-8, UTF-16, or the one in which its letters make words.

Any bytes are readable in an encoding of one byte a letter: a Western `Café` is `Cafй` in cp1251.
Each such encoding must prove itself, language by language: by how often the language has the
letter, by vowels and consonants taking turns, by words of one alphabet and of one case. (Measured
on columns of names in twelve languages: of 15 names none is misread, of five one in a thousand;
charset-normalizer misread a third.) What few letters do not tell is asked.
"""

import codecs
import itertools
import math
import re
from pathlib import Path

from clientops.errors import ClientOpsError

# Letters beyond ASCII, and how many there are among a thousand of the language.
_LETTERS = {
    "ru": "о110 е85 а80 и74 н67 т63 с55 р47 в45 л44 к35 м32 д30 п28 у26 я20 ы19 ь17 г17 з16 б16 ч14"
          " й12 х10 ж9 ш7 ю6 ц5 щ4 э3 ф3 ъ.4 ё.4",
    "uk": "о94 а81 и61 і57 н68 т54 с41 р45 в54 е50 л36 к35 м31 д34 п28 у34 я22 ь18 г16 з23 б17 ч14"
          " й14 х12 ы9 ж8 ш8 ю7 ц8 є8 э6 ї6 щ5 ф3 ў3 ё2 ґ.1",
    "el": "α120 ο98 ε85 ι82 τ77 ν66 σ60 η48 ς46 υ44 ρ43 π42 κ42 μ34 λ27 ί20 ω20 γ18 ό18 δ17 έ17 θ13"
          " χ12 ά12 ή10 ύ8 ώ8 φ7 β6 ξ4 ζ4 ψ2",
    "he": "י111 ו104 ה101 ל74 ר66 א63 ת55 ב54 מ54 ש50 נ39 ע32 ד26 ם26 ח25 ק22 כ22 פ17 ג15 ס15 ן14"
          " ט13 צ13 ז13 ך8 ף2 ץ2",
    "de": "ü10 ä6 ö4.5 ß3", "fr": "é19 à5 è3.5 ê2.5 ç1 â.6 û.6 ô.6 ù.5 î.5 ë.2 œ.2 ï.1 ü.1 ö.1 ä.1",
    "es": "ó8 í7 á5 é4.3 ñ3 ú1.7 ü.1", "pt": "ã7.3 ç5.3 ê4.5 é3.4 ó3 ú2 í1.3 á1.2 à.7 â.6 ô.6 õ.4",
    "it": "à6.4 è2.6 ù1.7 ò1 ì2 é.3", "sv": "ä18 å13 ö13 é.2", "da": "å12 ø9.4 æ9 é.2 ö.2 ä.2",
    "et": "ä14 õ10 ü7 ö2 š.1 ž.1", "nl": "ë.7 é.3 ï.3 ö.1 ü.1",
    "pl": "ł17 ę11 ą10 ż9 ó8 ś7 ć4.5 ń2 ź.6", "hu": "é36 á34 ö11 ő9 ó9 í6 ü6 ú3 ű3",
    "cs": "í16 ě12 ý10 á9 š7 ž7 é6 č5 ř4 ů2 ô1 ú.5 ď.3 ň.3 ó.3 ť.3 ä.3 ľ.1 ĺ.1 ŕ.05",
    "ro": "ă22 ş9 î8 ţ7 â3", "hr": "č10 š10 ž6 ć6 đ3",
}  # fmt: skip
# Short words that stand behind every amount, and by their letters alone look like another language.
_COMMON = {"ru": {"руб", "коп", "тыс"}, "uk": {"грн", "коп", "тис"}}
_FREQUENCY = {
    language: {each[0]: float(each[1:]) / 1000 for each in letters.split()}
    for language, letters in _LETTERS.items()
}
_WEST, _MIDDLE = "de fr es pt it sv da et nl", "pl cs hu ro hr de"
# Encoding -> its languages, and how much better than the usual ones it must fit.
_ENCODINGS = {
    "cp1251": ("ru uk", 0), "cp1252": (_WEST, 0), "cp1250": (_MIDDLE, 0.5), "cp866": ("ru uk", 0.5),
    "koi8-r": ("ru uk", 1), "cp1253": ("el", 2), "cp1255": ("he", 2),
    "mac-cyrillic": ("ru uk", 4), "iso-8859-2": (_MIDDLE, 3), "cp850": (_WEST, 3),
    "cp852": (_MIDDLE, 3),
}  # fmt: skip
_RARE = 1e-5  # how often a language has a letter that it has not
_ENOUGH = 1.5  # by how much the logarithm of the likelihood must be above that of another reading
# Below it, for each letter, it is no language that we know.
_UNLIKELY = {_WEST: -7.8, _MIDDLE: -7.8}
_VOWELS = frozenset("aeiouyäöüéèêàùûâîôïëœóíáúãõìòæøåąęěůýőűăаеёиоуыэюяіїєαεηιουωάέήίόύώ")
_QUOTES = frozenset("«»„“”…")
_SIGNS = _QUOTES | frozenset("\u00a0’‘–—€")  # of which texts are full
_OTHER_SIGNS = frozenset("№§°±©®™×·•£")
_BEFORE_CELLS = frozenset(';,|\t\n"')  # no word begins with a space there: ` лиент` is Клиент
_TOKEN = re.compile(r"[^\W\d_¹²³¼½¾]+|.", re.DOTALL)
# СтройСервис, АвтоВАЗ
_JOINED = re.compile(r"(?:[А-ЯЁЄІЇҐЎ][а-яёєіїґў]{3,})+[А-ЯЁЄІЇҐЎ]*")
_FEW, _SURE = 40, 100  # lines looked at first, and what is enough of them
_LINES = 500  # with letters beyond ASCII: enough to tell
_CHUNK = 1 << 20


def encoding(path: Path, given: str = "") -> str:
    """The encoding of a text file, as Python names it: *given* where it is, else told by the file.

    Raises ClientOpsError for a file that is no text, and where its letters do not tell.
    """
    with path.open("rb") as file:
        head = file.read(_CHUNK)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if given:
        return _known(path, given)
    nuls = head[::2].count(0), head[1::2].count(0)  # of the first and second byte of each pair
    if max(nuls) * 25 > len(head) > 40 and min(nuls) * 20 < max(nuls):
        return "utf-16-be" if nuls[0] > nuls[1] else "utf-16-le"
    if head.startswith(b"PK\x03\x04") or sum(nuls) * 4 > len(head):
        raise ClientOpsError(
            "{path}: not a text file; save it as CSV in UTF-8, or name it after what it is (.xlsx)",
            path=path,
        )
    return "utf-8-sig" if _is_utf8(path) else told(_foreign(path), str(path))


def _known(path: Path, given: str) -> str:
    try:
        name = codecs.lookup(given).name
        "".encode(name)  # base64 and its like are no encodings of text
    except (LookupError, UnicodeError):
        raise ClientOpsError("{path}: encoding = {given!r} is not known; try cp1252", path=path,
                             given=given) from None  # fmt: skip
    return "utf-8-sig" if name == "utf-8" else name


def _is_utf8(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as text:
            while text.read(_CHUNK):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _foreign(path: Path) -> bytes:
    """Lines with letters beyond ASCII."""
    with path.open("rb") as file:
        return b"".join(itertools.islice((line for line in file if not line.isascii()), _LINES))


def told(content: bytes, where: str) -> str:
    """The encoding in which the letters of lines make words; ClientOpsError where none does."""
    lines = content.splitlines(keepends=True)
    for part, enough in ((b"".join(lines[:_FEW]), _SURE), (content, _ENOUGH)):
        (fit, best), second = _fits(part)[:2]
        letters = sum(not letter.isascii() for letter in part.decode(best, "replace"))
        is_likely = fit / max(letters, 1) > _UNLIKELY.get(_ENCODINGS[best][0], -6.2)
        if is_likely and fit - second[0] > enough and best != "mac-cyrillic":
            return best
    first = next(line for line in content.splitlines() if not line.isascii())
    one, other = (first.decode(each, "replace").strip()[:40] for each in (best, second[1]))
    raise ClientOpsError(
        "{where}: the letters do not tell its encoding: {one!r} (encoding = {encoding!r}) or "
        "{other!r} (encoding = {other_encoding!r})? Say which one in the table's section of "
        "clientops.toml, or save it in UTF-8",
        where=where, one=one, encoding=best, other=other, other_encoding=second[1],
    )  # fmt: skip


def _fits(content: bytes) -> list[tuple[float, str]]:
    """How well the lines fit each encoding that reads them differently, the best first."""
    fits: dict[str, tuple[float, str]] = {}  # text as read -> the best fit, of the first encoding
    for name, (languages, handicap) in _ENCODINGS.items():
        text = content.decode(name, "replace")
        fit = max(_fit(text, language) for language in languages.split()) - handicap
        before = fits.get(text, (-math.inf, name))
        fits[text] = max(fit, before[0]), before[1]
    return sorted(fits.values(), reverse=True)


def _fit(text: str, language: str) -> float:
    """How likely the letters and signs beyond ASCII are in a language: a logarithm."""
    fit = 0.0
    for found in _TOKEN.finditer(text):
        token = found[0]
        if not token.isascii():
            near = text[max(found.start() - 1, 0) : found.start()]
            near += text[found.end() : found.end() + 1]
            is_word = token.isalpha()
            fit += _fit_of_word(token, near, language) if is_word else _fit_of_sign(token, near)
    return fit


def _fit_of_word(word: str, near: str, language: str) -> float:
    frequency, lower = _FREQUENCY[language], word.lower()
    if lower in _COMMON.get(language, ()):
        return -2.0
    takes_turns = not _VOWELS.isdisjoint(frequency)
    fit = 0.0
    for at, letter in enumerate(lower):
        if letter.isascii():
            continue
        fit += math.log(frequency.get(letter, _RARE))
        is_vowel = letter in _VOWELS
        for other in lower[max(at - 1, 0) : at] + lower[at + 1 : at + 2]:
            same = (other in _VOWELS) == is_vowel
            chance = (0.3 if same else 0.7) if is_vowel else (0.4 if same else 0.6)
            fit += math.log(chance if takes_turns else 0.5)
    letters = sum(not letter.isascii() for letter in word)
    if not _is_well_written(word):  # a Latin C in a Russian word is a slip, the reverse is none
        fit -= (5 if 2 * letters > len(word) else 12) * letters
    elif len(word) > 1 and word.isupper():
        fit -= 0.3 * letters
    return fit - 3 * letters * any(map(str.isdigit, near))


def _fit_of_sign(sign: str, near: str) -> float:
    if sign == "\ufffd":  # no letter of the encoding
        return -25
    if sign == "\u00a0" and near[:1] in _BEFORE_CELLS and near[1:].isalpha():
        return -9
    if sign in _SIGNS:
        return -9 if sign in _QUOTES and len(near) == 2 and near.isalpha() else -2
    return -5 - 3 * any(map(str.isalpha, near)) if sign in _OTHER_SIGNS else -9


def _is_well_written(word: str) -> bool:
    """Whether a word is of one alphabet, and its capitals stand where words have them."""
    foreign = sum(letter >= "\u0370" for letter in word)  # neither Latin nor an accent
    if foreign not in (0, len(word)):
        return False
    is_usual = word.isupper() or word == word.lower() or word.istitle()
    return is_usual or _JOINED.fullmatch(word) is not None

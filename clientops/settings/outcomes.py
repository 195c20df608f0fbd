"""Words for what came of a contact, as they are compared: trimmed, in any case, ё as е."""

import functools

# Endings of Russian words of what came of it, and of one that is reflexive.
_ENDINGS = ("", "а", "о", "ы", "ный", "ная", "ное", "ные")
REFLEXIVE = ("ся", "ась", "ось", "ись")


def ending(*stems: str, with_: tuple[str, ...] = _ENDINGS) -> tuple[str, ...]:
    """Each stem with each ending."""
    return tuple(stem + each for stem in stems for each in with_)


@functools.lru_cache(maxsize=64)
def plain_words(words: tuple[str, ...]) -> frozenset[str]:
    """Words as they are compared."""
    return frozenset(map(plain_word, words))


def plain_word(text: str) -> str:
    """A word as it is compared: trimmed, case-folded, ё as е."""
    return text.strip().casefold().replace("ё", "е")

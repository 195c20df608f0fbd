"""The bundled font inside a document that nobody can ask a server for it."""

import base64
import functools
import io
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parent.parent / "fonts"
FACES = {400: "SourceSansPro-Regular.ttf", 600: "SourceSansPro-Semibold.ttf"}
# Latin, Greek, Cyrillic, punctuation, currencies, arrows, signs: all that words and names need.
_KEPT = [
    *range(0x20, 0x530),
    *range(0x2000, 0x2070),
    *range(0x20A0, 0x20C0),
    *range(0x2190, 0x2600),
]


@functools.cache
def embedded() -> str:
    """The style rules that hold the font itself, reduced to the characters of business names."""
    rules = []
    for weight, file in FACES.items():
        font = TTFont(FOLDER / file)
        reducer = subset.Subsetter(subset.Options(layout_features=["kern", "tnum"]))
        reducer.populate(unicodes=_KEPT)
        reducer.subset(font)
        font.flavor = "woff"
        content = io.BytesIO()
        font.save(content)
        text = base64.b64encode(content.getvalue()).decode()
        rules.append(
            f"@font-face {{ font-family: 'Source Sans Pro'; font-weight: {weight}; "
            f"src: url(data:font/woff;base64,{text}) format('woff') }}"
        )
    return "\n".join(rules)

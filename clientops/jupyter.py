"""Import this before Jupyter and nbformat: they are there in half the time.

Both bring jsonschema along, which has two grammars of international addresses compiled as it is
imported: that takes more than a second. Only the formats `iri` and `iri-reference` ask them, which
no schema of notebooks or of Jupyter's events has; jsonschema goes without where they are missing.
"""

import importlib
import sys

_GRAMMARS = "rfc3987_syntax"

if _GRAMMARS not in sys.modules:
    sys.modules[_GRAMMARS] = None
    try:
        importlib.import_module("jsonschema")
    finally:
        del sys.modules[_GRAMMARS]

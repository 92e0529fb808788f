"""Renders templates to HTML: text is escaped, and the page may not use the network.

The content security policy in the page's head allows its own style and its own script (by hash), and nothing else.
"""

import base64
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

FOLDER = Path(__file__).parent


def render(template: str, **values) -> str:
    """Renders a template of this folder with `values`; a missing value is an error."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    script = (FOLDER / "page.js").read_text(encoding="utf-8")
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Jinja's `capitalize` also turns all other letters to lower case
    made.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    made.globals |= {
        "style": Markup((FOLDER / "style.css").read_text(encoding="utf-8")),
        "script": Markup(script),
        "script_hash": "sha256-" + base64.b64encode(sha256(script.encode()).digest()).decode(),
    }
    return made

"""Mermaid itself, to read the diagrams of the documentation: offline, and without a browser.

``mermaidx`` brings along Mermaid and a document for it to live in; QuickJS runs both. What this
cannot read, no page that shows the documentation can draw.
"""

import json
from functools import cache
from importlib.resources import files

import quickjs

_ASSETS = ("path_bbox.js", "dom_shim.js", "mermaid.js")
# Beneath the main thread's own stack: a diagram with many nodes is an error, never a crash.
_STACK_BYTES = 4 * 1024 * 1024
_PARSE = """
globalThis.told = null;
(globalThis.__esbuild_esm_mermaid_nm.mermaid.default).parse(%s).then(
    (parsed) => { globalThis.told = JSON.stringify({kind: parsed.diagramType}); },
    (error) => { globalThis.told = JSON.stringify({error: String(error)}); });
"""


class NoDiagram(Exception):
    """What Mermaid says is wrong with a diagram."""


@cache
def _context() -> quickjs.Context:
    # It takes a second, so there is one for all diagrams.
    context = quickjs.Context()
    context.set_max_stack_size(_STACK_BYTES)
    for name in _ASSETS:
        context.eval((files("mermaidx") / "assets" / name).read_text("utf-8"))
    return context


def kind_of(diagram: str) -> str:
    """Return the kind of a diagram, as Mermaid names it.

    Raises
    ------
    NoDiagram
        Mermaid cannot read it.
    """
    context = _context()
    context.eval(_PARSE % json.dumps(diagram))
    while context.execute_pending_job():
        pass
    told = json.loads(str(context.eval("globalThis.told.slice(0)")))
    if "error" in told:
        raise NoDiagram(told["error"])
    return str(told["kind"])

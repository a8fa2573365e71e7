"""Draws the wall times as an SVG: one panel for each corpus, one bar for each contestant."""

from html import escape
from typing import Any

from .contestants import SELF
from .report import title

_WIDTH = 860
_COLUMNS = 3
_MARGIN = 20
_GAP = 28
_NAME = 104  # the width of the names, left of the bars
_BAR = 15
_STEP = 21
_HEAD = 26
_TOP = 46

# The colours follow the light or dark theme of the page that shows the picture.
_STYLE = """
text { font: 12px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
.title { font-size: 15px; font-weight: 600 }
.panel { font-weight: 600 }
.quiet { fill: #59636e }
.bar { fill: #afb8c1 }
.own { fill: #0969da }
.strong { font-weight: 600 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .quiet { fill: #9198a1 }
  .bar { fill: #57606a }
  .own { fill: #4493f8 }
}
"""


def picture(everything: dict[str, Any]) -> str:
    corpora = everything["corpora"]
    columns = min(_COLUMNS, len(corpora))
    panel_width = (_WIDTH - 2 * _MARGIN - (columns - 1) * _GAP) / columns
    rows = [corpora[i : i + columns] for i in range(0, len(corpora), columns)]
    body, y = [], _TOP + 22
    for row in rows:
        for i, corpus in enumerate(row):
            body.append(_panel(corpus, _MARGIN + i * (panel_width + _GAP), y, panel_width))
        y += _HEAD + _STEP * max(len(c["results"]) for c in row) + 14
    panels = "\n".join(body)
    m = everything["machine"]
    head = (
        f'<text class="title" x="{_MARGIN}" y="28">NDJSON → Parquet: seconds, whole process (less is better)</text>'
        f'<text class="quiet" x="{_MARGIN}" y="{_TOP}">'
        f"{escape(m['cpu'])}, {m['cores']} cores; snappy, schema inferred; medians of {everything['rounds']}</text>"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" '
        f'width="{_WIDTH}" height="{y}" role="img">\n'
        f"<title>{escape(_sentence(corpora))}</title>\n<style>{_STYLE}</style>\n{head}\n{panels}\n</svg>\n"
    )


def _panel(corpus: dict[str, Any], x: float, y: float, width: float) -> str:
    results = sorted(
        ((n, r) for n, r in corpus["results"].items() if "failed" not in r), key=lambda item: item[1]["wall"]
    )
    longest = max((r["wall"] for _, r in results), default=1)
    room = width - _NAME - 46  # 46 is the width of the number after the longest bar
    parts = [f'<g transform="translate({x:.1f} {y})"><text class="panel" y="12">{escape(title(corpus))}</text>']
    for i, (name, r) in enumerate(results):
        top = _HEAD + i * _STEP
        base = top + _BAR - 3
        strong = ' class="strong"' if name == SELF else ""
        shade = "own" if name == SELF else "bar"
        length = max(1.5, room * r["wall"] / longest)
        parts.append(
            f'<text{strong} x="{_NAME - 6}" y="{base}" text-anchor="end" style="font-size:11px">{escape(name)}</text>'
            f'<rect class="{shade}" x="{_NAME}" y="{top}" width="{length:.1f}" height="{_BAR}" rx="2"/>'
            f'<text{strong} x="{_NAME + length + 5:.1f}" y="{base}">{_seconds(r["wall"])}</text>'
        )
    return "".join(parts) + "</g>"


def _seconds(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _sentence(corpora: list[dict[str, Any]]) -> str:
    """Returns the content of the picture as text, for screen readers."""
    sentences = []
    for c in corpora:
        times = (f"{n} {_seconds(r['wall'])} s" for n, r in c["results"].items() if "failed" not in r)
        sentences.append(f"{title(c)}: " + ", ".join(times))
    return "; ".join(sentences)

"""The picture of a comparison: four timelines under each other, one page, no network.

Each has the ports that are done (a line that rises), the sockets that wait (an area), and a tick where an open port was
told; all from what the engines themselves measured.  The page is in English and Korean: the language that was chosen on
any page of lasti's, else the browser's.
"""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .compare import Measured
    from .records import Plan

WIDTH, HEIGHT, LEFT, GAP = 860, 90, 120, 34  # of one timeline, in pixels

# What the page says, in its languages; without a script it shows the first.
TEXTS = {
    "en": {
        "_name": "EN",
        "title": "Four ways to wait",
        "what": "{total} TCP ports of {hosts}; time-out {timeout:g} s.",
        "more": " and {count} more",
        "legend": "Line: ports that are done. Area: sockets that wait for an answer. Ticks: open ports, when they were "
        "told.",
        "waits": "at most {count} wait",
        "columns": "engine|open|filtered|time s|CPU s|peak MB|open descriptors|first result s",
    },
    "ko": {
        "_name": "한국어",
        "title": "네 가지 기다리는 방법",
        "what": "{hosts}의 TCP 포트 {total}개, 제한 시간 {timeout:g}초.",
        "more": " 외 {count}개",
        "legend": "선: 끝난 포트의 수. 면: 응답을 기다리는 소켓의 수. 눈금: 열린 포트가 보고된 시점.",
        "waits": "최대 {count}개가 기다림",
        "columns": "엔진|열림|필터링됨|시간(초)|CPU(초)|최대 메모리(MB)|열린 디스크립터|첫 결과(초)",
    },
}
LANGUAGES = tuple(TEXTS)

_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Four ways to wait</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 62em; padding: 0 1em;
  color: #222; background: #fff; }}
table {{ border-collapse: collapse; margin: 1.5em 0; }}
td, th {{ padding: .2em .9em; text-align: right; border-bottom: 1px solid #ddd; }}
td:first-child, th:first-child {{ text-align: left; }}
svg {{ width: 100%; height: auto; }}
nav {{ float: right; }}
nav button {{ font: inherit; color: inherit; background: none; border: 1px solid #999; border-radius: 4px; }}
nav button[aria-pressed=true] {{ background: #1f6f8b; color: #fff; }}
@media (prefers-color-scheme: dark) {{ body {{ color: #ddd; background: #181818; }} td, th {{ border-color: #444; }} }}
{hiding}
</style>
<nav aria-label="Language" hidden>{buttons}</nav>
<h1>{title}</h1>
<p>{what}</p>
{drawing}
<p>{legend}</p>
<table>
<tr>{columns}</tr>
{rows}
</table>
<script>
(() => {{
  "use strict";
  const titles = {titles}, buttons = [...document.querySelectorAll("nav button")];
  const show = (code) => {{
    document.documentElement.lang = code;
    document.title = titles[code];
    for (const each of buttons) each.setAttribute("aria-pressed", String(each.lang === code));
  }};
  let chosen = null;
  try {{ chosen = localStorage.getItem("lasti.language"); }} catch {{ /* not for a file, in some browsers */ }}
  const wanted = [chosen, ...navigator.languages.map((each) => each.split("-")[0])].find((each) => each in titles);
  for (const each of buttons) each.onclick = () => {{
    show(each.lang);
    try {{ localStorage.setItem("lasti.language", each.lang); }} catch {{ /* as above */ }}
  }};
  document.querySelector("nav").hidden = false;
  show(wanted ?? "en");
}})();
</script>
</html>
"""

_DRAWING = """<svg {attributes}viewBox="0 0 {width} {height}" role="img" aria-label="the timelines of the engines">
<style>
text {{ font: 15px system-ui, sans-serif; fill: #222; }}
.name {{ font-weight: 600; }} .small {{ font-size: 12px; fill: #666; }}
.done {{ fill: none; stroke: #1f6f8b; stroke-width: 2; }} .wait {{ fill: #e8a33d; fill-opacity: .45; }}
.open {{ stroke: #b3261e; stroke-width: 1.5; }} .axis {{ stroke: #999; stroke-width: 1; }}
@media (prefers-color-scheme: dark) {{
  text {{ fill: #ddd; }} .small {{ fill: #999; }} .done {{ stroke: #6cc5e0; }} .open {{ stroke: #ff8a80; }}
}}
</style>
{timelines}
</svg>"""


def page(plan: Plan, runs: Sequence[Measured]) -> str:
    """Return the page; whatever came from outside (host names, error texts) is escaped."""
    hosts = ", ".join(dict.fromkeys(f"{address.host} ({address.ip})" for address in plan.addresses[:8]))
    more = len(plan.addresses) - 8

    def what(texts: dict[str, str]) -> str:
        named = hosts + (texts["more"].format(count=more) if more > 0 else "")
        return texts["what"].format(total=plan.total, hosts=named, timeout=plan.timeout)

    columns = zip(*(texts["columns"].split("|") for texts in TEXTS.values()), strict=True)
    return _PAGE.format(
        hiding=_hiding(),
        buttons=" ".join(
            f'<button type="button" lang="{code}">{texts["_name"]}</button>' for code, texts in TEXTS.items()
        ),
        title=_said([texts["title"] for texts in TEXTS.values()]),
        what=_said([what(texts) for texts in TEXTS.values()]),
        drawing=drawing(plan, runs, languages=LANGUAGES),
        legend=_said([texts["legend"] for texts in TEXTS.values()]),
        columns="".join(f"<th>{_said(column)}" for column in columns),
        rows="\n".join(map(_row, runs)),
        titles=json.dumps({code: texts["title"] for code, texts in TEXTS.items()}),
    )


def _said(texts: Sequence[str], tag: str = "span", languages: Sequence[str] = LANGUAGES) -> str:
    """Return a text in each of the languages, of which the style shows one."""
    if len(languages) == 1:
        return escape(texts[0])
    each = zip(languages, texts, strict=True)
    return "".join(f'<{tag} class="in" lang="{code}">{escape(text)}</{tag}>' for code, text in each)


def _hiding() -> str:
    """Return the style that hides what is said in the languages that are not chosen."""
    pairs = [f":root[lang={chosen}] .in[lang={other}]" for chosen in TEXTS for other in TEXTS if other != chosen]
    return ", ".join(pairs) + " { display: none; }"


def drawing(
    plan: Plan, runs: Sequence[Measured], attributes: str = "", languages: Sequence[str] = LANGUAGES[:1]
) -> str:
    """Return the timelines alone, as SVG; by itself in a file it needs the attribute ``xmlns``."""
    end = max([seconds for each in runs for seconds, _, _ in each.samples] + [each.scan for each in runs] + [0.001])
    most = max([waiting for each in runs for _, _, waiting in each.samples] + [1])
    timelines = (
        line for number, each in enumerate(runs) for line in _timeline(number, each, plan.total, end, most, languages)
    )
    return _DRAWING.format(
        attributes=attributes and attributes + " ",
        width=LEFT + WIDTH + 20,
        height=len(runs) * (HEIGHT + GAP) + 30,
        timelines="\n".join(timelines),
    )


def _timeline(number: int, run: Measured, total: int, end: float, most: int, languages: Sequence[str]) -> Iterator[str]:
    top = number * (HEIGHT + GAP) + 10
    base = top + HEIGHT
    yield f'<text class="name" x="0" y="{top + 20}">{escape(run.engine)}</text>'
    if run.problem:
        yield f'<text class="small" x="{LEFT}" y="{top + 20}">{escape(run.problem)}</text>'
        return

    def x(seconds: float) -> str:
        return f"{LEFT + WIDTH * seconds / end:.1f}"

    def steps(values: Sequence[tuple[float, int]], height: int) -> str:
        """Return the corners of a line that keeps its height until the next value."""
        corners, before = [], float(base)
        for seconds, value in values:
            y = base - HEIGHT * value / max(1, height)
            corners += [f"{x(seconds)},{before:.1f}", f"{x(seconds)},{y:.1f}"]
            before = y
        return " ".join([*corners, f"{x(run.scan)},{before:.1f}"])

    waiting = steps([(seconds, count) for seconds, _, count in run.samples], most)
    done = steps([(seconds, count) for seconds, count, _ in run.samples], total)
    yield f'<polygon class="wait" points="{LEFT},{base} {waiting} {x(run.scan)},{base}"/>'
    yield f'<polyline class="done" points="{done}"/>'
    for seconds in run.opens:
        yield f'<line class="open" x1="{x(seconds)}" x2="{x(seconds)}" y1="{base}" y2="{base - 12}"/>'
    yield f'<line class="axis" x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{base}" y2="{base}"/>'
    yield f'<text class="small" x="{x(run.scan)}" y="{base + 15}" text-anchor="end">{run.scan:.2f} s</text>'
    waits = max((count for _, _, count in run.samples), default=0)
    said = _said([TEXTS[code]["waits"].format(count=waits) for code in languages], "tspan", languages)
    yield f'<text class="small" x="0" y="{top + 40}">{said}</text>'


def _row(run: Measured) -> str:
    if run.problem:
        return f'<tr><td>{escape(run.engine)}<td colspan="7">{escape(run.problem)}</tr>'
    opened, filtered = (sum(1 for each in run.states if each[2] == state) for state in ("open", "filtered"))
    first = "-" if run.first < 0 else f"{run.first:.3f}"
    return (
        f"<tr><td>{escape(run.engine)}<td>{opened}<td>{filtered}<td>{run.wall:.2f}<td>{run.cpu:.2f}<td>{run.peak:.1f}"
        f"<td>{run.descriptors}<td>{first}</tr>"
    )

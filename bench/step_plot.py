"""A step curve as SVG, to be looked at beside a result file; in dark pages too."""

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 320  # pixels
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 40, 44  # of the frame
TICKS = 5
ROUNDING = 1e-9
STYLE = """
    text { font: 12px sans-serif; fill: #52606d; }
    .title { font-size: 14px; fill: #1f2933; }
    .frame { stroke: #cbd2d9; fill: none; }
    .curve { stroke: #2563eb; stroke-width: 1.5; fill: #2563eb22; }
    .mark { stroke: #b45309; stroke-dasharray: 4 4; }
    @media (prefers-color-scheme: dark) {
      text { fill: #9aa5b1; } .title { fill: #e4e7eb; } .frame { stroke: #3e4c59; }
      .curve { stroke: #60a5fa; fill: #60a5fa22; }
    }"""


def step_plot(
    xs: Sequence[float],
    ys: Sequence[float],
    *,
    title: str,
    x: str,
    y: str,
    top: float,
    mark: tuple[float, str],
) -> str:
    """`ys[i]` holds from `xs[i]`, which ascend, to the next. `mark` is a place on x with a word."""
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    most_x, most_y = max(xs[-1], mark[0]) or 1.0, max([top, *ys])

    def across(value: float) -> float:
        return round(LEFT + (right - LEFT) * value / most_x, 1)

    def up(value: float) -> float:
        return round(bottom - (bottom - TOP) * value / most_y, 1)

    steps = "".join(f" H{across(a)} V{up(b)}" for a, b in zip(xs, ys, strict=True))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"  <title>{escape(title)}</title>",
        f"  <style>{STYLE}\n  </style>",
        f'  <text class="title" x="{LEFT}" y="22">{escape(title)}</text>',
        f'  <path class="curve" d="M{across(xs[0])} {bottom}{steps} V{bottom} Z"/>',
        f'  <path class="frame" d="M{LEFT} {TOP} V{bottom} H{right}"/>',
        f'  <path class="frame" d="M{LEFT} {up(top)} H{right}"/>',
        f'  <path class="mark" d="M{across(mark[0])} {TOP} V{bottom}"/>',
        _text(across(mark[0]) - 4, TOP + 14, mark[1], "end"),
        _text((LEFT + right) / 2, HEIGHT - 8, x),
        f'  <g transform="rotate(-90)">{_text(-(TOP + bottom) / 2, 14, y)}</g>',
    ]
    lines += [_text(across(tick), bottom + 16, f"{tick:g}") for tick in ticks(most_x)]
    lines += [_text(LEFT - 6, up(tick) + 4, f"{tick:g}", "end") for tick in ticks(most_y)]
    return "\n".join([*lines, "</svg>\n"])


def ticks(most: float) -> list[float]:
    """From 0 to at most `most`, TICKS steps or fewer, of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(most / TICKS))
    step = next(times * power for times in (1, 2, 5, 10) if TICKS * times * power >= most)
    return [round(number * step, 12) for number in range(int(most / step + ROUNDING) + 1)]


def _text(x: float, y: float, words: str, anchor: str = "middle") -> str:
    return f'  <text x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'

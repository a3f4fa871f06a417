"""How the page looks (LOOK.md): the dashboard's colours, one text size, light and dark.

Every pair of text and ground keeps a contrast of 4.5:1 or more, curves 3:1 (tested). The tones are
Okabe and Ito, *Color Universal Design* (2008), the lighter ones darkened by day.
"""

STYLE = """
:root {
  color-scheme: light dark;
  --ground: #fbfbfa; --panel: #f1f2f3; --ink: #1c1e21; --quiet: #575d65; --line: #d6d9dd;
  --link: #0b5394; --pass: #1a6b36; --note: #0b5394; --warning: #7d5200; --fatal: #b3261e;
  --skipped: #575d65; --band: #dcefe6; --many: #9aa0a8;
  --tone-0: #0072b2; --tone-1: #d55e00; --tone-2: #008a65; --tone-3: #b4588f;
  --tone-4: #a87000; --tone-5: #2f87bd;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #131518; --panel: #1d2024; --ink: #e6e8ea; --quiet: #a3a9b1; --line: #353a41;
    --link: #8ec5ff; --pass: #6fcf8b; --note: #8ec5ff; --warning: #f0b429; --fatal: #ff8078;
    --skipped: #a3a9b1; --band: #16302a; --many: #666d76;
    --tone-0: #56b4e9; --tone-1: #f28a3c; --tone-2: #2fc79a; --tone-3: #dd93bd;
    --tone-4: #e69f00; --tone-5: #8fd0f5;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 24px; }
body {
  margin: 0; background: var(--ground); color: var(--ink); overflow-wrap: anywhere;
  font: 15px / 1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
main { display: grid; grid-template-columns: minmax(0, 1fr); gap: 40px; max-width: 1280px;
  margin: 0 auto; padding: 24px; }
h1, h2, h3, h4 { margin: 0; line-height: 1.3; font-weight: 600; text-wrap: balance; }
h1 { font-size: 26px; }
h2 { font-size: 18px; }
h3, h4 { font-size: 15px; }
p, ol, dl, pre, figure { margin: 0; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 2px; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
code, pre { font: 15px / 1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono",
  monospace; }
pre { padding: 8px; background: var(--panel); overflow: auto; overflow-wrap: normal; }
header, section { display: grid; grid-template-columns: minmax(0, 1fr); gap: 16px;
  align-content: start; }
header { gap: 8px; }
.answer { max-width: 88ch; }
.quiet, figcaption, dt { color: var(--quiet); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
.facts { display: flex; flex-wrap: wrap; gap: 8px 32px; margin-top: 8px; }
dd { margin: 0; }
.pass { color: var(--pass); }
.note { color: var(--note); }
.warning { color: var(--warning); }
.fatal { color: var(--fatal); }
.skipped { color: var(--skipped); }
.mark { white-space: nowrap; font-weight: 400; }

.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 40px 32px; }
.causes { list-style: none; padding: 0; display: grid; gap: 16px; }
.causes li { display: grid; grid-template-columns: 5ch minmax(0, 1fr); }
.causes li > div:last-child { display: grid; gap: 4px; }
.causes h3 { text-wrap: wrap; }
.causes h3 code { font-weight: 400; color: var(--quiet); }
.meter { height: 4px; max-width: 240px; background: var(--line); }
.meter i { display: block; height: 100%; background: var(--ink); }

.cards, .charts { display: grid; gap: 32px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 380px), 1fr)); }
.charts { grid-template-columns: repeat(auto-fill, minmax(min(100%, 520px), 1fr)); }
.card { display: grid; grid-template-columns: minmax(0, 1fr); gap: 8px; align-content: start;
  border-top: 3px solid currentcolor; padding-top: 8px; }
.card > * { color: var(--ink); }
.card .quiet { color: var(--quiet); font-weight: 400; }
.card .fatal { color: var(--fatal); }
.card .warning { color: var(--warning); }
.card .note { color: var(--note); }
.card:target { background: var(--panel); }
summary { cursor: pointer; color: var(--link); padding: 4px 0; }
details[open] > summary ~ * { margin-bottom: 8px; }

.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: 4px 16px 4px 0; text-align: left; vertical-align: top; font-weight: 400;
  border-bottom: 1px solid var(--line); }
.scroll th, .scroll td { overflow-wrap: normal; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--quiet); white-space: nowrap; }
th.number, td.number { text-align: right; }
.evidence th { color: var(--quiet); width: 62%; }
.evidence .inner { padding-left: 16px; }

.panel { display: grid; grid-template-columns: minmax(0, 1fr); gap: 4px; align-content: start; }
.chart { display: grid; grid-template-rows: auto 240px auto auto; margin-top: 4px; }
.unit, .below { grid-column: 1 / -1; }
.unit { padding-bottom: 12px; }
.below { text-align: center; }
.ups, .names, .acrosses, .area { position: relative; }
.ups span { position: absolute; right: 1ch; transform: translateY(-50%); white-space: nowrap; }
.acrosses { grid-column: 2; height: 26px; padding-top: 2px; }
.acrosses span { position: absolute; top: 4px; transform: translateX(-50%); white-space: nowrap; }
.area svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: hidden; }
.area { border-bottom: 1px solid var(--quiet); }
.names span { position: absolute; left: 6px; right: 0; transform: translateY(-50%);
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.names i { display: inline-block; width: 12px; height: 3px; margin-right: 5px;
  vertical-align: 4px; background: currentcolor; }
.named { position: absolute; padding: 0 3px; line-height: 20px; color: var(--quiet);
  white-space: nowrap; pointer-events: none;
  background: color-mix(in srgb, var(--ground) 70%, transparent); }
.named.over { transform: translateY(-100%); }
.named.fatal { color: var(--fatal); }
path { vector-effect: non-scaling-stroke; fill: none; stroke-linecap: round;
  stroke-linejoin: round; }
.band { fill: var(--band); }
.grid { stroke: var(--line); stroke-width: 1; }
.level { stroke: var(--quiet); stroke-width: 1; stroke-dasharray: 6 4; }
.moment { stroke: var(--fatal); stroke-width: 2; stroke-dasharray: 2 4; }
.curve { stroke: currentcolor; stroke-width: 2; }
.dot { stroke: currentcolor; stroke-width: 6; }
.dot:hover { stroke-width: 12; }
.curve:hover { stroke-width: 4; }
.many { color: var(--many); }
.many .curve { stroke-width: 1; }
.many .curve:hover { stroke: var(--ink); stroke-width: 3; }
.tone-0 { color: var(--tone-0); }
.tone-1 { color: var(--tone-1); }
.tone-2 { color: var(--tone-2); }
.tone-3 { color: var(--tone-3); }
.tone-4 { color: var(--tone-4); }
.tone-5 { color: var(--tone-5); }

@media (max-width: 900px) {
  main { padding: 16px; gap: 32px; }
  .pair { grid-template-columns: minmax(0, 1fr); }
}
@media print {
  main { padding: 0; }
  .card, .panel { break-inside: avoid; }
}
"""

/** The colours of the two themes, as CSS variables. */
export const THEME_STYLES = {
  light: `
  --paper: #f6f7f9; --card: #ffffff; --ink: #16202c; --muted: #647084; --line: #e3e7ed; --grid: #eef1f5; --soft: #f2f4f8;
  --accent: #2b59d9; --accent-soft: #e8eefc; --good: #12805c; --good-soft: #e4f3ee; --bad: #b3382a; --bad-soft: #fbeae7;
  --series-0: #2b59d9; --series-1: #d9622b; --series-2: #12805c; --series-3: #9a3fb8;
  --series-4: #b8860b; --series-5: #0f8ba6; --series-6: #c2315f; --series-7: #5f6b7c;
`,
  dark: `
  --paper: #0f141b; --card: #171e28; --ink: #e8edf4; --muted: #93a0b3; --line: #273140; --grid: #202936; --soft: #1d2531;
  --accent: #7da2ff; --accent-soft: #1f2d4d; --good: #4cc79a; --good-soft: #14332a; --bad: #ff9c8a; --bad-soft: #3d2320;
  --series-0: #7da2ff; --series-1: #ff9a6b; --series-2: #4cc79a; --series-3: #d08be8;
  --series-4: #e3bd4f; --series-5: #4cc3dd; --series-6: #f27ba0; --series-7: #a4b0c2;
`,
} as const;

/** What charts, maps and their tips look like, in the colours of the theme. */
export const FIGURE_STYLE = `
.chart { position: relative; }
.chart.empty { display: grid; place-items: center; color: var(--muted); font-size: 13px; }
.tip { position: absolute; top: 6px; pointer-events: none; z-index: 2; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 6px 10px; font-size: 12px; line-height: 1.5; white-space: nowrap; box-shadow: 0 4px 16px rgb(0 0 0 / 12%); font-variant-numeric: tabular-nums; }
.tip[hidden] { display: none; }
.tip b { display: block; font-weight: 500; color: var(--muted); }
.tip span { display: block; }
.tip span::before, .legend span::before { content: ""; display: inline-block; width: 9px; height: 9px; border-radius: 3px; background: var(--c); margin-right: 7px; }
.u-cursor-x { border-right: 1px solid var(--muted) !important; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; margin: 8px 0 0; }
.legend span.dashed::before { height: 0; border-radius: 0; background: none; border-top: 2px dashed var(--c); width: 16px; vertical-align: middle; }
.legend span.dash-1::before { border-top-style: dotted; }
.legend span.dash-2::before { width: 24px; }
.tip.cell { position: fixed; right: auto; }
.figures { display: flex; flex-wrap: wrap; gap: 12px; }
.figure { flex: 1 1 560px; }
.figure.wide { flex-basis: 100%; }
.figure.narrow { flex: 1 1 400px; }
.figure h3 { margin: 0; font-size: 15px; font-weight: 620; }
.figure .caption { font-size: 13px; color: var(--muted); margin: 2px 0 14px; max-width: 76ch; }
.map { overflow-x: auto; }
.map svg { display: block; }
.map .wall { fill: var(--soft); }
.map text { text-anchor: middle; font-family: system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.map .wall-label { fill: var(--muted); }
.map .mark { font-weight: 700; }
.map .value { font-weight: 520; }
.on-light text, .on-light .stay { fill: #ffffff; }
.on-dark text, .on-dark .stay { fill: #0d1512; }
.end rect { fill: none; stroke: var(--line); stroke-width: 4; }
.end text { fill: var(--muted); }
.end.goal rect { fill: var(--good-soft); stroke: var(--good); }
.end.goal text { fill: var(--good); }
.end.hole rect { fill: var(--bad-soft); stroke: var(--bad); }
.end.hole text { fill: var(--bad); }
.arrow { fill: none; stroke-width: 5; stroke-linecap: round; stroke-linejoin: round; }
.on-light .arrow { stroke: #ffffff; }
.on-dark .arrow { stroke: #0d1512; }
.map g:hover > rect { stroke: var(--ink); stroke-width: 4; }
svg.tree text { text-anchor: start; font-size: 13px; fill: var(--ink); }
svg.tree text.value { text-anchor: end; }
svg.tree .on-light text { fill: #ffffff; }
svg.tree .on-dark text { fill: #0d1512; }
svg.tree .on-none rect { fill: var(--soft); stroke: var(--line); }
svg.tree .chosen rect { stroke: var(--accent); stroke-width: 2.5; }
svg.tree .way { fill: none; stroke: var(--line); stroke-linecap: round; }
svg.tree .way.chosen { stroke: var(--accent); }
svg.tree g:hover > rect { stroke-width: 2; }
.passages { display: grid; gap: 14px; }
.passage { margin: 0; max-width: 76ch; }
.passage figcaption { display: flex; justify-content: space-between; gap: 12px; font-size: 13px; color: var(--muted); margin-bottom: 4px; font-variant-numeric: tabular-nums; }
.passage blockquote { margin: 0; padding: 10px 14px; background: var(--soft); border-radius: 8px; white-space: pre-wrap; overflow-wrap: anywhere; }
.heat-map { display: block; width: 100%; image-rendering: pixelated; background: var(--soft); border-radius: 6px; }
.heat { display: flex; align-items: center; gap: 10px; font-size: 13px; color: var(--muted); margin-top: 12px; font-variant-numeric: tabular-nums; }
.heat i { flex: 0 1 220px; height: 10px; border-radius: 5px; }
`;

/** The look of reports: light and dark, one column on a phone. */
export const PAGE_STYLE = `
:root {${THEME_STYLES.light}}
@media (prefers-color-scheme: dark) { :root {${THEME_STYLES.dark}} }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; -webkit-text-size-adjust: 100%; }
main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 64px; }
header { margin-bottom: 28px; }
h1 { font-size: 30px; line-height: 1.2; letter-spacing: -0.02em; margin: 0 0 6px; font-weight: 680; }
h1 b { font-weight: inherit; white-space: nowrap; }
h1 span { color: var(--muted); font-weight: 400; }
h2 { font-size: 17px; letter-spacing: -0.005em; margin: 40px 0 14px; font-weight: 640; }
p { margin: 0; }
.sub { color: var(--muted); }
.note.bad { background: var(--bad-soft); color: var(--bad); border-radius: 10px; }
.note { display: inline-block; margin-top: 12px; padding: 4px 12px; border-radius: 999px; background: var(--accent-soft); color: var(--accent); font-size: 13px; font-weight: 560; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 18px 20px; min-width: 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 12px; margin-bottom: 12px; }
.tile { padding: 14px 18px 16px; }
.tile b { display: block; font-size: 27px; line-height: 1.25; letter-spacing: -0.02em; font-weight: 640; font-variant-numeric: tabular-nums; }
.tile b i { font-style: normal; white-space: nowrap; font-weight: 400; font-size: 17px; color: var(--muted); letter-spacing: 0; }
.tile small { color: var(--muted); font-size: 13px; display: block; }
.tile.main b { color: var(--accent); }
.multiples { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 12px; }
.metric { display: flex; flex-direction: column; }
.title { display: flex; justify-content: space-between; align-items: baseline; gap: 12px; }
.title h3 { margin: 0; font-size: 15px; font-weight: 620; overflow-wrap: anywhere; }
.title output { font-variant-numeric: tabular-nums; color: var(--muted); font-size: 14px; white-space: nowrap; }
.metric p { font-size: 13px; color: var(--muted); margin-top: 2px; }
.metric .chart { margin: auto -8px 10px; padding-top: 8px; }
.metric .expected { padding-top: 10px; border-top: 1px solid var(--line); }
.expected b { font-weight: 600; }
.expected b.good { color: var(--good); }
.expected b.bad { color: var(--bad); }
.expected span { font-weight: 600; }
${FIGURE_STYLE}
.scroll { overflow-x: auto; padding: 4px 0; }
.scroll.bleed { margin: 0 -20px -10px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: left; padding: 8px 20px 8px 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
th:first-child, td:first-child { padding-left: 20px; }
tr:last-child td { border-bottom: 0; }
th { color: var(--muted); font-weight: 500; font-size: 13px; white-space: nowrap; }
td.name { font-weight: 560; white-space: nowrap; }
td.symbol { font-family: "Cambria Math", Georgia, serif; font-style: italic; color: var(--muted); }
th.right, td.right { text-align: right; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
td.number.muted, td.help { color: var(--muted); }
tr.changed td.value { color: var(--accent); font-weight: 620; }
tr.changed td.value::after { content: "●"; font-size: 8px; vertical-align: middle; margin-left: 7px; }
.key { font-size: 13px; color: var(--muted); margin: -6px 0 12px; }
.key b { color: var(--accent); font-size: 9px; vertical-align: middle; }
.command { display: flex; gap: 12px; align-items: center; justify-content: space-between; background: var(--soft); border-radius: 8px; padding: 8px 8px 8px 14px; margin: 6px 0 16px; }
.command:last-child { margin-bottom: 0; }
.command code { white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; min-width: 0; }
.command button { font: inherit; font-size: 12px; color: var(--muted); background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 3px 10px; cursor: pointer; flex: none; }
.command button:hover { color: var(--ink); }
.pair { display: grid; grid-template-columns: 3fr 2fr; gap: 12px; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 6px 20px; margin: 0; font-size: 14px; }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 2px; }
@media (max-width: 720px) {
  main { padding: 24px 14px 48px; }
  h1 { font-size: 24px; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .tile { padding: 12px 14px; }
  .tile b { font-size: 22px; }
  .pair, .multiples { grid-template-columns: minmax(0, 1fr); }
  .card { padding: 14px; }
  .card.scroll { padding: 4px 0; }
  .scroll.bleed { margin: 0 -14px -6px; }
  th, td { padding: 7px 14px 7px 0; }
  th:first-child, td:first-child { padding-left: 14px; }
  th.help, td.help { display: none; }
}
@media print { .command button { display: none; } .card { break-inside: avoid; } }
`;

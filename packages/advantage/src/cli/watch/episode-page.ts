import { darkTheme, lightTheme, type Scene, type SceneTheme, sceneToSvg } from "@advantage/envs";

/** An episode as pictures: one for each moment. */
export interface EpisodeFilm {
  readonly title: string;
  readonly scenes: readonly Scene[];
  /** A line for each scene. */
  readonly captions: readonly string[];
  readonly stepsPerSecond: number;
}

/** Colours that follow the page's theme. */
const PAGE_THEME = Object.fromEntries(Object.keys(lightTheme).map((name) => [name, `var(--${name})`])) as SceneTheme &
  Record<string, string>;

/** An episode as one self-contained page with a player. */
export function episodeHtml({ title, scenes, captions, stepsPerSecond }: EpisodeFilm): string {
  const frames = scenes.map((scene) => sceneToSvg(scene, { width: 640, theme: PAGE_THEME }));
  const variables = (theme: SceneTheme) =>
    Object.entries(theme)
      .map(([name, colour]) => `--${name}:${colour}`)
      .join(";");
  const data = JSON.stringify({ frames, captions, stepsPerSecond }).replaceAll("<", "\\u003c");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<link rel="icon" href="data:,">
<style>
:root{${variables(lightTheme)}}
@media (prefers-color-scheme: dark){:root{${variables(darkTheme)}}}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:680px;margin:0 auto;padding:28px 20px}
h1{font-size:20px;margin:0 0 14px;letter-spacing:-.01em}
#film{border:1px solid var(--faint);border-radius:12px;overflow:hidden}
#film svg{display:block;width:100%;height:auto;max-height:72vh}
#bar{display:flex;gap:12px;align-items:center;margin:14px 0 6px}
#bar input{flex:1;accent-color:var(--accent);min-width:0}
button{font:inherit;width:76px;padding:5px 0;border-radius:8px;border:1px solid var(--muted);background:none;color:inherit;cursor:pointer}
p{margin:0;color:var(--muted);font-variant-numeric:tabular-nums}
</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<div id="film"></div>
<div id="bar"><button type="button" id="play">Pause</button><input type="range" id="at" min="0" value="0" aria-label="moment"></div>
<p id="caption"></p>
</main>
<script type="application/json" id="data">${data}</script>
<script>
const { frames, captions, stepsPerSecond } = JSON.parse(document.getElementById("data").textContent);
const film = document.getElementById("film"), at = document.getElementById("at"), play = document.getElementById("play");
let playing = true, last = 0;
at.max = frames.length - 1;
const show = () => { film.innerHTML = frames[at.value]; document.getElementById("caption").textContent = captions[at.value]; };
const set = (on) => { playing = on; play.textContent = on ? "Pause" : "Play"; };
at.addEventListener("input", () => { set(false); show(); });
play.addEventListener("click", () => { if (!playing && +at.value === frames.length - 1) at.value = 0; set(!playing); });
const tick = (now) => {
  if (playing && now - last >= 1000 / stepsPerSecond) {
    last = now;
    if (+at.value === frames.length - 1) set(false);
    else { at.value = +at.value + 1; show(); }
  }
  requestAnimationFrame(tick);
};
show();
requestAnimationFrame(tick);
</script>
</body>
</html>
`;
}

/** An episode as one animated SVG picture that runs for ever. */
export function episodeSvg({ title, scenes, stepsPerSecond }: EpisodeFilm): string {
  const pictures = scenes.map((scene) => sceneToSvg(scene, { width: 640 }));
  const [, open, viewBox] = /^(<svg[^>]*(viewBox="[^"]*")[^>]*>)/.exec(pictures[0]) ?? [];
  const seconds = (scenes.length / stepsPerSecond).toFixed(2);
  const frames = pictures.map((picture, i) => {
    const inside = picture.replace(/^<svg[^>]*>\n?/, "").replace(/<\/svg>\s*$/, "");
    const times = [0, i / scenes.length, (i + 1) / scenes.length].map((time) => Number(time.toFixed(5)));
    const [values, keyTimes] =
      i === 0 ? ["inline;none", `0;${times[2]}`] : ["none;inline;none", `0;${times[1]};${times[2]}`];
    const last = i === scenes.length - 1;
    return `<g display="none"><animate attributeName="display" dur="${seconds}s" repeatCount="indefinite" calcMode="discrete" values="${last ? values.replace(/;none$/, "") : values}" keyTimes="${last ? keyTimes.replace(/;[^;]*$/, "") : keyTimes}"/>${inside}</g>`;
  });
  return `${open ?? `<svg xmlns="http://www.w3.org/2000/svg" ${viewBox}>`}\n<title>${escaped(title)}</title>\n${frames.join("\n")}\n</svg>\n`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

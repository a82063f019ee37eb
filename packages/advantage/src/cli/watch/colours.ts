import type { Colour } from "@advantage/envs";

/** The names of a scene's theme in the terminal's own palette, which knows whether it is light or dark. */
const THEME: Readonly<Record<string, number | undefined>> = {
  ink: undefined,
  muted: 90,
  faint: undefined,
  accent: 94,
  good: 32,
  bad: 31,
  paper: undefined,
};

/** The escape sequence that colours what follows, as text or as its background; "" for the terminal's own. */
export function colourCode(colour: Colour, ground: "text" | "background"): string {
  const shift = ground === "background" ? 10 : 0;
  // A background in the colour of ink: black on a light terminal, white on a dark one.
  if (colour === "ink" && shift > 0) return "\x1b[7m";
  if (colour === "faint" && shift > 0) return "\x1b[48;5;236m";
  if (Object.hasOwn(THEME, colour)) {
    const code = THEME[colour];
    return code === undefined ? "" : `\x1b[${code + shift}m`;
  }
  const rgb = rgbOf(colour);
  return rgb === undefined ? "" : `\x1b[${38 + shift};5;${cubeColour(rgb)}m`;
}

export const RESET = "\x1b[0m";

function rgbOf(colour: string): readonly number[] | undefined {
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})/i.exec(colour);
  if (long) return long.slice(1, 4).map((hex) => Number.parseInt(hex, 16));
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(colour);
  if (short) return short.slice(1, 4).map((hex) => 17 * Number.parseInt(hex, 16));
  const parts = /^rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)/.exec(colour);
  return parts?.slice(1, 4).map(Number);
}

/** The nearest colour of the 6 × 6 × 6 cube that every terminal with 256 colours has, or of its greys. */
function cubeColour([red, green, blue]: readonly number[]): number {
  if (Math.max(red, green, blue) - Math.min(red, green, blue) < 10) {
    const grey = Math.round((red - 8) / 10);
    if (grey >= 0 && grey < 24) return 232 + grey;
  }
  const level = (value: number) => (value < 48 ? 0 : value < 115 ? 1 : Math.floor((value - 35) / 40));
  return 16 + 36 * level(red) + 6 * level(green) + level(blue);
}

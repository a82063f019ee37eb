/**
 * Viridis, eleven of its colours at even distances: even in lightness to the eye, readable for colour-blind people and in grey.
 * van der Walt & Smith 2015 (bids.github.io/colormap), CC0.
 */
export const HEAT_COLOURS: readonly string[] = [
  "#440154",
  "#482475",
  "#414487",
  "#355f8d",
  "#2a788e",
  "#21918c",
  "#22a884",
  "#44bf70",
  "#7ad151",
  "#bddf26",
  "#fde725",
];

type Rgb = readonly [red: number, green: number, blue: number];

const STOPS: readonly Rgb[] = HEAT_COLOURS.map((hex) => [
  Number.parseInt(hex.slice(1, 3), 16),
  Number.parseInt(hex.slice(3, 5), 16),
  Number.parseInt(hex.slice(5, 7), 16),
]);

/** The colour at `share` of the way from lowest to highest, and what is written on it: white or near black, whichever stands out. */
export function heatColour(share: number): { readonly fill: string; readonly ink: "light" | "dark" } {
  const at = Math.min(1, Math.max(0, share)) * (STOPS.length - 1);
  const below = Math.min(STOPS.length - 2, Math.floor(at));
  const mix = (channel: 0 | 1 | 2) =>
    Math.round(STOPS[below][channel] + (at - below) * (STOPS[below + 1][channel] - STOPS[below][channel]));
  const rgb: Rgb = [mix(0), mix(1), mix(2)];
  const fill = `#${rgb.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
  // Where the contrast with white falls below that with black: (1 + 0.05)/(Y + 0.05) = (Y + 0.05)/0.05, WCAG 2.
  return { fill, ink: luminance(rgb) > 0.179 ? "dark" : "light" };
}

/** Relative luminance of an sRGB colour, WCAG 2. */
function luminance(rgb: Rgb): number {
  const [red, green, blue] = rgb.map((value) => {
    const c = value / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

import { effect, signal } from "@preact/signals";

export type Theme = "auto" | "light" | "dark";

const KEY = "advantage.theme";
const system = matchMedia("(prefers-color-scheme: dark)");

/** Remembered from visit to visit. */
export const theme = signal<Theme>(remembered());

/** Counts the changes of what is seen: charts read their colours anew. */
export const themeChanges = signal(0);

/** Whether the page is dark now. */
export function isDark(): boolean {
  return theme.value === "dark" || (theme.value === "auto" && system.matches);
}

effect(() => {
  if (theme.value === "auto") document.documentElement.removeAttribute("data-theme");
  else document.documentElement.dataset.theme = theme.value;
  try {
    localStorage.setItem(KEY, theme.value);
  } catch {} // storage may be forbidden; then the choice lasts as long as the page
  themeChanges.value = themeChanges.peek() + 1;
});
system.addEventListener("change", () => {
  themeChanges.value += 1;
});

function remembered(): Theme {
  try {
    const saved = localStorage.getItem(KEY);
    if (saved === "light" || saved === "dark") return saved;
  } catch {}
  return "auto";
}

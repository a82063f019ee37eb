import "uplot/dist/uPlot.min.css";
import { FIGURE_STYLE, THEME_STYLES } from "@advantage/rl";
import { render } from "preact";
import { App } from "./shell/app.js";
import "./style.css";

// The report's colours and drawings, with a theme that can be chosen.
const style = document.createElement("style");
style.textContent = `
:root {${THEME_STYLES.light}}
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) {${THEME_STYLES.dark}} }
:root[data-theme="dark"] {${THEME_STYLES.dark}}
${FIGURE_STYLE}`;
document.head.prepend(style);

render(<App />, document.getElementById("app")!);

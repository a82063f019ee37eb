import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import katex from "katex";
import { Marked, type Tokens } from "marked";
import type { Plugin } from "vite";
import type { DocsPage } from "../src/parts/docs-page.js";

const LIST = "virtual:docs";
const PAGE = "virtual:docs/";
/** The folders that readers of the playground are shown. */
const FOLDERS = ["algorithms", "environments"];
/** Of the guides, what those pages cite. */
const GUIDES = ["guides/sources"];

/**
 * `import { pages } from "virtual:docs"`: the documentation's Markdown as HTML, formulas included, rendered when the playground is
 * built; each page is a module of its own, fetched when it is opened.
 */
export function docsPages(root: string): Plugin {
  const names = () => [
    ...FOLDERS.flatMap((folder) =>
      existsSync(path.join(root, folder))
        ? readdirSync(path.join(root, folder))
            .filter((file) => file.endsWith(".md"))
            .sort()
            .map((file) => `${folder}/${file.slice(0, -3)}`)
        : [],
    ),
    ...GUIDES.filter((name) => existsSync(path.join(root, `${name}.md`))),
  ];
  return {
    name: "docs-pages",
    enforce: "pre",
    // KaTeX names its fonts in three formats; every browser that runs this page reads the first.
    transform(code, id) {
      if (!id.includes("katex.min.css")) return undefined;
      return code.replace(/,url\([^)]*\.(?:woff|ttf)\) format\("(?:woff|truetype)"\)/g, "");
    },
    // Of KaTeX only style and fonts are bundled, which Vite does not count as code with a licence.
    generateBundle() {
      const licence = path.join(path.dirname(createRequire(import.meta.url).resolve("katex/package.json")), "LICENSE");
      this.emitFile({ type: "asset", fileName: "licence-katex.txt", source: readFileSync(licence) });
    },
    resolveId: (id) => (id === LIST || id.startsWith(PAGE) ? `\0${id}` : undefined),
    load(id) {
      if (id === `\0${LIST}`) {
        const entries = names().map((name) => `${JSON.stringify(name)}: () => import(${JSON.stringify(PAGE + name)})`);
        return `export const pages = { ${entries.join(", ")} };`;
      }
      if (!id.startsWith(`\0${PAGE}`)) return undefined;
      const name = id.slice(`\0${PAGE}`.length);
      const file = path.join(root, `${name}.md`);
      this.addWatchFile(file);
      return moduleOf(readFileSync(file, "utf8"), path.dirname(file), names());
    },
  };
}

/** The page as a module; its pictures are imported, so that they land among the playground's own files. */
function moduleOf(markdown: string, folder: string, names: readonly string[]): string {
  const pictures: string[] = [];
  const page = rendered(markdown, {
    link: (href) => linkTo(href, folder, names),
    picture(href) {
      const file = path.join(folder, href);
      if (!existsSync(file)) return undefined;
      if (!pictures.includes(file)) pictures.push(file);
      return `@@picture ${pictures.indexOf(file)}@@`;
    },
  });
  const imports = pictures.map((file, i) => `import picture${i} from ${JSON.stringify(`${file}?url`)};`);
  const text = JSON.stringify(page);
  const filled = pictures.map((_, i) => `.replaceAll("@@picture ${i}@@", picture${i})`).join("");
  return `${imports.join("\n")}\nexport default JSON.parse(${JSON.stringify(text)}${filled});`;
}

interface Links {
  /** Where a link leads in the playground; `undefined` if nowhere. */
  link(href: string): string | undefined;
  picture(href: string): string | undefined;
}

/** Markdown with `$…$` and `$$…$$` as a page in sections. */
export function rendered(markdown: string, { link, picture }: Links): DocsPage {
  const marked = new Marked({ gfm: true });
  marked.use({
    extensions: [
      {
        name: "displayMath",
        level: "block",
        start: (text: string) => text.match(/^\$\$/m)?.index,
        tokenizer(text: string) {
          const match = /^\$\$([\s\S]+?)\$\$(?:\n|$)/.exec(text);
          return match ? { type: "displayMath", raw: match[0], text: match[1] } : undefined;
        },
        renderer: (token: Tokens.Generic) => `<div class="formula">${formula(token.text, true)}</div>`,
      },
      {
        name: "inlineMath",
        level: "inline",
        start: (text: string) => text.indexOf("$"),
        tokenizer(text: string) {
          const match = /^\$(?!\s)((?:\\.|[^$\\\n])+?)(?<!\s)\$(?!\d)/.exec(text);
          return match ? { type: "inlineMath", raw: match[0], text: match[1] } : undefined;
        },
        renderer: (token: Tokens.Generic) => formula(token.text, false),
      },
    ],
    renderer: {
      link({ href, tokens }) {
        const text = this.parser.parseInline(tokens);
        const outside = /^https?:/.test(href);
        const target = outside ? href : link(href);
        if (target === undefined) return text;
        return `<a href="${escapeAttribute(target)}"${outside ? ' rel="noreferrer" target="_blank"' : ""}>${text}</a>`;
      },
      image({ href, text }) {
        const target = picture(href);
        return target === undefined ? "" : `<img src="${target}" alt="${escapeAttribute(text)}" loading="lazy">`;
      },
      table({ header, rows }) {
        const cells = (row: typeof header, tag: string) =>
          row.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join("");
        const empty = header.every((cell) => cell.text.trim() === "");
        const head = empty ? "" : `<thead><tr>${cells(header, "th")}</tr></thead>`;
        return `<div class="scroll"><table>${head}<tbody>${rows.map((row) => `<tr>${cells(row, "td")}</tr>`).join("")}</tbody></table></div>`;
      },
    },
  });
  const text = withoutComments(markdown);
  const title = /^# (.+)$/m.exec(text)?.[1] ?? "";
  const [lead, ...parts] = text.replace(/^# .+\n/, "").split(/^## /m);
  const html = (part: string) => marked.parse(part, { async: false });
  return {
    title: inline(marked, title),
    lead: html(lead),
    sections: parts.map((part) => {
      const [heading, ...body] = part.split("\n");
      return { title: inline(marked, heading), anchor: anchorOf(heading), html: html(body.join("\n")) };
    }),
  };
}

function inline(marked: Marked, text: string): string {
  return marked.parseInline(text, { async: false });
}

/** Formulas stand in code too, where they must stay; comments mark generated parts. */
function withoutComments(markdown: string): string {
  return markdown.replace(/<!--[\s\S]*?-->\n?/g, "");
}

function formula(text: string, displayMode: boolean): string {
  return katex.renderToString(text, { displayMode, throwOnError: false, output: "htmlAndMathml", strict: "ignore" });
}

/** Pages of the playground are opened in it; what is not there is no link. */
function linkTo(href: string, folder: string, names: readonly string[]): string | undefined {
  const [file, anchor] = href.split("#");
  const name = `${path.basename(folder)}/x`;
  const target = file === "" ? undefined : path.posix.join(path.posix.dirname(name), file).replace(/\.md$/, "");
  if (target === undefined) return undefined;
  if (!names.includes(target)) return undefined;
  const [kind, id] = target.split("/");
  return kind === "algorithms" ? `#/learn/${id}` : `#/learn/${target}${anchor ? `?at=${anchor}` : ""}`;
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}

function escapeAttribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

import type { TreeFigure, TreeNode } from "../core/figure.js";
import { readable } from "../core/readable.js";
import { heatColour } from "./heat-colours.js";
import { escapeHtml } from "./page.js";

/** A node with its place: columns are levels, rows are leaves; a parent stands in the middle of its children. */
interface Placed {
  readonly node: TreeNode;
  readonly parent: Placed | undefined;
  readonly depth: number;
  row: number;
}

const NODE = { width: 116, height: 26 };
const LEVEL = 172;
const ROW = 34;
const MARGIN = 2;
/** Characters of a label that fit beside a value, and alone. */
const ROOM = { beside: 8, alone: 14 };

/** A tree from left to right, each node as wide and high as its text needs; `FIGURE_STYLE` says what it looks like. */
export function treeSvg({ root, title }: TreeFigure): {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
} {
  const nodes = placed(root);
  const levels = nodes.reduce((most, { depth }) => Math.max(most, depth), 0);
  const rows = nodes.reduce((most, { row }) => Math.max(most, row), 0);
  const width = levels * LEVEL + NODE.width + 2 * MARGIN;
  const height = rows * ROW + NODE.height + 2 * MARGIN;
  const { low, high } = valueRange(root);
  const most = nodes.reduce((sum, { node }) => Math.max(sum, node.visits ?? 0), 0);
  // The way that is taken lies over the others.
  const ways = nodes
    .filter(({ parent }) => parent)
    .sort((a, b) => Number(a.node.chosen ?? false) - Number(b.node.chosen ?? false));
  const drawn = [
    ...ways.map((each) => way(each, most)),
    ...nodes.map((each) => box(each, (value) => (high > low ? (value - low) / (high - low) : 0.5))),
  ];
  const svg = `<svg class="tree" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeHtml(title)}">${drawn.join("")}</svg>`;
  return { svg, width, height };
}

/** The lowest and highest values of a tree; Infinity and −Infinity if there are none. */
export function valueRange(root: TreeNode): { readonly low: number; readonly high: number } {
  const values = placed(root).flatMap(({ node: { value } }) => (value === undefined ? [] : [value]));
  return {
    low: values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    high: values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  };
}

function placed(root: TreeNode): readonly Placed[] {
  const all: Placed[] = [];
  let leaves = 0;
  const place = (node: TreeNode, parent: Placed | undefined): Placed => {
    const is: Placed = { node, parent, depth: parent ? parent.depth + 1 : 0, row: 0 };
    all.push(is);
    const children = (node.children ?? []).map((child) => place(child, is));
    is.row = children.length === 0 ? leaves++ : (children[0].row + children[children.length - 1].row) / 2;
    return is;
  };
  place(root, undefined);
  return all;
}

function way({ node, parent, depth, row }: Placed, mostVisits: number): string {
  const [x0, y0] = [MARGIN + ((depth - 1) * LEVEL + NODE.width), middle((parent as Placed).row)];
  const [x1, y1] = [MARGIN + depth * LEVEL, middle(row)];
  const bend = (x1 - x0) / 2;
  const share = mostVisits > 0 ? Math.sqrt((node.visits ?? 0) / mostVisits) : 0.2;
  return `<path class="${node.chosen ? "way chosen" : "way"}" stroke-width="${(1.25 + 5 * share).toFixed(2)}" d="M${x0} ${y0}C${x0 + bend} ${y0} ${x1 - bend} ${y1} ${x1} ${y1}"/>`;
}

function box({ node, depth, row }: Placed, share: (value: number) => number): string {
  const { label, value, visits, chosen } = node;
  const known = value !== undefined && Number.isFinite(value);
  const { fill, ink } = known ? heatColour(share(value)) : { fill: "", ink: "none" };
  const tip = [
    label,
    ...(known ? [`value ${readable(value)}`] : []),
    ...(visits === undefined ? [] : [`${readable(visits)} ${visits === 1 ? "visit" : "visits"}`]),
  ].join("|");
  const texts = known
    ? `<text x="10" y="17.5">${escapeHtml(clipped(label, ROOM.beside))}</text><text class="value" x="${NODE.width - 10}" y="17.5">${readable(value)}</text>`
    : `<text x="10" y="17.5">${escapeHtml(clipped(label, ROOM.alone))}</text>`;
  const rect = `<rect width="${NODE.width}" height="${NODE.height}" rx="7"${known ? ` fill="${fill}"` : ""}/>`;
  return `<g class="on-${ink}${chosen ? " chosen" : ""}" transform="translate(${MARGIN + depth * LEVEL} ${middle(row) - NODE.height / 2})" data-tip="${escapeHtml(tip)}">${rect}${texts}</g>`;
}

function middle(row: number): number {
  return MARGIN + row * ROW + NODE.height / 2;
}

function clipped(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

/** A page of the documentation, rendered. */
export interface DocsPage {
  readonly title: string;
  /** HTML before the first section. */
  readonly lead: string;
  readonly sections: readonly DocsSection[];
}

export interface DocsSection {
  readonly title: string;
  /** For links: "key-equations". */
  readonly anchor: string;
  readonly html: string;
}

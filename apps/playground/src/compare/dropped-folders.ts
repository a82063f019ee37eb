/** A file, and the name of the folder that it was dropped with. */
export interface FoundFile {
  readonly file: File;
  /** "" if it came alone. */
  readonly folder: string;
}

/** Folders within folders that are looked into: a comparison's are `variant/seed`. */
const DEEPEST = 3;
/** What is taken out of a run's folder. */
const OF_A_RUN = new Set(["metrics.jsonl", "config.json"]);

/**
 * What was dropped: files as they are, and of folders every run in them. The entries are asked for at once: a drop's data is gone after its
 * event.
 */
export function droppedFiles(data: DataTransfer): Promise<FoundFile[]> {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const folders = entries.filter((entry): entry is FileSystemDirectoryEntry => entry?.isDirectory === true);
  if (folders.length === 0) return Promise.resolve([...data.files].map((file) => ({ file, folder: "" })));
  const files = [...data.files].filter(({ name }) => !folders.some((folder) => folder.name === name));
  return Promise.all(folders.map((folder) => filesIn(folder, folder.name, DEEPEST))).then((found) => [
    ...files.map((file) => ({ file, folder: "" })),
    ...found.flat(),
  ]);
}

async function filesIn(folder: FileSystemDirectoryEntry, name: string, depth: number): Promise<FoundFile[]> {
  const entries: FileSystemEntry[] = [];
  const reader = folder.createReader();
  // A reader hands out a hundred at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    for (const entry of some) entries.push(entry);
  }
  const found = await Promise.all(
    entries.map(async (entry): Promise<FoundFile[]> => {
      if (entry.isDirectory)
        return depth > 0 ? filesIn(entry as FileSystemDirectoryEntry, `${name}/${entry.name}`, depth - 1) : [];
      if (!OF_A_RUN.has(entry.name)) return [];
      const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
      return [{ file, folder: name }];
    }),
  );
  return found.flat();
}

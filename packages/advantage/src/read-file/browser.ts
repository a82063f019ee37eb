import { UserError } from "@advantage/rl";

/** The bytes at an address. */
export async function readFile(source: string | URL): Promise<Uint8Array> {
  const response = await fetch(source).catch((error: Error) => {
    throw new UserError(`cannot fetch ${source}: ${(error.cause as Error | undefined)?.message ?? error.message}`, {
      cause: error,
    });
  });
  if (!response.ok) throw new UserError(`cannot fetch ${source}: ${response.status} ${response.statusText}`.trimEnd());
  return new Uint8Array(await response.arrayBuffer());
}

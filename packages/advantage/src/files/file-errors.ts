import { UserError } from "@advantage/rl";

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOENT: "no such file or directory",
  ENOTDIR: "part of the path is not a directory",
  EISDIR: "it is a directory",
  ENAMETOOLONG: "the name is too long",
  EMFILE: "too many files are open",
  EFBIG: "the file would be larger than allowed",
  ELOOP: "its symbolic links lead in a circle",
  EBUSY: "it is in use",
  ENFILE: "too many files are open",
  EIO: "the disk reported an error",
};

/** An error of the file system as one sentence: "cannot write runs/a/config.json: the disk is full". Others stay as they are. */
export function asUserError(error: unknown, what: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === undefined || !Object.hasOwn(REASONS, code)) return error;
  return new UserError(`${what}: ${REASONS[code]}`, { cause: error });
}

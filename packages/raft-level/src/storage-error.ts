/** Turns what the file system and LevelDB throw into the storage codes of raft-core. */
import { RaftError } from '@k8sop/raft-core';

/** `STORAGE_CORRUPT`, naming the directory and what to do. Nothing is ever deleted to recover. */
export function corrupt(directory: string, what: string, cause?: unknown): RaftError {
  return new RaftError(
    'STORAGE_CORRUPT',
    `data directory ${directory} is damaged: ${what}; set it aside (its files are kept) and let the node rejoin as a new member`,
    { cause },
  );
}

/** Codes pass through; a full disk is `STORAGE_FAILED` here, because a write that began may have left half of itself. */
export function storageError(directory: string, what: string, error: unknown): RaftError {
  if (error instanceof RaftError) return error;
  const text = describe(error).replaceAll(directory, '…'); // what the directory is called says nothing about the error
  if (isDiskFull(error)) {
    return new RaftError(
      'STORAGE_FAILED',
      `the disk of ${directory} ran full during ${what} (${text}); nothing acknowledged is lost: free space or enlarge the volume, then start the node again`,
      { cause: error },
    );
  }
  if (
    /corrupt|checksum mismatch|bad block|truncated block|not an sstable|missing files|no such file|CURRENT file/i.test(
      text,
    )
  )
    return corrupt(directory, `${what}: ${text}`, error);
  if (/LEVEL_LOCKED|lock .*(held|unavailable)|already held/i.test(text)) {
    return new RaftError(
      'STORAGE_FAILED',
      `data directory ${directory} is in use by another process; give each node its own`,
      { cause: error },
    );
  }
  if (/EACCES|EPERM|EROFS|permission denied|read-only/i.test(text)) {
    return new RaftError(
      'STORAGE_FAILED',
      `data directory ${directory} is not writable (${text}); check owner, mode and mount`,
      { cause: error },
    );
  }
  return new RaftError('STORAGE_FAILED', `${what} in ${directory} failed: ${text}`, { cause: error });
}

/** No room, whoever says so: the file system, a quota, a limit of the process, or LevelDB in words. */
export function isDiskFull(error: unknown): boolean {
  return /ENOSPC|EDQUOT|EFBIG|no space left|quota exceeded|file too large/i.test(describe(error));
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: string };
  const inner = error.cause === undefined ? '' : `: ${describe(error.cause)}`;
  return `${code === undefined ? '' : `${code} `}${error.message}${inner}`;
}

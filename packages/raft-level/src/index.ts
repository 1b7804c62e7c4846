// For users
export { type DataDirectoryReport, inspectDataDirectory } from './inspect-data-directory.ts';
export { type LevelLogStoreOptions, openLevelLogStore } from './open-level-log-store.ts';
export { setAsideDataDirectory } from './set-aside.ts';

// For implementers
export { type FreeBytes, reserveBytes } from './disk-space.ts';
export { formatVersion } from './format-version.ts';

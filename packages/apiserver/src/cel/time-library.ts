/** Parts of timestamps, in UTC or a named zone, and of durations. */
import { CelError } from './cel-error.ts';
import type { CelDuration, CelTimestamp } from './cel-value.ts';
import { LibraryBuilder } from './overload.ts';
import { floorDivide } from './time-text.ts';

export const timeLibrary: LibraryBuilder = new LibraryBuilder();

const dayMs = 86_400_000;

/** From a date whose UTC fields are the wall clock of the zone asked for. */
const parts: Readonly<Record<string, (wall: Date) => number>> = {
  getFullYear: (wall) => wall.getUTCFullYear(),
  getMonth: (wall) => wall.getUTCMonth(),
  getDate: (wall) => wall.getUTCDate(),
  getDayOfMonth: (wall) => wall.getUTCDate() - 1,
  getDayOfWeek: (wall) => wall.getUTCDay(),
  getDayOfYear: (wall) => Math.floor((wall.getTime() - Date.UTC(wall.getUTCFullYear(), 0, 1)) / dayMs),
  getHours: (wall) => wall.getUTCHours(),
  getMinutes: (wall) => wall.getUTCMinutes(),
  getSeconds: (wall) => wall.getUTCSeconds(),
  getMilliseconds: (wall) => wall.getUTCMilliseconds(),
};

for (const [name, part] of Object.entries(parts)) {
  timeLibrary
    .define(`[timestamp].${name}(): int`, (time: CelTimestamp) => BigInt(part(utc(time))))
    .define(`[timestamp].${name}(string): int`, (time: CelTimestamp, zone: string) =>
      BigInt(part(wallClock(time, zone))),
    );
}

/** Whole units of the duration, not what smaller units leave over. */
const divisors = {
  getHours: 3600n * 10n ** 9n,
  getMinutes: 60n * 10n ** 9n,
  getSeconds: 10n ** 9n,
  getMilliseconds: 10n ** 6n,
};
for (const [name, divisor] of Object.entries(divisors)) {
  timeLibrary.define(`[duration].${name}(): int`, (duration: CelDuration) => duration.nanos / divisor);
}

function utc({ nanos }: CelTimestamp): Date {
  return new Date(Number(floorDivide(nanos, 1_000_000n)));
}

function wallClock(time: CelTimestamp, zone: string): Date {
  const moment = utc(time);
  const offset = /^([+-]?)(\d\d):(\d\d)$/.exec(zone);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return new Date(moment.getTime() + (offset[1] === '-' ? -minutes : minutes) * 60_000);
  }
  return new Date(moment.getTime() + zoneOffsetMs(moment, zone === '' ? 'UTC' : zone));
}

function zoneOffsetMs(moment: Date, timeZone: string): number {
  try {
    const shown = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(moment);
    const text = shown.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
    const match = /GMT([+-])(\d\d):(\d\d)/.exec(text);
    if (match === null) return 0;
    const minutes = Number(match[2]) * 60 + Number(match[3]);
    return (match[1] === '-' ? -minutes : minutes) * 60_000;
  } catch {
    throw new CelError(`unknown time zone ${timeZone}`);
  }
}

/**
 * A wall clock time as `2026-01-31T23:59:59.999Z`, for times from 1970 to 9999; others are moved to the nearest of
 * these, so that a clock gone mad cannot make a file name that readers misread.
 *
 * Worked out from days (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`), so that
 * time zone, daylight saving and locale of the machine have no say in it.
 */
export function utcTime(timeMs: number): string {
  const ms = Math.min(Math.max(Math.floor(timeMs) || 0, 0), LAST_MS);
  const days = Math.floor(ms / DAY_MS);
  const rest = ms - days * DAY_MS;
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const date = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  const hour = Math.floor(rest / HOUR_MS);
  const minute = Math.floor(rest / 60_000) % 60;
  const second = Math.floor(rest / 1000) % 60;
  return `${date}T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}.${pad(rest % 1000, 3)}Z`;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** 9999-12-31T23:59:59.999Z. */
const LAST_MS = 253_402_300_799_999;

function pad(number: number, digits: number): string {
  return String(number).padStart(digits, "0");
}

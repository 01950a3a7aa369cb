// Numbers with their units, to three digits.

/** @param {number} value @param {number} [digits] */
function digits(value, digits = 3) {
  if (value === 0) return "0";
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value))));
  const text = value.toFixed(Math.min(decimals, 3));
  return decimals === 0 ? count(Number(text)) : text;
}

/** A time. @param {number | null | undefined} seconds */
export function time(seconds) {
  if (seconds == null) return "n/a";
  const steps = [[3600, "h"], [60, "min"], [1, "s"], [1e-3, "ms"], [1e-6, "µs"]];
  for (const [size, unit] of /** @type {[number, string][]} */ (steps)) {
    if (Math.abs(seconds) >= size) return `${digits(seconds / size)} ${unit}`;
  }
  return seconds === 0 ? "0 s" : `${digits(seconds * 1e9)} ns`;
}

/** A size. @param {number | null | undefined} value */
export function bytes(value) {
  if (value == null) return "n/a";
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  let unit = 0;
  let rest = value;
  // What rounds to 1,024 of a unit is 1 of the next.
  while (Math.abs(rest) >= (unit === 0 ? 1024 : 1023.5) && unit < units.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${count(Math.round(rest))} B` : `${digits(rest)} ${units[unit]}`;
}

/** A share. @param {number | null | undefined} share */
export function percent(share) {
  if (share == null) return "n/a";
  const value = share * 100;
  if (value > 99.9 && value < 100) return `${(Math.floor(value * 1000) / 1000).toFixed(3)} %`;
  return `${value.toFixed(1)} %`;
}

/** A count with thousands separators. @param {number} value */
export function count(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A count with its noun. @param {number} value @param {string} one @param {string} [many] */
export function counted(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Round places for an axis from 0 or `low` to `high`. @param {number} low @param {number} high @param {number} wanted */
export function ticks(low, high, wanted) {
  const rough = (high - low) / Math.max(1, wanted);
  if (!(rough > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? rough;
  const places = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-9; at += step) {
    places.push(Math.abs(at) < step * 1e-9 ? 0 : at);
  }
  return places;
}

/** Round places for an axis of time from 0. @param {number} high @param {number} wanted */
export function timeTicks(high, wanted) {
  const rough = high / Math.max(1, wanted);
  const steps = [60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400];
  // Below a minute and beyond a day tens are round; between, what clocks count by.
  if (rough <= 20 || rough > 86400) return ticks(0, high, wanted);
  const step = rough <= 30 ? 30 : steps.find((one) => one >= rough) ?? 86400;
  const places = [];
  for (let at = 0; at <= high; at += step) places.push(at);
  return places;
}

/** Round places for an axis of bytes. @param {number} high @param {number} wanted */
export function byteTicks(high, wanted) {
  const rough = high / Math.max(1, wanted);
  if (!(rough > 0)) return [0];
  let step = 2 ** Math.floor(Math.log2(rough));
  while (step < rough) step *= 2;
  const places = [];
  for (let at = 0; at <= high; at += step) places.push(at);
  return places;
}

// Axes: a range of values on a range of pixels, and round numbers on it.

export function createScale(max, from, to) {
  return (value) => Math.round((from + ((to - from) * value) / max) * 10) / 10;
}

// The least of 1, 2, 5, 10, 20, … that is not below `value`.
export function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= value * 0.9999);
}

// About `count` round numbers from 0 up to `max`.
export function listTicks(max, count) {
  const step = roundUp(max / count);
  return Array.from({ length: Math.floor(max / step + 1e-9) + 1 }, (_, n) => n * step);
}

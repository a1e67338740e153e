// Axes: a range of values on a range of pixels, and round numbers on it.

export function scale(most, from, to) {
  return (value) => Math.round((from + ((to - from) * value) / most) * 10) / 10;
}

// The least of 1, 2, 5, 10, 20, … that is not below `value`.
export function round(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= value * 0.9999);
}

// About `wanted` round numbers from 0 up to `most`.
export function ticks(most, wanted) {
  const step = round(most / wanted);
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, n) => n * step);
}

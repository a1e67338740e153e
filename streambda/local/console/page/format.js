// Numbers as people read them: three digits, and a unit.

export function bytes(count) {
  if (count < 1000) return `${count} B`;
  const [size, unit] = count < 1e6 ? [count / 1e3, "kB"] : [count / 1e6, "MB"];
  return `${digits(size)} ${unit}`;
}

export function duration(ms) {
  if (ms === null || ms === undefined) return "";
  return ms < 1000 ? `${digits(ms)} ms` : `${digits(ms / 1000)} s`;
}

export function clock(epochMs) {
  return new Date(epochMs).toLocaleTimeString("en-GB");
}

export const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

function digits(value) {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
